#include <gradus/core/io/predictions.h>
#include <gradus/examples/batchnorm_terms/run.h>
#include <gradus/examples/training/evaluation.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/relu.h>
#include <gradus/layers/sequential.h>
#include <gradus/optim/adam.h>
#include <gradus/optim/sgd.h>

#include <cmath>

namespace gradus::examples {
namespace {

double dot(const Tensor& a, const Tensor& b) {
  double total = 0;
  const std::span<const Scalar> x = a.values(), y = b.values();
  for (std::size_t i = 0; i < x.size(); ++i) total += static_cast<double>(x[i]) * static_cast<double>(y[i]);
  return total;
}
double norm(const Tensor& t) { return std::sqrt(dot(t, t)); }

std::unique_ptr<Optimizer> optimizer_for(Sequential& model, const Setting& s) {
  if (s.method == Method::adam) {
    return std::make_unique<Adam>(model.parameters(),
                                  AdamOptions{.learning_rate = s.learning_rate, .weight_decay = s.weight_decay});
  }
  return std::make_unique<SGD>(model.parameters(),
                               SGDOptions{.learning_rate = s.learning_rate, .weight_decay = s.weight_decay});
}

// As in training, by each batch's own statistics. Moves the running estimates.
double accuracy_by_batches(Sequential& model, Batches& images) {
  Tape tape(Recording::off);
  double correct = 0;
  for (std::int64_t i = 0; i < images.size(); ++i) {
    const Batch batch = images[i];
    const std::vector<std::int32_t> predicted = predictions(model(tape.input(batch.images)).value());
    for (std::size_t row = 0; row < predicted.size(); ++row) correct += predicted[row] == batch.labels[row];
  }
  return correct / static_cast<double>(images.images().count);
}

struct Watched {
  Linear* linear;
  MeasuredBatchNorm1d* norm;
};

}  // namespace

Run train(const Dataset& data, const Setting& setting, const RunOptions& options,
          const std::function<void(const Run& so_far)>& after_epoch) {
  Rng rng(options.seed);
  Sequential model;
  std::vector<Watched> watched;
  std::int64_t width = data.train.image_size();
  for (int i = 0; i < 2; ++i) {
    Linear& linear = model.add<Linear>(width, options.hidden, rng, LinearOptions{.bias = false});
    watched.push_back({&linear, &model.add<MeasuredBatchNorm1d>(options.hidden, setting.without)});
    model.add<ReLU>();
    width = options.hidden;
  }
  model.add<Linear>(width, data.train.classes, rng);
  const std::unique_ptr<Optimizer> optimizer = optimizer_for(model, setting);

  Run run{.setting = setting, .first_norms = {}, .epochs = {}};
  for (const Watched& w : watched) run.first_norms.push_back(norm(w.linear->weight().value()));
  Batches batches(data.train, 0, std::min(options.images, data.train.count), options.batch_size);
  Batches test(data.test, 500);
  Tape tape;
  for (std::int64_t epoch = 0; epoch < options.epochs; ++epoch) {
    EpochRecord record;
    record.layers.resize(watched.size());
    batches.shuffle(rng);
    const auto steps = static_cast<double>(batches.full_batches());
    for (std::int64_t b = 0; b < batches.full_batches(); ++b) {
      const Batch batch = batches[b];
      tape.clear();
      const Variable loss = cross_entropy(model(tape.input(batch.images)), batch.labels);
      record.loss += static_cast<double>(loss.item()) / steps;
      if (!std::isfinite(record.loss)) return run;
      optimizer->zero_grad();
      tape.backward(loss);
      std::vector<Tensor> before;
      for (std::size_t i = 0; i < watched.size(); ++i) {
        const Parameter& w = watched[i].linear->weight();
        before.push_back(w.value());
        const double size = norm(w.value()) * norm(w.grad());
        if (size > 0) record.layers[i].cosine += std::abs(dot(w.value(), w.grad())) / size / steps;
      }
      optimizer->step();
      for (std::size_t i = 0; i < watched.size(); ++i) {
        const Tensor& now = watched[i].linear->weight().value();
        record.layers[i].turn += norm(now - before[i]) / norm(before[i]) / steps;
      }
    }
    for (std::size_t i = 0; i < watched.size(); ++i) {
      LayerRecord& layer = record.layers[i];
      TermSizes& sizes = watched[i].norm->sizes();
      layer.dy = std::sqrt(sizes.dy / static_cast<double>(sizes.elements));
      layer.mean = sizes.mean / sizes.direct;
      layer.xhat = sizes.xhat / sizes.direct;
      layer.left = sizes.left / sizes.direct;
      layer.norm = norm(watched[i].linear->weight().value());
      sizes = {};
    }
    record.accuracy = evaluate(model, test).accuracy();
    run.epochs.push_back(record);
    after_epoch(run);
  }
  run.accuracy_by_batches = accuracy_by_batches(model, test);
  return run;
}

}  // namespace gradus::examples
