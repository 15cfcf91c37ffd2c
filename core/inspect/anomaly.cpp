#include <gradus/core/autograd/scope.h>
#include <gradus/core/error.h>
#include <gradus/core/inspect/anomaly.h>

#include <algorithm>
#include <cmath>

namespace gradus {
namespace {

// "[128, 256] from -1.5 to 3e+38", "[128, 256] from -1 to 2 and 3 not finite"
std::string range(const Tensor& t) {
  Scalar low = 0, high = 0;
  std::int64_t finite = 0;
  for (const Scalar x : t.values()) {
    if (!std::isfinite(x)) continue;
    low = finite ? std::min(low, x) : x;
    high = finite ? std::max(high, x) : x;
    ++finite;
  }
  std::string result = text(t.shape());
  if (finite > 0) result += text(" from ", low, " to ", high);
  if (finite < t.count()) result += text(finite > 0 ? " and " : " ", t.count() - finite, " not finite");
  return result;
}

std::string place(std::string_view operation, std::string_view layer) {
  return text(operation, layer.empty() ? "" : " in ", layer);
}

}  // namespace

void AnomalyDetector::computed(std::string_view operation, const Inputs& inputs, const Tensor& y) {
  if (all_finite(y)) return;
  const std::string layer = Scope::current() ? Scope::current()->place() : "";
  std::string operands;
  for (int i = 0; i < inputs.size(); ++i) operands += text(operands.empty() ? "" : ", ", range(inputs[i].value()));
  throw AnomalyError(text("anomaly: the value of ", place(operation, layer), " is not finite: ", range(y),
                          ", computed from ", operands));
}

void AnomalyDetector::contributed(int node, int input, const Tensor& dy, Tensor& dx) {
  if (all_finite(dx)) return;
  const Tape::Node& at = tape().node(node);
  throw AnomalyError(text("anomaly: the backward of ", place(at.operation, at.layer), " gives input ", input,
                          " a gradient that is not finite: ", range(dx), ", computed from dy ", range(dy)));
}

}  // namespace gradus
