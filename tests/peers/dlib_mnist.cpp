// The standard workload in dlib, the C++ library that has both Linear and BatchNorm layers:
// 784-256-128-10, BatchNorm + ReLU, Adam 1e-3, batch 128.
// Build: g++ -O3 -march=native dlib_mnist.cpp -o dlib_mnist -ldlib -lopenblas -pthread
#include <dlib/data_io.h>
#include <dlib/dnn.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>

using namespace dlib;
using Net = loss_multiclass_log<
    fc<10, relu<bn_fc<fc_no_bias<128, relu<bn_fc<fc_no_bias<256, input<matrix<unsigned char>>>>>>>>>>;

int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "usage: dlib_mnist DATA_DIR [EPOCHS]\n"), 2;
  const int epochs = argc > 2 ? std::atoi(argv[2]) : 2;
  std::vector<matrix<unsigned char>> images, test_images;
  std::vector<unsigned long> labels, test_labels;
  load_mnist_dataset(argv[1], images, labels, test_images, test_labels);
  Net net;
  std::vector<adam> solvers(net.num_computational_layers, adam(0, 0.9, 0.999));
  std::mt19937 rng(0);
  std::vector<size_t> order(images.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    const auto start = std::chrono::steady_clock::now();
    std::shuffle(order.begin(), order.end(), rng);
    std::vector<matrix<unsigned char>> x(128);
    std::vector<unsigned long> y(128);
    resizable_tensor input_tensor;
    for (size_t s = 0; s + 128 <= order.size(); s += 128) {
      for (size_t i = 0; i < 128; ++i) {
        x[i] = images[order[s + i]];
        y[i] = labels[order[s + i]];
      }
      net.to_tensor(x.begin(), x.end(), input_tensor);
      net.compute_parameter_gradients(input_tensor, y.begin());
      net.update_parameters(solvers, 1e-3);
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    net.clean();
    const auto predicted = net(test_images, 1000);
    size_t right = 0;
    for (size_t i = 0; i < predicted.size(); ++i) right += predicted[i] == test_labels[i];
    std::printf("epoch %d %.3f s %.0f samples/s accuracy %.2f %%\n", epoch, seconds, images.size() / seconds,
                100.0 * right / predicted.size());
  }
}
