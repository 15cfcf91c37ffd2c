#include <gradus/core/error.h>
#include <gradus/layers/gradcheck.h>

#include <algorithm>

namespace gradus {
namespace {

// What a forward may change besides what it returns. Put back at the latest when the check ends, be it by an error.
class Snapshot {
 public:
  explicit Snapshot(const Module& module) {
    for (const auto& [name, buffer] : module.buffers()) buffers_.emplace_back(buffer, *buffer);
    for (const auto& [name, counter] : module.counters()) counters_.emplace_back(counter, *counter);
    for (const auto& [name, generator] : module.generators()) generators_.emplace_back(generator, *generator);
  }

  ~Snapshot() { restore(); }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  void restore() const {
    for (const auto& [buffer, value] : buffers_) *buffer = value;
    for (const auto& [counter, value] : counters_) *counter = value;
    for (const auto& [generator, value] : generators_) *generator = value;
  }

 private:
  std::vector<std::pair<Tensor*, Tensor>> buffers_;
  std::vector<std::pair<std::int64_t*, std::int64_t>> counters_;
  std::vector<std::pair<Rng*, Rng>> generators_;
};

// check(options) in training and in evaluation.
template <class Check>
GradcheckReport in_both_modes(Module& module, const GradcheckOptions& options, const Check& check) {
  const Snapshot snapshot(module);
  GradcheckOptions with_restore = options;
  with_restore.restore = [&] {
    snapshot.restore();
    if (options.restore) options.restore();
  };
  GradcheckReport report;
  std::string checked;
  for (const bool training : {true, false}) {
    const ModeGuard mode(module, training);
    const double worst = report.worst_error;
    report = check(with_restore);
    report.worst_error = std::max(report.worst_error, worst);
    report.message = text(training ? " in training: " : " in evaluation: ", report.message);
    checked += text(checked.empty() ? "" : ";", report.message);
    if (!report.ok) {
      report.message = module.kind() + report.message;
      return report;
    }
  }
  report.message = module.kind() + checked;
  return report;
}

}  // namespace

GradcheckReport gradcheck(Module& module, const Differentiable& f, const std::vector<Tensor>& inputs,
                          const GradcheckOptions& options) {
  return in_both_modes(module, options, [&](const GradcheckOptions& with_restore) {
    return gradcheck(f, inputs, module.parameters(), with_restore);
  });
}

GradcheckReport gradcheck(Layer& layer, const Tensor& x, const GradcheckOptions& options) {
  return gradcheck(
      layer, [&](const std::vector<Variable>& inputs) { return layer(inputs[0]); }, {x}, options);
}

GradcheckReport gradcheck(IndexLayer& layer, std::span<const std::int32_t> indices, const Shape& shape,
                          const GradcheckOptions& options) {
  return in_both_modes(layer, options, [&](const GradcheckOptions& with_restore) {
    return gradcheck([&](Tape& tape) { return layer(tape.indices(indices, shape)); }, layer.parameters(), with_restore);
  });
}

}  // namespace gradus
