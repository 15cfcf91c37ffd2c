#include <gradus/core/error.h>
#include <gradus/layers/gradcheck.h>
#include <gradus/layers/state_guard.h>

#include <algorithm>

namespace gradus {
namespace {

// check(options) in training and in evaluation.
template <class Check>
GradcheckReport in_both_modes(Module& module, const GradcheckOptions& options, const Check& check) {
  const StateGuard state(module);
  GradcheckOptions with_restore = options;
  with_restore.restore = [&] {
    state.restore();
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
