#include <gradus/examples/covariate_shift/sweep.h>

#include <algorithm>
#include <cmath>

namespace gradus::examples {
namespace {

double accuracy_after(const Dataset& data, const SweepOptions& options, Normalized normalized) {
  Batches train(data.train, std::min(options.batch_size, data.train.count)), test(data.test, 500);
  Network network(options.network, normalized);
  Rng order(options.network.seed);
  for (std::int64_t step = 0; step < options.steps; ++step) {
    const std::int64_t position = step % train.full_batches();
    if (position == 0) train.shuffle(order);
    if (!std::isfinite(network.train(train[position]))) return 0;
  }
  return network.accuracy(test);
}

}  // namespace

std::vector<Sweep> sweeps(const Dataset& data, const SweepOptions& options, const std::function<void()>& after_each) {
  const auto over = [&](const std::string& title, const std::vector<double>& values,
                        void (*set)(SweepOptions&, double)) {
    Sweep sweep{.title = title, .points = {}};
    for (const double value : values) {
      SweepOptions changed = options;
      set(changed, value);
      SweepPoint point{.value = value};
      point.without = accuracy_after(data, changed, Normalized::no);
      after_each();
      point.with = accuracy_after(data, changed, Normalized::yes);
      after_each();
      sweep.points.push_back(point);
    }
    return sweep;
  };
  return {over("Learning rate", {0.01, 0.03, 0.1, 0.3, 1, 10},
               [](SweepOptions& o, double rate) { o.network.learning_rate = rate; }),
          over("Deviation of the initial weights", {0.003, 0.01, 0.1, 0.5, 2},
               [](SweepOptions& o, double deviation) { o.network.deviation = deviation; }),
          over("Images in a batch", {2, 4, 8, 16, 60, 240}, [](SweepOptions& o, double size) {
            const auto images = static_cast<double>(o.steps * o.batch_size);
            o.batch_size = static_cast<std::int64_t>(size);
            o.steps = std::max(o.steps, static_cast<std::int64_t>(images / size));
          })};
}

std::vector<Measurement> follow_noisy(const Dataset& data, const NetworkOptions& network, std::int64_t batch_size,
                                      std::uint64_t seed, const std::vector<Record>& records) {
  Batches train(data.train, batch_size), test(data.test, 500);
  Network noisy(network, Normalized::with_noise);
  Rng order(seed);
  std::vector<Measurement> measured;
  for (std::int64_t step = 1; step <= records.back().step; ++step) {
    const std::int64_t position = (step - 1) % train.full_batches();
    if (position == 0) train.shuffle(order);
    noisy.train(train[position]);
    if (step == records[measured.size()].step) measured.push_back({noisy.accuracy(test), noisy.sigmoid_input()});
  }
  return measured;
}

}  // namespace gradus::examples
