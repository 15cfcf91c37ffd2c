// The three terms of batch normalization's backward while a net trains on MNIST: how large they are, how much of the
// gradient they take out, and what that does to the weights in front of the layer.
#include <gradus/core/io/file.h>
#include <gradus/examples/batchnorm_terms/report.h>
#include <gradus/examples/command_line/arguments.h>
#include <gradus/examples/command_line/format.h>
#include <gradus/examples/data/mnist.h>

#include <iostream>
#include <stdexcept>

namespace gradus::examples {
namespace {

int batchnorm_terms(int argc, char** argv) {
  Setting setting;
  RunOptions options;
  std::string data_dir, report;
  double learning_rate = 0;
  Arguments arguments("batchnorm_terms",
                      "Trains a net on MNIST and measures the three terms of batch normalization's backward in every "
                      "epoch: their sizes, how much cancels, and what becomes of the weights in front of the layer.");
  arguments.add_choice("--without", "leave a term out of the backward, to see what it is worth", setting.without,
                       {{"nothing", Without::nothing},
                        {"mean-term", Without::mean_term},
                        {"xhat-term", Without::xhat_term},
                        {"both", Without::both}});
  arguments.add_choice("--optimizer", "which takes the steps", setting.method,
                       {{"sgd", Method::sgd}, {"adam", Method::adam}});
  arguments.add("--lr", "X", "learning rate; 0: 0.5 for sgd, 0.003 for adam", learning_rate, range(0, 1e6));
  arguments.add("--weight-decay", "X", "added to the gradient", setting.weight_decay, range(0, 1));
  arguments.add("--epochs", "N", "passes over the images", options.epochs, range(1, 1000));
  arguments.add("--batch-size", "N", "images in a batch", options.batch_size, range(2, 10000));
  arguments.add("--images", "N", "of the training set, the first so many", options.images, range(2, 1e9));
  arguments.add("--hidden", "N", "units in each of the two hidden layers", options.hidden, range(1, 10000));
  arguments.add("--seed", "N", "of weights and batches", options.seed);
  arguments.add("--data-dir", "DIR", "folder of the four IDX files; default: MNIST as the build unpacked it", data_dir);
  arguments.add("--report", "FILE",
                "train five times more, by SGD with weight decay, by Adam and with terms left out, "
                "and write a page that compares",
                report);
  arguments.parse(argc, argv);
  setting.learning_rate = learning_rate > 0 ? learning_rate : setting.method == Method::sgd ? 0.5 : 0.003;
  if (!report.empty()) check_writable(report);
  if (!report.empty() &&
      (setting.method != Method::sgd || setting.weight_decay > 0 || setting.without != Without::nothing)) {
    throw UsageError("--report",
                     "the page compares plain SGD with the others by itself: leave out --optimizer, "
                     "--weight-decay and --without");
  }
  const Dataset data = load_mnist(data_dir);
  options.images = std::min(options.images, data.train.count);
  if (options.images < options.batch_size) throw UsageError("--batch-size", "there are fewer training images");

  std::cout << "dx = γ s (dy − mean(dy) − x̂ mean(dy x̂)): the direct term, the mean term and the x̂ term, which stand at "
               "right\n"
               "angles, so that their squares add up. Behind them the weights w of the layer in front.\n\n";
  const auto show = [](const Run& run) {
    if (run.epochs.size() == 1) std::cout << table_head(run);
    std::cout << table_rows(run);
    flush_standard_output();
  };
  std::vector<Run> runs = {train(data, setting, options, show)};
  if (runs[0].epochs.empty())
    throw std::runtime_error("the loss is no longer a number in the first epoch: try a lower --lr");
  std::cout << '\n' << conclusion(runs[0]);
  if (report.empty()) return 0;

  const std::vector<Setting> others = compared_settings(setting.learning_rate);
  runs[0].setting.name = others[0].name;
  std::cout << "\nFor the page, five more:\n";
  for (std::size_t i = 1; i < others.size(); ++i) {
    std::cout << "  " << pad(others[i].name, 28) << std::flush;
    runs.push_back(train(data, others[i], options, [](const Run&) {}));
    const bool finished = !runs.back().epochs.empty();
    std::cout << (finished ? format_percent(runs.back().epochs.back().accuracy) : "diverged") << '\n';
    flush_standard_output();
  }
  write_file(report, report_page(runs, options));
  std::cout << "page written to " << report << '\n';
  return 0;
}

}  // namespace
}  // namespace gradus::examples

int main(int argc, char** argv) { return gradus::examples::run_program(argc, argv, gradus::examples::batchnorm_terms); }
