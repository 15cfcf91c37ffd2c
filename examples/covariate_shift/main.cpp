// The MNIST figure of the paper (Ioffe and Szegedy 2015, section 4.1, figure 1): the same net with and without batch
// normalization, side by side, from the same weights and on the same batches.
//
// As there: three hidden layers of 100 sigmoid units, batches of 60, plain gradient descent, small Gaussian initial
// weights, BatchNorm before each hidden sigmoid. The paper names neither their deviation nor the learning rate; and its
// images are black and white, where these are grey.
#include <gradus/core/io/file.h>
#include <gradus/examples/command_line/arguments.h>
#include <gradus/examples/command_line/format.h>
#include <gradus/examples/command_line/interrupt.h>
#include <gradus/examples/covariate_shift/record.h>
#include <gradus/examples/covariate_shift/report.h>
#include <gradus/examples/data/mnist.h>

#include <chrono>
#include <cmath>
#include <iostream>
#include <stdexcept>

namespace gradus::examples {
namespace {

struct Options {
  std::int64_t steps = 10000, every = 0, batch_size = 60, unit = 0;
  double learning_rate = 0.1, deviation = 0.1;
  std::uint64_t seed = 1;
  std::string data_dir, svg, report;
};

Options parse_options(int argc, char** argv) {
  Options options;
  Arguments arguments(
      "covariate_shift",
      "Trains a net of sigmoids on MNIST with and without batch normalization, and watches what one of "
      "the last hidden sigmoids receives meanwhile: the figure of the paper that introduced the layer.");
  arguments.add("--steps", "N", "training steps; the paper has 50000", options.steps, range(1, 1e9));
  arguments.add("--every", "N", "steps from one measurement to the next; 0: a fortieth of all", options.every,
                range(0, 1e9));
  arguments.add("--batch-size", "N", "images in a batch", options.batch_size, range(2, 10000));
  arguments.add("--lr", "X", "learning rate of both nets", options.learning_rate, above(0));
  arguments.add("--deviation", "X", "of the Gaussian initial weights", options.deviation, above(0));
  arguments.add("--unit", "N", "which unit of the last hidden layer to watch", options.unit,
                range(0, static_cast<double>(Network::units - 1)));
  arguments.add("--seed", "N", "of weights and batches", options.seed);
  arguments.add("--data-dir", "DIR", "folder of the four IDX files; default: MNIST as the build unpacked it",
                options.data_dir);
  arguments.add("--svg", "FILE", "write the figure", options.svg);
  arguments.add(
      "--report", "FILE",
      "write a page: the figure, why, what is disputed about it, and other rates, initial weights and batches",
      options.report);
  arguments.parse(argc, argv);
  if (options.every == 0) options.every = std::max<std::int64_t>(options.steps / 40, 1);
  return options;
}

// Both nets see each batch; after every so many steps a row of the table. Returns whether it came to the end.
bool train(const Options& options, const Dataset& data, Network& without, Network& with, std::vector<Record>& records) {
  Batches train(data.train, 0, data.train.count, options.batch_size);
  Batches test(data.test, 0, data.test.count, 500);
  Rng order(options.seed);
  const InterruptHandler interrupt;
  const auto start = std::chrono::steady_clock::now();
  for (std::int64_t step = 1; step <= options.steps; ++step) {
    const std::int64_t position = (step - 1) % train.full_batches();
    if (position == 0) train.shuffle(order);
    const Batch batch = train[position];
    const double losses = without.train(batch) + with.train(batch);
    if (!std::isfinite(losses)) {
      throw std::runtime_error("the loss is no longer a number at step " + std::to_string(step) +
                               "; the learning rate " + format_number(options.learning_rate) + " is too high");
    }
    if (interrupt.requested()) return false;
    if (step != 1 && step % options.every != 0 && step != options.steps) continue;

    records.push_back(
        {step, {without.accuracy(test), without.sigmoid_input()}, {with.accuracy(test), with.sigmoid_input()}});
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    const double left = spent.count() / static_cast<double>(step) * static_cast<double>(options.steps - step);
    std::cout << table_row(records.back());
    const bool known = spent.count() > 1 && step * 50 >= options.steps;  // the first steps take longer
    if (known && step < options.steps) std::cout << "   " << format_duration(left) << " left";
    std::cout << '\n';
    flush_standard_output();
  }
  return true;
}

// The trainings that only the page shows, and the page.
void write_report(const Options& options, const Dataset& data, const NetworkOptions& network,
                  const std::vector<Record>& records, const std::string& setting) {
  const SweepOptions sweep{
      .network = network, .batch_size = options.batch_size, .steps = std::min<std::int64_t>(options.steps, 1000)};
  std::cout << "\nFor the page, once more with noise behind the layer, then " << kSweepTrainings << " trainings of "
            << sweep.steps << " steps\n(small batches: more, up to " << sweep.steps * sweep.batch_size / 2
            << "): " << std::flush;
  const auto noisy = follow_noisy(data, network, options.batch_size, options.seed, records);
  const auto swept = sweeps(data, sweep, [] { std::cout << '.' << std::flush; });
  write_file(options.report, report_page(records, noisy, swept, sweep.steps, sweep.batch_size, "MNIST, " + setting));
  std::cout << "\npage written to " << options.report << '\n';
}

int covariate_shift(int argc, char** argv) {
  const Options options = parse_options(argc, argv);
  if (!options.svg.empty()) check_writable(options.svg);
  if (!options.report.empty()) check_writable(options.report);
  const Dataset data = load_mnist(options.data_dir);
  if (data.train.count < options.batch_size) throw UsageError("--batch-size", "there are fewer training images");

  const NetworkOptions network{.inputs = data.train.image_size(),
                               .classes = data.train.classes,
                               .deviation = options.deviation,
                               .learning_rate = options.learning_rate,
                               .unit = options.unit,
                               .seed = options.seed};
  Network without(network, Normalized::no), with(network, Normalized::yes);

  const std::string setting = "three hidden layers of 100 sigmoids, batches of " + std::to_string(options.batch_size) +
                              ", learning rate " + format_number(options.learning_rate) +
                              ", initial weights of deviation " + format_number(options.deviation);
  std::cout << "MNIST, " << setting << ".\nAccuracies are of all " << format_count(static_cast<double>(data.test.count))
            << " test images; nothing is tuned on them. The percentiles are those of\n"
            << "unit " << options.unit << " of the last hidden layer over the latest 20 training batches.\n\n"
            << table_head();
  std::vector<Record> records;
  const bool finished = train(options, data, without, with, records);
  if (!records.empty()) std::cout << '\n' << conclusion(records);
  if (!records.empty() && !options.svg.empty()) {
    write_file(options.svg, to_svg(figure(records, "MNIST, " + setting)));
    std::cout << "figure written to " << options.svg << '\n';
  }
  if (finished && !options.report.empty()) write_report(options, data, network, records, setting);
  return finished ? 0 : kInterruptedExitCode;
}

}  // namespace
}  // namespace gradus::examples

int main(int argc, char** argv) { return gradus::examples::run_program(argc, argv, gradus::examples::covariate_shift); }
