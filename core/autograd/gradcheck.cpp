#include <gradus/core/autograd/gradcheck.h>
#include <gradus/core/error.h>
#include <gradus/core/tensor/random.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <ostream>

namespace gradus {
namespace {

// One tensor whose gradient is checked: an element of it can be set, and its analytic gradient is known.
struct Target {
  std::string name;
  Tensor* value;         // an input of one of the forwards ...
  Parameter* parameter;  // ... or a parameter
  Tensor analytic, numeric;
  std::vector<double> noise;  // of each element of numeric

  const Tensor& current() const { return parameter ? parameter->value() : *value; }
  void set(std::int64_t i, Scalar x) { (parameter ? parameter->mutable_data() : value->mutable_data())[i] = x; }
};

constexpr double epsilon = std::numeric_limits<Scalar>::epsilon();

// The larger; a NaN wins.
double larger(double a, double b) { return b <= a || std::isnan(a) ? a : b; }

double largest(const Tensor& t) {
  double result = 0;
  for (const Scalar x : t.values()) result = larger(result, std::abs(static_cast<double>(x)));
  return result;
}

using TapeFunction = std::function<Variable(Tape&, const std::vector<Variable>&)>;

class Check {
 public:
  Check(const TapeFunction& f, const std::vector<Parameter*>& parameters, const GradcheckOptions& options)
      : f_(f), parameters_(parameters), options_(options), rng_(options.seed) {}

  // One round: a forward for each list of inputs, then one backward.
  GradcheckReport round(std::vector<std::vector<Tensor>> forwards, bool fill_gradients, const char* what) {
    inputs_ = std::move(forwards);
    weights_.clear();
    collect_targets();
    differentiate(fill_gradients);
    for (Target& target : targets_) {
      target.numeric = Tensor::uninitialized(target.current().shape());
      for (std::int64_t i = 0; i < target.numeric.count(); ++i) {
        const Slope slope = central_slope(target, i, step(target));
        target.numeric.mutable_data()[i] = static_cast<Scalar>(slope.value);
        target.noise.push_back(slope.noise);
      }
    }
    return compare(what);
  }

 private:
  void collect_targets() {
    targets_.clear();
    for (std::size_t call = 0; call < inputs_.size(); ++call) {
      for (std::size_t i = 0; i < inputs_[call].size(); ++i) {
        const std::string forward = inputs_.size() > 1 ? text(" of forward ", call + 1) : "";
        targets_.push_back({text("input ", i, forward), &inputs_[call][i], nullptr, {}, {}, {}});
      }
    }
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      targets_.push_back(
          {text("parameter ", i, " (", parameters_[i]->name(), ')'), nullptr, parameters_[i], {}, {}, {}});
    }
  }

  // f of the inputs of every forward.
  std::vector<Variable> forward(Tape& tape, std::vector<Variable>& leaves) {
    if (options_.restore) options_.restore();
    std::vector<Variable> outputs;
    for (const std::vector<Tensor>& tensors : inputs_) {
      std::vector<Variable> inputs;
      for (const Tensor& x : tensors) inputs.push_back(tape.variable(x));
      leaves.insert(leaves.end(), inputs.begin(), inputs.end());
      outputs.push_back(f_(tape, inputs));
    }
    return outputs;
  }

  std::vector<Tensor> outputs() {
    Tape tape(Recording::off);
    std::vector<Variable> leaves;
    std::vector<Tensor> values;
    for (const Variable& y : forward(tape, leaves)) {
      const Shape& shape = weights_[values.size()].shape();
      if (y.shape() != shape) fail("gradcheck", "f returned first ", shape, ", then ", y.shape());
      values.push_back(y.value());
    }
    return values;
  }

