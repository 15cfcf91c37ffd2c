#include <gradus/core/autograd/parameter.h>
#include <gradus/core/error.h>
#include <gradus/core/tensor/arithmetic.h>

namespace gradus {

Parameter::Parameter(std::string name, Tensor value) : state_(std::make_shared<State>()) {
  state_->name = std::move(name);
  state_->value = std::move(value);
}

Scalar* Parameter::mutable_data() {
  ++state_->version;
  return state_->value.mutable_data();
}

void Parameter::set_value(const Tensor& value) {
  if (value.shape() != shape()) fail("parameter", name(), " has shape ", shape(), ", got ", value.shape());
  ++state_->version;
  state_->value = value;
}

const Tensor& Parameter::grad() const {
  if (!has_grad()) fail("parameter", name(), " has no gradient: no backward has reached it since zero_grad()");
  return *state_->grad;
}

void Parameter::zero_grad() { state_->grad.reset(); }

void Parameter::State::set_grad(Tensor&& gradient) {
  if (gradient.shape() != value.shape()) {
    fail("parameter", name, " has shape ", value.shape(), ", its gradient ", gradient.shape());
  }
  grad = std::move(gradient);
}

void Parameter::State::add_grad(Tensor&& gradient) {
  if (!grad || gradient.shape() != value.shape()) return set_grad(std::move(gradient));
  accumulate(*grad, gradient);
}

}  // namespace gradus
