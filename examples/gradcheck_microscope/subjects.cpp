#include <gradus/examples/gradcheck_microscope/subjects.h>
#include <gradus/examples/support/broken_batch_norm.h>
#include <gradus/layers/batch_norm.h>
#include <gradus/layers/dropout.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/relu.h>
#include <gradus/layers/sequential.h>
#include <gradus/layers/sigmoid.h>
#include <gradus/layers/tanh.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace gradus::examples {
namespace {

using In = const std::vector<Variable>&;
using Make = Subject (*)(Fractions&);

const Shape shape = {3, 4};
constexpr double kDistance = 3.0 / 1024;  // from a kink

Subject one(const char* formula, const Tensor& x, std::function<Variable(In)> f) { return {formula, {"x"}, {x}, f}; }
Subject two(const char* formula, const Tensor& a, const Tensor& b, std::function<Variable(In)> f) {
  return {formula, {"a", "b"}, {a, b}, f};
}

// One element is put beside 0, where the slope jumps.
Subject beside_zero(Subject subject) {
  subject.inputs[0].mutable_values()[5] = static_cast<Scalar>(kDistance);
  subject.beside_kink = {5};
  subject.kink_distance = kDistance;
  return subject;
}

// In the first row the runner-up is put beside the maximum; all others are at least 0.25 apart.
Subject max_of_rows(Fractions&) {
  const Tensor x(shape, {0.5, -1.0, 1.25, 1.25 - kDistance, 0.75, 2.0, -0.5, 0.25, -0.75, -1.5, 0.0, 1.0});
  return {"y_i = max_j x_ij", {"x"}, {x}, [](In in) { return max(in[0], {1}); }, {}, {2, 3}, kDistance};
}

Subject cross_entropy_of_rows(Fractions& n) {
  return one("y = −1/n Σ_i log softmax(x_i)[label_i]", n.between(shape, -2, 2), [](In in) {
    static constexpr std::array<std::int32_t, 3> labels = {2, 0, 3};
    return cross_entropy(in[0], labels);
  });
}

// A layer whose parameters are fractions too, and none at a value such as 1 that hides mistakes.
template <class L, class... Arguments>
Subject of_layer(const char* formula, const Tensor& x, Fractions& numbers, Arguments&&... arguments) {
  const auto layer = std::make_shared<L>(std::forward<Arguments>(arguments)...);
  for (Parameter* parameter : layer->parameters()) parameter->set_value(numbers.away_from_zero(parameter->shape()));
  return {formula, {"x"}, {x}, [layer](In in) { return (*layer)(in[0]); }, layer};
}

Subject mlp(Fractions& n) {
  Rng rng(1);
  Sequential model;
  model.add<Linear>(4, 5, rng);
  model.add<BatchNorm1d>(5);
  model.add<Tanh>();
  model.add<Linear>(5, 2, rng);
  return of_layer<Sequential>("Linear, BatchNorm1d, Tanh, Linear", n.away_from_zero({6, 4}), n, std::move(model));
}

Subject dropout(Fractions& n) {
  Rng rng(1);
  return of_layer<Dropout>("y = x mask / (1 − p) with p = 0.25, the same mask at each evaluation",
                           n.away_from_zero(shape), n, Scalar(0.25), rng);
}

Subject linear(Fractions& n) {
  Rng rng(1);
  return of_layer<Linear>("y = x w + b", n.away_from_zero(shape), n, 4, 3, rng);
}

using Table = std::vector<std::pair<std::string, Make>>;

const Table operations = {
    {"add",
     [](Fractions& n) {
       return two("y = a + b", n.away_from_zero(shape), n.away_from_zero(shape), [](In in) { return in[0] + in[1]; });
     }},
    {"sub",
     [](Fractions& n) {
       return two("y = a − b", n.away_from_zero(shape), n.away_from_zero(shape), [](In in) { return in[0] - in[1]; });
     }},
    {"mul",
     [](Fractions& n) {
       return two("y = a b", n.away_from_zero(shape), n.away_from_zero(shape), [](In in) { return in[0] * in[1]; });
     }},
    {"div",
     [](Fractions& n) {
       return two("y = a / b", n.away_from_zero(shape), n.between(shape, 0.75, 2), [](In in) { return in[0] / in[1]; });
     }},
    {"neg", [](Fractions& n) { return one("y = −x", n.away_from_zero(shape), [](In in) { return -in[0]; }); }},
    {"pow", [](Fractions& n) { return one("y = x³", n.away_from_zero(shape), [](In in) { return pow(in[0], 3); }); }},
    {"exp", [](Fractions& n) { return one("y = eˣ", n.away_from_zero(shape), [](In in) { return exp(in[0]); }); }},
    {"log", [](Fractions& n) { return one("y = log x", n.between(shape, 0.5, 2), [](In in) { return log(in[0]); }); }},
    {"sqrt", [](Fractions& n) { return one("y = √x", n.between(shape, 0.5, 2), [](In in) { return sqrt(in[0]); }); }},
    {"relu",
     [](Fractions& n) {
       return beside_zero(one("y = max(x, 0)", n.away_from_zero(shape), [](In in) { return relu(in[0]); }));
     }},
    {"sigmoid",
     [](Fractions& n) {
       return one("y = 1 / (1 + e⁻ˣ)", n.away_from_zero(shape), [](In in) { return sigmoid(in[0]); });
     }},
    {"tanh",
     [](Fractions& n) { return one("y = tanh x", n.away_from_zero(shape), [](In in) { return tanh(in[0]); }); }},
    {"softmax",
     [](Fractions& n) {
       return one("y_ij = exp x_ij / Σ_k exp x_ik", n.away_from_zero(shape), [](In in) { return softmax(in[0]); });
     }},
    {"log_softmax",
     [](Fractions& n) {
       return one("y_ij = x_ij − log Σ_k exp x_ik", n.away_from_zero(shape), [](In in) { return log_softmax(in[0]); });
     }},
    {"matmul",
     [](Fractions& n) {
       return two("y = a b, a product of matrices", n.away_from_zero({3, 4}), n.away_from_zero({4, 2}),
                  [](In in) { return matmul(in[0], in[1]); });
     }},
    {"transpose",
     [](Fractions& n) { return one("y_ji = x_ij", n.away_from_zero(shape), [](In in) { return transpose(in[0]); }); }},
    {"reshape",
     [](Fractions& n) {
       return one("y = x in another shape", n.away_from_zero(shape), [](In in) { return reshape(in[0], {2, 6}); });
     }},
    {"sum",
     [](Fractions& n) { return one("y = Σ_ij x_ij", n.away_from_zero(shape), [](In in) { return sum(in[0]); }); }},
    {"mean",
     [](Fractions& n) {
       return one("y_i = 1/c Σ_j x_ij", n.away_from_zero(shape), [](In in) { return mean(in[0], {1}); });
     }},
    {"max", max_of_rows},
    {"cross_entropy", cross_entropy_of_rows},
    {"mse",
     [](Fractions& n) {
       return two("y = 1/N Σ (a − b)²", n.away_from_zero(shape), n.away_from_zero(shape),
                  [](In in) { return mse(in[0], in[1]); });
     }},
};

const Table layers = {
    {"linear", linear},
    {"relu", [](Fractions& n) { return beside_zero(of_layer<ReLU>("y = max(x, 0)", n.away_from_zero(shape), n)); }},
    {"sigmoid", [](Fractions& n) { return of_layer<Sigmoid>("y = 1 / (1 + e⁻ˣ)", n.away_from_zero(shape), n); }},
    {"tanh", [](Fractions& n) { return of_layer<Tanh>("y = tanh x", n.away_from_zero(shape), n); }},
    {"dropout", dropout},
    {"batch_norm",
     [](Fractions& n) {
       return of_layer<BatchNorm1d>("y = γ (x − μ) / √(σ² + ε) + β, in training", n.away_from_zero({6, 3}), n, 3);
     }},
    {"batch_norm_broken",
     [](Fractions& n) {
       return of_layer<BrokenBatchNorm1d>("batch_norm whose backward lacks the mean term, on purpose",
                                          n.away_from_zero({6, 3}), n, 3, Bug::mean_term_forgotten);
     }},
    {"mlp", mlp},
};

const Table& table(microscope::Kind kind) { return kind == microscope::Kind::layer ? layers : operations; }

}  // namespace

Tensor Fractions::between(const Shape& shape_of_it, double low, double high) {
  Tensor t = Tensor::uninitialized(shape_of_it);
  const auto count = static_cast<std::int64_t>((high - low) * 1024);
  for (Scalar& x : t.mutable_values()) x = static_cast<Scalar>(low + static_cast<double>(rng_.below(count)) / 1024);
  return t;
}

Tensor Fractions::away_from_zero(const Shape& shape_of_it) {
  Tensor t = between(shape_of_it, 0.25, 1.25);
  for (Scalar& x : t.mutable_values()) {
    if (rng_.below(2) == 0) x = -x;
  }
  return t;
}

Subject make_subject(microscope::Kind kind, const std::string& name, Fractions& numbers) {
  const auto found = std::ranges::find(table(kind), name, &Table::value_type::first);
  if (found == table(kind).end()) throw std::invalid_argument("microscope: nothing is called " + name);
  return found->second(numbers);
}

}  // namespace gradus::examples

#ifndef GRADUS_DOUBLE
std::vector<std::string> microscope::names(Kind kind) {
  std::vector<std::string> names;
  for (const auto& [name, make] : gradus::examples::table(kind)) names.push_back(name);
  return names;
}
#endif