  void differentiate(bool fill_gradients) {
    std::vector<Tensor> before;
    for (Parameter* p : parameters_) {
      before.push_back(fill_gradients ? rng_.normal(p->shape()) : Tensor::zeros(p->shape()));
      p->zero_grad();
      if (fill_gradients) p->set_grad(before.back());
    }
    Tape tape;
    std::vector<Variable> leaves;
    Variable loss = tape.input(Tensor(0));  // sum over forwards of sum(f(inputs) * random weights)
    largest_output_ = 0;
    for (const Variable& y : forward(tape, leaves)) {
      weights_.push_back(rng_.normal(y.shape()));
      loss = loss + sum(y * tape.input(weights_.back()));
      largest_output_ = larger(largest_output_, largest(y.value()));
    }
    if (loss.needs_grad()) tape.backward(loss);
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      targets_[i].analytic = leaves[i].has_grad() ? leaves[i].grad() : Tensor::zeros(leaves[i].shape());
    }
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      const Parameter& p = *parameters_[i];
      targets_[leaves.size() + i].analytic = p.has_grad() ? p.grad() - before[i] : Tensor::zeros(p.shape());
    }
  }

  double step(const Target& target) const {
    const double size = largest(target.current());
    return options_.step * (size > 0 ? size : 1);
  }

  struct Slope {
    double value;
    double noise;  // what the rounding of the outputs that changed may have done to it
  };

  // The slope of the weighted sum between two values of element i. Outputs are subtracted one by one: what does not
  // depend on the element cancels to 0, where a difference of two sums would leave their rounding errors.
  Slope slope(Target& target, std::int64_t i, Scalar left, Scalar right) {
    const Scalar x = target.current().data()[i];
    target.set(i, right);
    const std::vector<Tensor> above = outputs();
    target.set(i, left);
    const std::vector<Tensor> below = outputs();
    target.set(i, x);
    double difference = 0, rounding = 0;
    for (std::size_t call = 0; call < weights_.size(); ++call) {
      for (std::int64_t k = 0; k < weights_[call].count(); ++k) {
        const double weight = weights_[call].data()[k], high = above[call].data()[k], low = below[call].data()[k];
        difference += weight * (high - low);
        if (high != low) rounding += std::abs(weight) * epsilon * (std::abs(high) + std::abs(low));
      }
    }
    const double distance = static_cast<double>(right) - static_cast<double>(left);
    return {difference / distance, rounding / distance};
  }

  Slope central_slope(Target& target, std::int64_t i, double h) {
    const Scalar x = target.current().data()[i];
    return slope(target, i, x - static_cast<Scalar>(h), x + static_cast<Scalar>(h));
  }

  GradcheckReport compare(const char* what) {
    GradcheckReport report;
    double overall = 0, overall_analytic = 0;
    bool nothing = true;  // no difference that confirms a gradient, however small
    std::int64_t checked = 0;
    for (const Target& target : targets_) {
      overall = larger(overall, largest(target.numeric));
      overall_analytic = larger(overall_analytic, largest(target.analytic));
      checked += target.numeric.count();
      for (std::int64_t i = 0; i < target.numeric.count(); ++i) {
        const double analytic = target.analytic.data()[i], numeric = target.numeric.data()[i];
        nothing &= std::abs(analytic - numeric) > 0.1 * std::abs(numeric) || analytic == 0;
      }
    }
    if (nothing && overall <= noise() && overall_analytic <= noise()) {
      return {false, text("nothing was tested: all gradients are zero in ", what), 0};
    }
    // A gradient that is zero in theory is rounding noise in practice, of the size of the others'.
    const double rounding = 1000 * epsilon * std::max(overall, overall_analytic);
    for (Target& target : targets_) {
      for (std::int64_t i = 0; i < target.numeric.count(); ++i) {
        const double analytic = target.analytic.data()[i];
        double numeric = target.numeric.data()[i];
        // An element is measured by itself: its size, and what the step and rounding can do to it.
        const auto size = [&](double slope, double noise) {
          return std::max(std::abs(slope), (10 * noise + rounding) / options_.tolerance);
        };
        double scale = size(numeric, target.noise[static_cast<std::size_t>(i)]);
        if (!(std::abs(analytic - numeric) <= options_.tolerance * scale)) {
          // Rounding errors fade with a larger step, those of a curved function grow 256 times; what is wrong stays.
          const Slope again = central_slope(target, i, 16 * step(target));
          scale = std::max(scale, std::abs(again.value - numeric) / 64 / options_.tolerance);
          if (std::abs(analytic - again.value) <= options_.tolerance * size(again.value, again.noise)) {
            numeric = again.value;
          }
          // Beside large elements the step may leave where f is defined, or nearly straight. A smaller one, or one of
          // the element's own size, is as good if the slopes agree without regard to its noise.
          const double own = options_.step * std::abs(static_cast<double>(target.current().data()[i]));
          for (const double h : {step(target) / 256, own}) {
            const double slope = central_slope(target, i, h).value;
            if (std::abs(analytic - slope) < options_.tolerance * std::abs(slope)) {
              numeric = slope;
              scale = std::abs(slope);
            }
          }
        }
        const double error = std::abs(analytic - numeric) / scale;
        if (error <= report.worst_error || std::isnan(report.worst_error)) continue;
        report.worst_error = error;
        if (error <= options_.tolerance) continue;
        report.ok = false;
        report.message =
            text(target.name, ' ', target.numeric.shape(), " at ", index_text(target.numeric.shape(), i), ": analytic ",
                 analytic, ", numeric ", numeric, " (difference ", error, " of its size, allowed ", options_.tolerance,
                 ") in ", what, kink(target, i, largest(target.numeric)));
      }
    }
    if (report.ok) {
      report.message = text(checked, " gradients agree in ", what);
    }
    return report;
  }

  // Below this a slope is nothing but the rounding of inputs and outputs of size 1, or of the largest output.
  double noise() const { return 10 * epsilon / options_.step * std::max(1.0, largest_output_); }

  // A remark, if the slopes on the two sides differ.
  std::string kink(Target& target, std::int64_t i, double scale) {
    const Scalar x = target.current().data()[i], h = static_cast<Scalar>(step(target));
    const double left = slope(target, i, x - h, x).value, right = slope(target, i, x, x + h).value;
    if (!(std::abs(left - right) > 1e-2 * scale)) return "";
    return text("; a kink? The slope is ", left, " on the left and ", right, " on the right");
  }

  const TapeFunction& f_;
  const std::vector<Parameter*>& parameters_;
  const GradcheckOptions& options_;
  Rng rng_;
  std::vector<std::vector<Tensor>> inputs_;  // of each forward
  std::vector<Tensor> weights_;              // of each forward's output
  double largest_output_ = 0;
  std::vector<Target> targets_;
};

