#include <gradus/core/autograd/both_gradients.h>
#include <gradus/core/autograd/gradcheck.h>
#include <gradus/core/error.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <ostream>

namespace gradus {
namespace {

using namespace detail;
using Slope = BothGradients::Slope;
using Target = BothGradients::Target;

GradcheckReport compare(BothGradients& gradients, const GradcheckOptions& options, const char* what);

// Puts parameters back as they were, also when f throws.
class ParametersKept {
 public:
  explicit ParametersKept(const std::vector<Parameter*>& parameters) : parameters_(parameters) {
    for (const Parameter* p : parameters)
      saved_.push_back({p->value(), p->has_grad(), p->has_grad() ? p->grad() : Tensor()});
  }
  ~ParametersKept() {
    for (std::size_t i = 0; i < saved_.size(); ++i) {
      parameters_[i]->set_value(saved_[i].value);
      parameters_[i]->zero_grad();
      if (saved_[i].has_grad) parameters_[i]->set_grad(saved_[i].grad);
    }
  }

 private:
  struct Saved {
    Tensor value;
    bool has_grad;
    Tensor grad;
  };
  const std::vector<Parameter*>& parameters_;
  std::vector<Saved> saved_;
};

// Each once, though it may have two owners; frozen ones get no gradient.
std::vector<Parameter*> to_check(const std::vector<Parameter*>& parameters) {
  std::vector<Parameter*> distinct;
  for (Parameter* p : parameters) {
    const auto same = [p](const Parameter* other) { return other->same_as(*p); };
    if (!p->frozen() && std::ranges::none_of(distinct, same)) distinct.push_back(p);
  }
  return distinct;
}

// A factor that a backward forgot shows only where it is not 1, a term only where it is not 0.
void vary(Parameter& p, Rng& rng) {
  Scalar* value = p.mutable_data();
  for (std::int64_t i = 0; i < p.value().count(); ++i) {
    value[i] = value[i] == 0 ? rng.uniform(Scalar(0.1), Scalar(0.3)) : value[i] * rng.uniform(Scalar(0.7), Scalar(1.3));
  }
}

// The two rounds that gradcheck.h describes.
GradcheckReport check_gradients(const TapeFunction& f, const std::vector<Tensor>& inputs,
                                const std::vector<Parameter*>& parameters, const GradcheckOptions& options) {
  const std::vector<Parameter*> distinct = to_check(parameters);
  const ParametersKept kept(distinct);
  BothGradients gradients(f, distinct, options);
  gradients.compute({inputs}, false);
  const GradcheckReport first = compare(gradients, options, "one forward and one backward");
  if (options.restore) options.restore();
  if (!first.ok) return first;

  Rng rng(options.seed + 1);
  std::vector<Tensor> varied, small;
  for (const Tensor& x : inputs) {
    varied.push_back(x * rng.uniform(x.shape(), Scalar(0.7), Scalar(1.3)));
    small.push_back(x * Scalar(0.003));
  }
  for (Parameter* p : distinct) vary(*p, rng);
  gradients.compute({inputs, varied, small}, true);
  GradcheckReport second =
      compare(gradients, options, "three forwards before one backward, with gradients filled before");
  if (options.restore) options.restore();
  second.worst_error = std::max(second.worst_error, first.worst_error);
  if (second.ok) second.message = text(first.message, ", ", second.message, ", worst difference ", second.worst_error);
  return second;
}

constexpr double epsilon = std::numeric_limits<Scalar>::epsilon();

double largest_slope(const Target& target) {
  double result = 0;
  for (const Slope& slope : target.numeric) result = larger(result, std::abs(slope.value));
  return result;
}

// The slope that an analytic gradient should be, and the size that their difference is measured by.
struct Expected {
  double slope, size;
};

// An element is measured by itself: its size, and what the step and rounding can do to it.
Expected expected(BothGradients& gradients, Target& target, std::int64_t i, double rounding,
                  const GradcheckOptions& options) {
  const double analytic = target.analytic.data()[i], tolerance = options.tolerance;
  const auto size = [&](const Slope& slope) {  // ten times the noise is allowed
    return std::max(std::abs(slope.value), (10 * slope.noise + rounding) / tolerance);
  };
  const Slope& first = target.numeric[static_cast<std::size_t>(i)];
  Expected result = {first.value, size(first)};
  if (std::abs(analytic - first.value) <= tolerance * result.size) return result;
  const double step = gradients.step(target);
  // A step 16 times as large makes rounding errors 16 times smaller and the error from f's curves 256 times larger; a
  // wrong gradient stays wrong. So curves put the first slope off by 1/255 of what the two differ by; 4/256 are
  // allowed.
  const Slope again = gradients.central(target, i, 16 * step);
  result.size = std::max(result.size, std::abs(again.value - first.value) / 64 / tolerance);
  if (std::abs(analytic - again.value) <= tolerance * size(again)) result.slope = again.value;
  // The step is of the size of the tensor's largest element. For a small one it may be too long: f may not be defined
  // there, or be curved. A shorter one will do if the slopes agree without any allowance for noise.
  const double own = options.step * std::abs(static_cast<double>(target.current().data()[i]));
  for (const double h : {step / 256, own}) {
    const double slope = gradients.central(target, i, h).value;
    if (std::abs(analytic - slope) < tolerance * std::abs(slope)) result = {slope, std::abs(slope)};
  }
  return result;
}

// A remark, if the slopes on the two sides differ.
std::string kink(BothGradients& gradients, Target& target, std::int64_t i) {
  const Scalar x = target.current().data()[i], h = static_cast<Scalar>(gradients.step(target));
  const double left = gradients.between(target, i, x - h, x).value,
               right = gradients.between(target, i, x, x + h).value;
  if (!(std::abs(left - right) > 1e-2 * largest_slope(target))) return "";
  return text("; a kink? The slope is ", left, " on the left and ", right, " on the right");
}

GradcheckReport compare(BothGradients& gradients, const GradcheckOptions& options, const char* what) {
  double overall = 0, overall_analytic = 0;
  bool nothing = true;  // no gradient, however small, that its slope confirms to a tenth
  std::int64_t checked = 0;
  for (const Target& target : gradients.targets()) {
    overall = larger(overall, largest_slope(target));
    overall_analytic = larger(overall_analytic, largest(target.analytic));
    checked += target.analytic.count();
    for (std::int64_t i = 0; i < target.analytic.count(); ++i) {
      const double analytic = target.analytic.data()[i], numeric = target.numeric[static_cast<std::size_t>(i)].value;
      nothing &= std::abs(analytic - numeric) > 0.1 * std::abs(numeric) || analytic == 0;
    }
  }
  // Below this a slope is nothing but the rounding of inputs and outputs of size 1, or of the largest output.
  const double noise = 10 * epsilon / options.step * std::max(1.0, gradients.largest_output());
  if (nothing && overall <= noise && overall_analytic <= noise) {
    return {false, text("nothing was tested: all gradients are zero in ", what), 0};
  }
  // A gradient that is zero in theory is in practice what rounding left of larger terms: up to a thousand times what
  // it does to the largest gradient.
  const double rounding = 1000 * epsilon * std::max(overall, overall_analytic);
  GradcheckReport report;
  for (Target& target : gradients.targets()) {
    const Shape& shape = target.analytic.shape();
    for (std::int64_t i = 0; i < shape.count(); ++i) {
      const double analytic = target.analytic.data()[i];
      const auto [numeric, size] = expected(gradients, target, i, rounding, options);
      const double error = std::abs(analytic - numeric) / size;
      if (error <= report.worst_error || std::isnan(report.worst_error)) continue;
      report.worst_error = error;
      if (error <= options.tolerance) continue;
      report.ok = false;
      report.message = text(target.name, ' ', shape, " at ", index_text(shape, i), ": analytic ", analytic,
                            ", numeric ", numeric, " (difference ", error, " of its size, allowed ", options.tolerance,
                            ") in ", what, kink(gradients, target, i));
    }
  }
  if (report.ok) report.message = text(checked, " gradients agree in ", what);
  return report;
}

}  // namespace

GradcheckReport gradcheck(const Differentiable& f, const std::vector<Tensor>& inputs,
                          const std::vector<Parameter*>& parameters, const GradcheckOptions& options) {
  return check_gradients([&](Tape&, const std::vector<Variable>& x) { return f(x); }, inputs, parameters, options);
}

GradcheckReport gradcheck(const std::function<Variable(const Variable&)>& f, const Tensor& x,
                          const std::vector<Parameter*>& parameters, const GradcheckOptions& options) {
  return check_gradients([&](Tape&, const std::vector<Variable>& inputs) { return f(inputs[0]); }, {x}, parameters,
                         options);
}

GradcheckReport gradcheck(const std::function<Variable(Tape&)>& f, const std::vector<Parameter*>& parameters,
                          const GradcheckOptions& options) {
  return check_gradients([&](Tape& tape, const std::vector<Variable>&) { return f(tape); }, {}, parameters, options);
}

std::ostream& operator<<(std::ostream& out, const GradcheckReport& report) {
  return out << (report.ok ? "gradients agree: " : "gradients differ: ") << report.message;
}

}  // namespace gradus
