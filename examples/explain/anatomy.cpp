#include <gradus/examples/explain/anatomy.h>

#include <limits>
#include <sstream>

namespace gradus::examples {
namespace {

std::string list(const Tensor& t) {
  std::ostringstream out;
  out.precision(std::numeric_limits<Scalar>::max_digits10);
  for (const Scalar value : t.values()) out << (out.tellp() == 0 ? "[" : ", ") << value;
  out << ']';
  return out.str();
}

}  // namespace

std::string anatomy_json(const Tensor& x, const Tensor& g, Scalar gamma, Scalar eps) {
  BatchNorm1d layer(1, {.eps = eps});
  layer.gamma()->set_value(Tensor({1}, {gamma}));
  Tape tape;
  const Shape batch = {x.count(), 1};
  const Variable input = tape.variable(x.reshape(batch));
  tape.backward(layer(input), g.reshape(batch));
  std::ostringstream out;
  out.precision(std::numeric_limits<Scalar>::max_digits10);
  out << "{\"x\": " << list(x) << ", \"g\": " << list(g) << ", \"gamma\": " << gamma << ", \"eps\": " << eps
      << ", \"dx\": " << list(input.grad()) << ", \"dgamma\": " << layer.gamma()->grad().item()
      << ", \"dbeta\": " << layer.beta()->grad().item() << "}";
  return out.str();
}

}  // namespace gradus::examples
