#include <gradus/core/autograd/parameter.h>
#include <gradus/core/error.h>
#include <gradus/core/tensor/arithmetic.h>

namespace gradus {

Parameter::Parameter(std::string name, Tensor value) : state_(std::make_shared<State>()) {
  state_->name = std::move(name);
  state_->value = std::move(value);
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

void Parameter::check(const Tensor& grad) const {
  if (grad.shape() != shape()) {
    fail("parameter", name(), " has shape ", shape(), ", its gradient ", grad.shape());
  }
}

void Parameter::set_grad(Tensor grad) {
  check(grad);
  state_->grad = std::move(grad);
}

void Parameter::add_grad(Tensor grad) {
  check(grad);
  accumulate(state_->grad, std::move(grad));
}

}  // namespace gradus
