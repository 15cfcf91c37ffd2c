#include <gradus/core/error.h>
#include <gradus/examples/gradcheck_microscope/measurement.h>
#include <gradus/examples/gradcheck_microscope/subjects.h>

#include <limits>
#include <utility>

using namespace gradus;
using namespace gradus::examples;

namespace {

// The scalar that is differentiated: the output's elements, added with weights that differ.
class Loss {
 public:
  Loss(Subject& subject, Fractions& numbers) : subject_(subject) {
    if (subject_.layer) {
      for (const auto& [name, generator] : subject_.layer->generators()) generators_.push_back({generator, *generator});
    }
    Tape tape(Recording::off);
    weights_ = numbers.away_from_zero(output(tape).shape());
  }

  Variable operator()(Tape& tape) { return sum(output(tape) * tape.input(weights_)); }
  double value() {
    Tape tape(Recording::off);
    return (*this)(tape).item();
  }
  const Tensor& grad(std::size_t input) const { return variables_[input].grad(); }

 private:
  Variable output(Tape& tape) {
    for (const auto& [generator, state] : generators_) *generator = state;  // a dropout drops the same each time
    variables_.clear();
    for (const Tensor& x : subject_.inputs) variables_.push_back(tape.variable(x));
    return subject_.f(variables_);
  }

  Subject& subject_;
  std::vector<std::pair<Rng*, Rng>> generators_;
  std::vector<Variable> variables_;
  Tensor weights_;
};

// A number that can be moved, and its gradient.
struct Element {
  Tensor* input;         // of an input ...
  Parameter* parameter;  // ... or of a parameter
  std::int64_t at;

  Scalar get() const { return (parameter ? parameter->value() : *input).data()[at]; }
  void set(Scalar x) const { (parameter ? parameter->mutable_data() : input->mutable_data())[at] = x; }
};

double central_difference(Loss& loss, const Element& element, double h) {
  const Scalar x = element.get();
  const Scalar right = static_cast<Scalar>(x + h), left = static_cast<Scalar>(x - h);
  if (right == left) return 0;
  element.set(right);
  const double above = loss.value();
  element.set(left);
  const double below = loss.value();
  element.set(x);
  // By the distance there is between the two numbers: h itself is rounded when it is added to x.
  return (above - below) / (static_cast<double>(right) - static_cast<double>(left));
}

microscope::Measurement measure(microscope::Kind kind, const std::string& name, const std::vector<double>& steps,
                                unsigned seed) {
  Fractions numbers(seed);
  Subject subject = make_subject(kind, name, numbers);
  Loss loss(subject, numbers);

  microscope::Measurement result{.formula = subject.formula,
                                 .elements = {},
                                 .backward = {},
                                 .numeric = {},
                                 .beside_kink = subject.beside_kink,
                                 .kink_distance = subject.kink_distance,
                                 .epsilon = std::numeric_limits<Scalar>::epsilon()};
  Tape tape;
  tape.backward(loss(tape));
  std::vector<Element> elements;
  const auto add = [&](const std::string& whose, const Tensor& grad, Tensor* input, Parameter* parameter) {
    for (std::int64_t i = 0; i < grad.count(); ++i) {
      elements.push_back({input, parameter, i});
      result.elements.push_back(whose + index_text(grad.shape(), i));
      result.backward.push_back(grad.data()[i]);
    }
  };
  for (std::size_t i = 0; i < subject.inputs.size(); ++i) {
    add(subject.input_names[i], loss.grad(i), &subject.inputs[i], nullptr);
  }
  if (subject.layer) {
    for (const auto& [path, parameter] : subject.layer->named_parameters()) {
      add(path, parameter->grad(), nullptr, parameter);
    }
  }

  for (const double h : steps) {
    std::vector<double>& slopes = result.numeric.emplace_back();
    for (const Element& element : elements) slopes.push_back(central_difference(loss, element, h));
  }
  return result;
}

}  // namespace

#ifdef GRADUS_DOUBLE
microscope::Measurement microscope::measure_in_double(Kind kind, const std::string& name,
                                                      const std::vector<double>& steps, unsigned seed) {
  return measure(kind, name, steps, seed);
}
#else
microscope::Measurement microscope::measure_in_float(Kind kind, const std::string& name,
                                                     const std::vector<double>& steps, unsigned seed) {
  return measure(kind, name, steps, seed);
}
#endif
