// Learns to read handwritten digits: a first program with gradus, from loading the images to how many of new ones it
// gets right. (train_mnist is the tool that grew from it.)
//
//   build/examples/mnist [folder with the four files of MNIST, or of a data set in its form]
#include <gradus/gradus.h>

#include <cstdio>
#include <exception>

using namespace gradus;

// The fraction of the images that the model recognizes.
double test(Layer& model, Batches& batches) {
  const ModeGuard evaluation(model, false);  // normalize by running estimates
  Tape tape(Recording::off);                 // nothing to go back through
  std::int64_t correct = 0;
  for (const Batch& batch : batches) {
    correct += count_correct(model(tape.input(batch.images)).value(), batch.labels);
  }
  return static_cast<double>(correct) / static_cast<double>(batches.image_count());
}

void train(const Dataset& data) {
  Rng rng(1);  // everything random follows from it
  Sequential model;
  model.add<Linear>(data.train.image_size(), 256, rng);
  model.add<BatchNorm1d>(256);
  model.add<ReLU>();
  model.add<Linear>(256, 128, rng);
  model.add<BatchNorm1d>(128);
  model.add<ReLU>();
  model.add<Linear>(128, data.train.classes, rng);
  Adam optimizer(model.parameters(), {.learning_rate = 1e-3});
  std::printf("%s\n", summary(model, {1, data.train.image_size()}).c_str());

  Batches batches(data.train, 128), new_images(data.test, 500);
  Tape tape;
  for (int epoch = 1; epoch <= 5; ++epoch) {
    double loss_sum = 0;
    batches.shuffle(rng);
    for (const Batch& batch : batches) {
      const Variable loss = cross_entropy(model(tape.input(batch.images)), batch.labels);
      optimizer.zero_grad();
      tape.backward(loss);
      optimizer.step();
      tape.clear();
      loss_sum += loss.item();
    }
    std::printf("epoch %d   loss %.4f   accuracy on new images %.2f %%\n", epoch,
                loss_sum / static_cast<double>(batches.size()), 100 * test(model, new_images));
    std::fflush(stdout);
  }
}

int main(int argc, char** argv) try {
  train(load_dataset(argc > 1 ? argv[1] : GRADUS_MNIST));  // else the images that came with the build
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "mnist: %s\n", error.what());
  return 1;
}
