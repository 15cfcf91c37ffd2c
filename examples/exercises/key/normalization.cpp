#include <gradus/core/error.h>
#include <gradus/examples/exercises/key/normalization.h>

namespace gradus::exercises {

Statistics::Statistics(const Tensor& x, int axis) {
  const Reduced reduced = axis == 0 ? Reduced::dropped : Reduced::kept;
  mu = mean(x, {axis}, reduced);
  variance = mean((x - mu) * (x - mu), {axis}, reduced);
  s = 1 / sqrt(variance + kNormEps);
}

Variable normalization_loss(In in, int axis) {
  const Variable deviation = in[1] - mean(in[1], {axis}, Reduced::kept);
  const Variable variance = mean(deviation * deviation, {axis}, Reduced::kept);
  return sum((deviation / sqrt(variance + kNormEps) * in[2] + in[3]) * in[0]);
}

Pieces::Pieces(const Case& numbers, int of_axis)
    : axis(of_axis), dy(numbers.inputs[0]), gamma(numbers.inputs[2]), m(static_cast<Scalar>(dy.size(axis))) {
  const Tensor& x = numbers.inputs[1];
  const Statistics statistics(x, axis);
  s = statistics.s;
  xhat = (x - statistics.mu) * s;
  factor = axis == 0 ? gamma * s : s;
  arrive(axis == 0 ? dy : dy * gamma, axis);  // within a row gamma differs
}

void Pieces::arrive(const Tensor& g, int along_axis) {
  arrived = g;
  mean = gradus::mean(g, {along_axis}, Reduced::kept);
  along = xhat * gradus::mean(g * xhat, {along_axis}, Reduced::kept);
}

Backward spoilt(int axis, void (*spoil)(Pieces& p)) {
  return Backward([axis, spoil](const Case& numbers) {
    Pieces p(numbers, axis);
    spoil(p);
    return list(p.factor * (p.arrived - p.mean - p.along));
  });
}

void add_gamma_and_beta_mistakes(std::vector<Mistake>& mistakes, int axis, const Words& words) {
  const auto add = [&](const char* output, const std::string& diagnosis, Tensor (*wrong)(T dy, T xhat, T gamma)) {
    mistakes.push_back({output, diagnosis, Backward([axis, wrong](const Case& numbers) {
                          const Pieces p(numbers, axis);
                          return list(wrong(p.dy, p.xhat, p.gamma));
                        })});
  };
  const std::string averaged =
      text("averaged over the ", words.all, " instead of added: off by a factor of ", words.count);
  const std::string not_summed = text("not summed over the ", words.users, " used ");
  add("dgamma", "x̂ is missing: this is what dbeta should be", [](T dy, T, T) { return sum(dy, {0}); });
  add("dgamma", not_summed + "gamma", [](T dy, T xhat, T) { return dy * xhat; });
  add("dgamma", averaged, [](T dy, T xhat, T) { return mean(dy * xhat, {0}); });
  add("dgamma", "summed over the wrong axis", [](T dy, T xhat, T) { return sum(dy * xhat, {1}); });
  add("dgamma", "overwritten instead of added: only the last " + words.last + " is left",
      [](T dy, T xhat, T gamma) { return (dy * xhat).rows(dy.size(0) - 1, dy.size(0)).reshape(gamma.shape()); });
  add("dgamma", "multiplied by gamma: how much y changes with gamma does not depend on gamma",
      [](T dy, T xhat, T gamma) { return sum(dy * gamma * xhat, {0}); });
  add("dbeta", "multiplied by x̂: this is what dgamma should be", [](T dy, T xhat, T) { return sum(dy * xhat, {0}); });
  add("dbeta", not_summed + "beta", [](T dy, T, T) { return dy; });
  add("dbeta", averaged, [](T dy, T, T) { return mean(dy, {0}); });
  add("dbeta", "summed over the wrong axis", [](T dy, T, T) { return sum(dy, {1}); });
  add("dbeta", "multiplied by gamma: beta is added after it", [](T dy, T, T gamma) { return sum(dy * gamma, {0}); });
}

}  // namespace gradus::exercises
