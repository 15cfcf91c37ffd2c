#include <gradus/core/error.h>
#include <gradus/examples/exercises/key/normalization.h>

namespace gradus::exercises {
namespace {

Tensor sum_k(const Tensor& t) { return sum(t, {0}); }
Scalar rows(const Tensor& t) { return static_cast<Scalar>(t.size(0)); }

// Equations 1 to 10 of layers/batch_norm.md.
Tensor solve_1(const Partials& p) {
  return p.dxhat * p.dxhat_dx +
         (p.dmu_dx * sum_k(p.dxhat * p.dxhat_dmu) + p.dmu_dx * sum_k(p.dxhat * p.dxhat_dvariance * p.dvariance_dmu)) +
         p.dvariance_dx * sum_k(p.dxhat * p.dxhat_dvariance);
}

Tensor solve_2(T dy, T x, T mu, T variance, Scalar eps, T gamma) {
  const Scalar m = rows(x);
  const Tensor root = pow(variance + eps, -0.5), cube = pow(variance + eps, -1.5);
  return dy * gamma * root +
         (sum_k(dy * gamma * -root) / m + sum_k(dy * gamma * -0.5 * (x - mu) * cube * (-2 / m * sum_k(x - mu))) / m) +
         2 / m * (x - mu) * sum_k(dy * gamma * -0.5 * (x - mu) * cube);
}

// Lines 3 to 5, which differ in how they write -2/m Σ_j (x_j - mu).
Tensor three_factors(T dy, T x, T mu, T s, T gamma, T nested) {
  const Scalar m = rows(x);
  return dy * gamma * s + (sum_k(dy * gamma * -s) / m + sum_k(dy * gamma * -0.5 * (x - mu) * s * s * s * nested) / m) +
         2 / m * (x - mu) * sum_k(dy * gamma * -0.5 * (x - mu) * s * s * s);
}
Tensor solve_3(T dy, T x, T mu, T s, T gamma) {
  return three_factors(dy, x, mu, s, gamma, -2 / rows(x) * sum_k(x - mu));
}
Tensor solve_4(T dy, T x, T mu, T s, T gamma) {
  return three_factors(dy, x, mu, s, gamma, -2 / rows(x) * (sum_k(x) - rows(x) * mu));
}
Tensor solve_5(T dy, T x, T mu, T s, T gamma) { return three_factors(dy, x, mu, s, gamma, -2 * (mu - mu)); }

Tensor solve_6(T dy, T x, T mu, T s, T gamma) {
  const Scalar m = rows(x);
  return gamma * dy * s - sum_k(gamma * dy * s) / m - 2 / m * (x - mu) * sum_k(0.5 * gamma * dy * (x - mu) * s * s * s);
}
Tensor solve_7(T dy, T x, T mu, T s, T gamma) {
  const Scalar m = rows(x);
  return gamma * dy * s - sum_k(gamma * dy * s) / m -
         2 / m * ((x - mu) * s) * sum_k(0.5 * gamma * dy * ((x - mu) * s) * s);
}
Tensor solve_8(T dy, T x, T mu, T s, T gamma) {
  const Scalar m = rows(x);
  return gamma * s * dy - gamma * s / m * sum_k(dy) - gamma * s / m * ((x - mu) * s) * sum_k(dy * ((x - mu) * s));
}
Tensor solve_9(T dy, T xhat, T s, T gamma) {
  const Scalar m = rows(xhat);
  return gamma * s * dy - gamma * s / m * sum_k(dy) - gamma * s / m * xhat * sum_k(dy * xhat);
}
Tensor solve_10(T dy, T xhat, T s, T gamma) {
  const Scalar m = rows(xhat);
  return gamma * s * (dy - sum_k(dy) / m - xhat / m * sum_k(dy * xhat));
}

// The ten lines of an answer, each with what it is given.
struct Lines {
  Tensor (*line_1)(const Partials&);
  Tensor (*line_2)(T, T, T, T, Scalar, T);
  std::array<Tensor (*)(T, T, T, T, T), 6> lines_3_to_8;
  std::array<Tensor (*)(T, T, T, T), 2> lines_9_and_10;
};

std::vector<Tensor> evaluate(const Lines& lines, const Case& c) {
  const Tensor &dy = c.operands[0], &x = c.operands[1], &mu = c.operands[2], &variance = c.operands[3],
               &s = c.operands[4], &xhat = c.operands[5], &gamma = c.operands[6];
  const Scalar m = rows(x);
  std::vector<Tensor> results;
  // An error is of one line, and the text says of which.
  const auto add = [&](const auto& line, const auto&... given) {
    try {
      results.push_back(line(given...));
    } catch (const std::exception& e) {
      throw std::runtime_error(text("line ", results.size() + 1, ": ", e.what()));
    }
  };
  add(lines.line_1, Partials{.dxhat = dy * gamma,
                             .dxhat_dx = s,
                             .dxhat_dmu = -s,
                             .dxhat_dvariance = -0.5 * (x - mu) * pow(s, 3),
                             .dmu_dx = 1 / m,
                             .dvariance_dmu = -2 / m * sum_k(x - mu),
                             .dvariance_dx = 2 / m * (x - mu)});
  add(lines.line_2, dy, x, mu, variance, kNormEps, gamma);
  for (const auto line : lines.lines_3_to_8) add(line, dy, x, mu, s, gamma);
  for (const auto line : lines.lines_9_and_10) add(line, dy, xhat, s, gamma);
  return results;
}

Backward backward(const Lines& lines) {
  return Backward([&lines](const Case& c) { return evaluate(lines, c); });
}

constexpr Lines solved = {
    solve_1, solve_2, {solve_3, solve_4, solve_5, solve_6, solve_7, solve_8}, {solve_9, solve_10}};
constexpr Lines written = {
    derivation_line_1,
    derivation_line_2,
    {derivation_line_3, derivation_line_4, derivation_line_5, derivation_line_6, derivation_line_7, derivation_line_8},
    {derivation_line_9, derivation_line_10}};

}  // namespace

Exercise derivation_exercise() {
  Exercise e = {
      .name = "derivation",
      .question = "Can you get from the chain rule to the last line without losing a term?",
      .operands = {"dy", "x", "mu", "variance", "s", "xhat", "gamma"},
      .outputs = {},
      .cases = random_cases({"nc", "nc", "c", "c"}),
      .answer = backward(written),
      .solution = backward(solved),
      .loss = [](In in) { return normalization_loss(in, 0); },
      .is_chain = true,
  };
  for (Case& c : e.cases) {
    const Pieces p(c, 0);
    const Statistics of_x(c.inputs[1], 0);
    c.operands = {p.dy, c.inputs[1], of_x.mu, of_x.variance, p.s, p.xhat, p.gamma};
  }
  for (int line = 1; line <= 10; ++line) {
    const std::string name = text("line ", line);
    e.outputs.push_back({name, 1});
    const auto add = [&](const char* diagnosis, void (*spoil)(Pieces&)) {
      e.mistakes.push_back({name, diagnosis, spoilt(0, spoil)});
    };
    add("it lacks the mean term: x_i reaches every xhat_k by mu", [](Pieces& p) { p.mean = 0; });
    add("it lacks the xhat term: x_i reaches every xhat_k by the variance", [](Pieces& p) { p.along = 0; });
    add("it lacks both sums: only the direct route is left", [](Pieces& p) { p.mean = p.along = 0; });
    add("it lacks the direct route", [](Pieces& p) { p.arrived = 0; });
    add("the sign of the mean term is wrong", [](Pieces& p) { p.mean = -p.mean; });
    add("the sign of the xhat term is wrong", [](Pieces& p) { p.along = -p.along; });
    add("the signs of both sums are wrong", [](Pieces& p) { p.mean = -p.mean, p.along = -p.along; });
    add("1/m is missing in front of the mean term", [](Pieces& p) { p.mean = p.mean * p.m; });
    add("1/m is missing in front of the xhat term", [](Pieces& p) { p.along = p.along * p.m; });
    add("1/m is missing in front of both sums", [](Pieces& p) { p.mean = p.mean * p.m, p.along = p.along * p.m; });
    add("the 2 of the square is left over, or lost, in the xhat term", [](Pieces& p) { p.along = p.along * 2; });
    add("a factor 1/2 is left in the xhat term: the square's 2 cancels it", [](Pieces& p) { p.along = p.along / 2; });
    add("the two deviations of the xhat term lack a factor s", [](Pieces& p) { p.along = p.along / p.s; });
    add("the xhat term has a factor s too many", [](Pieces& p) { p.along = p.along * p.s; });
    add("gamma is missing", [](Pieces& p) { p.factor = p.s; });
    add("s is missing in all terms", [](Pieces& p) { p.factor = p.gamma; });
    add("an index was renamed: the deviation with the letter i stays outside of the sum over k",
        [](Pieces& p) { p.along = p.mean_of(p.dy * p.xhat * p.xhat); });
    if (line > 5) continue;
    add("the nested sum has melted into the one around it: it has a letter of its own, and is 0",
        [](Pieces& p) { p.mean = p.mean - p.mean_of(p.dy * p.xhat * p.xhat) / p.m; });
  }
  return e;
}

}  // namespace gradus::exercises
