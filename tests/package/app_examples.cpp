// Uses what the example programs share: the images, and a page that explains a tape.
#include <gradus/core/inspect/history.h>
#include <gradus/examples/data/mnist.h>
#include <gradus/examples/explain/explain.h>
#include <gradus/gradus.h>

using namespace gradus;

int main() {
  const ImageSet images = gradus_examples::load_mnist().train;
  Rng rng(1);
  Linear layer(images.image_size(), images.classes, rng);
  Tape tape;
  const History history(tape);
  const Variable loss = mean(layer(tape.input(rng.normal({2, images.image_size()}))));
  tape.backward(loss);
  examples::explain(tape, loss, "explain.html");
}
