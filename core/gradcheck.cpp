#include <gradus/core/error.h>
#include <gradus/core/gradcheck.h>
#include <gradus/core/random.h>

#include <algorithm>
#include <cmath>
#include <ostream>

namespace gradus {
namespace {

// One tensor whose gradient is checked: an element of it can be set, and its analytic gradient is known.
struct Target {
  std::string name;
  Tensor* value;         // an input of one of the forwards ...
  Parameter* parameter;  // ... or a parameter
  Tensor analytic, numeric;

  const Tensor& current() const { return parameter ? parameter->value() : *value; }
  void set(std::int64_t i, Scalar x) { (parameter ? parameter->mutable_data() : value->mutable_data())[i] = x; }
};

double largest(const Tensor& t) {
  double result = 0;
  // Written so that a NaN wins.
  for (const Scalar x : t.values()) result = std::abs(x) <= result ? result : std::abs(static_cast<double>(x));
  return result;
}

std::string index_text(const Shape& shape, std::int64_t i) {
  std::string index;
  for (int axis = shape.rank() - 1; axis >= 0; i /= shape[axis--]) {
    index = text(i % shape[axis], index.empty() ? "" : ", ", index);
  }
  return text('[', index, ']');
}

class Check {
 public:
  Check(const Differentiable& f, const std::vector<Parameter*>& parameters, const GradcheckOptions& options)
      : f_(f), parameters_(parameters), options_(options), rng_(options.seed) {}

  // One round: a forward for each list of inputs, then one backward.
  GradcheckReport round(std::vector<std::vector<Tensor>> forwards, bool fill_gradients, const char* what) {
    inputs_ = std::move(forwards);
    weights_.clear();
    collect_targets();
    differentiate(fill_gradients);
    for (Target& target : targets_) {
      target.numeric = Tensor::zeros(target.current().shape());
      for (std::int64_t i = 0; i < target.numeric.count(); ++i) {
        target.numeric.mutable_data()[i] = static_cast<Scalar>(slope(target, i, step(target)));
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
        targets_.push_back({text("input ", i, forward), &inputs_[call][i], nullptr, {}, {}});
      }
    }
    for (Parameter* p : parameters_) targets_.push_back({"parameter " + p->name(), nullptr, p, {}, {}});
  }

  // sum over forwards of sum(f(inputs) * random weights)
  Variable loss(Tape& tape, std::vector<Variable>& leaves) {
    if (options_.restore) options_.restore();
    Variable total = tape.input(Tensor(0));
    for (std::size_t call = 0; call < inputs_.size(); ++call) {
      std::vector<Variable> inputs;
      for (const Tensor& x : inputs_[call]) inputs.push_back(tape.variable(x));
      leaves.insert(leaves.end(), inputs.begin(), inputs.end());
      const Variable y = f_(inputs);
      if (call == weights_.size()) weights_.push_back(rng_.normal(y.shape()));
      total = total + sum(y * tape.input(weights_[call]));
    }
    return total;
  }

  double loss_value() {
    Tape tape(Recording::off);
    std::vector<Variable> leaves;
    return loss(tape, leaves).item();
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
    const Variable y = loss(tape, leaves);
    if (y.needs_grad()) tape.backward(y);
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

  // The central difference along element i.
  double slope(Target& target, std::int64_t i, double h) {
    const Scalar x = target.current().data()[i];
    const Scalar right = x + static_cast<Scalar>(h), left = x - static_cast<Scalar>(h);
    target.set(i, right);
    const double above = loss_value();
    target.set(i, left);
    const double below = loss_value();
    target.set(i, x);
    return (above - below) / (static_cast<double>(right) - static_cast<double>(left));
  }

  GradcheckReport compare(const char* what) {
    GradcheckReport report;
    double overall = 0;
    for (const Target& target : targets_) overall = std::max(overall, largest(target.numeric));
    std::int64_t checked = 0;
    for (Target& target : targets_) {
      // A gradient that is zero in theory is rounding noise in practice: compare it with the others.
      const double scale = std::max({largest(target.numeric), 1e-2 * overall, 1e-30});
      for (std::int64_t i = 0; i < target.numeric.count(); ++i, ++checked) {
        const double analytic = target.analytic.data()[i], numeric = target.numeric.data()[i];
        const double error = std::abs(analytic - numeric) / scale;
        if (error <= report.worst_error) continue;
        report.worst_error = error;
        if (error <= options_.tolerance) continue;
        report.ok = false;
        report.message = text(target.name, ' ', target.numeric.shape(), " at ", index_text(target.numeric.shape(), i),
                              ": analytic ", analytic, ", numeric ", numeric, " (difference ", error,
                              " of the largest gradient, allowed ", options_.tolerance, ") in ", what,
                              kink(target, i) ? "; the numeric value changes with the step: a kink?" : "");
      }
    }
    if (report.ok && !(overall > 1e-10)) {
      return {false, text("nothing was tested: all gradients are zero in ", what), report.worst_error};
    }
    if (report.ok)
      report.message = text(checked, " gradients agree in ", what, ", worst difference ", report.worst_error);
    return report;
  }

  bool kink(Target& target, std::int64_t i) {
    const double h = step(target), scale = std::max(largest(target.numeric), 1e-30);
    return std::abs(slope(target, i, h) - slope(target, i, 16 * h)) > 1e-3 * scale;
  }

  const Differentiable& f_;
  const std::vector<Parameter*>& parameters_;
  const GradcheckOptions& options_;
  Rng rng_;
  std::vector<std::vector<Tensor>> inputs_;  // of each forward
  std::vector<Tensor> weights_;              // of each forward's output
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

}  // namespace

GradcheckReport gradcheck(const Differentiable& f, const std::vector<Tensor>& inputs,
                          const std::vector<Parameter*>& parameters, const GradcheckOptions& options) {
  const Restore restore_parameters(parameters);
  Check check(f, parameters, options);
  const GradcheckReport first = check.round({inputs}, false, "one forward and one backward");
  if (options.restore) options.restore();
  if (!first.ok) return first;

  Rng rng(options.seed + 1);
  std::vector<Tensor> varied, small;
  for (const Tensor& x : inputs) {
    varied.push_back(x * rng.uniform(x.shape(), Scalar(0.7), Scalar(1.3)));
    small.push_back(x * Scalar(0.003));
  }
  GradcheckReport second =
      check.round({inputs, varied, small}, true, "three forwards before one backward, with gradients filled before");
  if (options.restore) options.restore();
  second.worst_error = std::max(second.worst_error, first.worst_error);
  return second;
}

GradcheckReport gradcheck(const std::function<Variable(const Variable&)>& f, const Tensor& x,
                          const std::vector<Parameter*>& parameters, const GradcheckOptions& options) {
  return gradcheck([&](const std::vector<Variable>& inputs) { return f(inputs[0]); }, {x}, parameters, options);
}

std::ostream& operator<<(std::ostream& out, const GradcheckReport& report) {
  return out << (report.ok ? "gradients agree: " : "gradients differ: ") << report.message;
}

}  // namespace gradus