// Puts parameters back as they were, also when f throws.
class Restore {
 public:
  explicit Restore(const std::vector<Parameter*>& parameters) : parameters_(parameters) {
    for (const Parameter* p : parameters)
      saved_.push_back({p->value(), p->has_grad(), p->has_grad() ? p->grad() : Tensor()});
  }
  ~Restore() {
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

GradcheckReport check_gradients(const TapeFunction& f, const std::vector<Tensor>& inputs,
                                const std::vector<Parameter*>& parameters, const GradcheckOptions& options) {
  const std::vector<Parameter*> distinct = to_check(parameters);
  const Restore restore_parameters(distinct);
  Check check(f, distinct, options);
  const GradcheckReport first = check.round({inputs}, false, "one forward and one backward");
  if (options.restore) options.restore();
  if (!first.ok) return first;

  Rng rng(options.seed + 1);
  std::vector<Tensor> varied, small;
  for (const Tensor& x : inputs) {
    varied.push_back(x * rng.uniform(x.shape(), Scalar(0.7), Scalar(1.3)));
    small.push_back(x * Scalar(0.003));
  }
  for (Parameter* p : distinct) vary(*p, rng);
  GradcheckReport second =
      check.round({inputs, varied, small}, true, "three forwards before one backward, with gradients filled before");
  if (options.restore) options.restore();
  second.worst_error = std::max(second.worst_error, first.worst_error);
  if (second.ok) second.message = text(first.message, ", ", second.message, ", worst difference ", second.worst_error);
  return second;
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
