#include <gradus/core/autograd/ops.h>
#include <gradus/examples/gradcheck_microscope/measurement.h>
#include <gradus/examples/gradcheck_microscope/subjects.h>
#include <gradus/layers/state_guard.h>

#include <limits>
#include <optional>

namespace gradus::examples {
namespace {

// The scalar that is differentiated: the output's elements, added with weights that differ.
class Loss {
 public:
  Loss(const Subject& subject, Fractions& numbers) : subject_(subject) {
    if (subject_.layer) state_.emplace(*subject_.layer);
    Tape tape(Recording::off);
    weights_ = numbers.away_from_zero(output(tape).shape());
  }

  Variable operator()(Tape& tape) { return sum(output(tape) * tape.input(weights_)); }

  // By central difference, in element i of p.
  double slope(Parameter& p, std::int64_t i, double h) {
    const Scalar x = p.value().data()[i], right = static_cast<Scalar>(x + h), left = static_cast<Scalar>(x - h);
    if (right == left) return 0;
    const double above = value_at(p, i, right), below = value_at(p, i, left);
    p.mutable_data()[i] = x;
    // By the distance there is between the two numbers: h itself is rounded when it is added to x.
    return (above - below) / (static_cast<double>(right) - static_cast<double>(left));
  }

 private:
  Variable output(Tape& tape) {
    if (state_) state_->restore();  // a dropout drops the same each time
    std::vector<Variable> inputs;
    for (const Parameter& input : subject_.inputs) inputs.push_back(tape.parameter(input));
    return subject_.f(inputs);
  }
  double value_at(Parameter& p, std::int64_t i, Scalar x) {
    p.mutable_data()[i] = x;
    Tape tape(Recording::off);
    return (*this)(tape).item();
  }

  const Subject& subject_;
  std::optional<StateGuard> state_;
  Tensor weights_;
};

}  // namespace

microscope::Measurement measure(microscope::Kind kind, const std::string& name, const std::vector<double>& steps,
                                unsigned seed) {
  Fractions numbers(seed);
  Subject subject = make_subject(kind, name, numbers);
  Loss loss(subject, numbers);
  Tape tape;
  tape.backward(loss(tape));

  std::vector<Named<Parameter>> parameters;
  for (Parameter& input : subject.inputs) parameters.push_back({input.name(), &input});
  if (subject.layer) {
    for (const Named<Parameter>& parameter : subject.layer->named_parameters()) parameters.push_back(parameter);
  }
  microscope::Measurement result{.formula = subject.formula,
                                 .elements = {},
                                 .backward = {},
                                 .numeric = {},
                                 .beside_kink = subject.beside_kink,
                                 .kink_distance = subject.kink_distance,
                                 .epsilon = std::numeric_limits<Scalar>::epsilon()};
  for (const auto& [whose, parameter] : parameters) {
    for (std::int64_t i = 0; i < parameter->value().count(); ++i) {
      result.elements.push_back(whose + index_text(parameter->shape(), i));
      result.backward.push_back(parameter->grad().data()[i]);
    }
  }
  for (const double h : steps) {
    std::vector<double>& slopes = result.numeric.emplace_back();
    for (const auto& [whose, parameter] : parameters) {
      for (std::int64_t i = 0; i < parameter->value().count(); ++i) slopes.push_back(loss.slope(*parameter, i, h));
    }
  }
  return result;
}

}  // namespace gradus::examples
