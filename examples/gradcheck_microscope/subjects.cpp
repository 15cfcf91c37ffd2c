#include <gradus/examples/bug_museum/broken_batch_norm.h>
#include <gradus/examples/gradcheck_microscope/subjects.h>
#include <gradus/layers/dropout.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/relu.h>
#include <gradus/layers/sequential.h>
#include <gradus/layers/sigmoid.h>
#include <gradus/layers/tanh.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace gradus::examples {
namespace {

using In = const std::vector<Variable>&;

constexpr double kDistance = 3.0 / 1024;  // from a kink

// What an input is drawn from.
struct Values {
  Shape shape = {3, 4};
  double low = 0, high = 0;  // both 0: away from zero, of either sign
};
const Values any, positive = {.low = 0.5, .high = 2};
const Shape other_shape = {2, 6};
constexpr std::array<std::int32_t, 3> labels = {2, 0, 3};

struct Operation {
  std::string name;
  const char* formula;
  std::vector<Values> inputs;
  Variable (*f)(In);
};

const std::vector<Operation> operations = {
    {"add", "y = a + b", {any, any}, [](In in) { return in[0] + in[1]; }},
    {"sub", "y = a − b", {any, any}, [](In in) { return in[0] - in[1]; }},
    {"mul", "y = a b", {any, any}, [](In in) { return in[0] * in[1]; }},
    {"div", "y = a / b", {any, {.low = 0.75, .high = 2}}, [](In in) { return in[0] / in[1]; }},
    {"neg", "y = −x", {any}, [](In in) { return -in[0]; }},
    {"pow", "y = x³", {any}, [](In in) { return pow(in[0], 3); }},
    {"exp", "y = eˣ", {any}, [](In in) { return exp(in[0]); }},
    {"log", "y = log x", {positive}, [](In in) { return log(in[0]); }},
    {"sqrt", "y = √x", {positive}, [](In in) { return sqrt(in[0]); }},
    {"relu", "y = max(x, 0)", {any}, [](In in) { return relu(in[0]); }},
    {"sigmoid", "y = 1 / (1 + e⁻ˣ)", {any}, [](In in) { return sigmoid(in[0]); }},
    {"tanh", "y = tanh x", {any}, [](In in) { return tanh(in[0]); }},
    {"softmax", "y_ij = exp x_ij / Σ_k exp x_ik", {any}, [](In in) { return softmax(in[0]); }},
    {"log_softmax", "y_ij = x_ij − log Σ_k exp x_ik", {any}, [](In in) { return log_softmax(in[0]); }},
    {"matmul", "y = a b, a product of matrices", {any, {{4, 2}}}, [](In in) { return matmul(in[0], in[1]); }},
    {"transpose", "y_ji = x_ij", {any}, [](In in) { return transpose(in[0]); }},
    {"reshape", "y = x in another shape", {any}, [](In in) { return reshape(in[0], other_shape); }},
    {"sum", "y = Σ_ij x_ij", {any}, [](In in) { return sum(in[0]); }},
    {"mean", "y_i = 1/c Σ_j x_ij", {any}, [](In in) { return mean(in[0], {1}); }},
    {"max", "y_i = max_j x_ij", {}, [](In in) { return max(in[0], {1}); }},  // its input is made below
    {"cross_entropy",
     "y = −1/n Σ_i log softmax(x_i)[label_i]",
     {{.low = -2, .high = 2}},
     [](In in) { return cross_entropy(in[0], labels); }},
    {"mse", "y = 1/N Σ (a − b)²", {any, any}, [](In in) { return mse(in[0], in[1]); }},
};

template <class L, class... Arguments>
std::shared_ptr<Layer> make(Arguments&&... arguments) {
  return std::make_shared<L>(std::forward<Arguments>(arguments)...);
}

std::shared_ptr<Layer> make_mlp(Rng& rng) {
  const auto model = std::make_shared<Sequential>();
  model->add<Linear>(4, 5, rng);
  model->add<BatchNorm1d>(5);
  model->add<Tanh>();
  model->add<Linear>(5, 2, rng);
  return model;
}

struct LayerRow {
  std::string name;
  const char* formula;
  Shape input;
  std::shared_ptr<Layer> (*make)(Rng& rng);
};

const std::vector<LayerRow> layers = {
    {"linear", "y = x wᵀ + b", {3, 4}, [](Rng& rng) { return make<Linear>(4, 3, rng); }},
    {"relu", "y = max(x, 0)", {3, 4}, [](Rng&) { return make<ReLU>(); }},
    {"sigmoid", "y = 1 / (1 + e⁻ˣ)", {3, 4}, [](Rng&) { return make<Sigmoid>(); }},
    {"tanh", "y = tanh x", {3, 4}, [](Rng&) { return make<Tanh>(); }},
    {"dropout",
     "y = x mask / (1 − p) with p = 0.25, the same mask at each evaluation",
     {3, 4},
     [](Rng& rng) { return make<Dropout>(Scalar(0.25), rng); }},
    {"batch_norm", "y = γ (x − μ) / √(σ² + ε) + β, in training", {6, 3}, [](Rng&) { return make<BatchNorm1d>(3); }},
    {"batch_norm_broken",
     "batch_norm whose backward lacks the mean term, on purpose",
     {6, 3},
     [](Rng&) { return make<BrokenBatchNorm1d>(3, Bug::mean_term_forgotten); }},
    {"mlp", "Linear, BatchNorm1d, Tanh, Linear", {6, 4}, make_mlp},
};

const auto& row(const auto& table, const std::string& name) {
  for (const auto& row : table) {
    if (row.name == name) return row;
  }
  throw std::invalid_argument("microscope: nothing is called " + name);
}

Subject operation_subject(const Operation& operation, Fractions& numbers) {
  Subject subject{.formula = operation.formula, .inputs = {}, .f = operation.f};
  for (const auto& [shape, low, high] : operation.inputs) {
    const char* name = operation.inputs.size() == 1 ? "x" : subject.inputs.empty() ? "a" : "b";
    subject.inputs.emplace_back(name, low == high ? numbers.away_from_zero(shape) : numbers.between(shape, low, high));
  }
  if (operation.name == "max") {
    // In the first row the runner-up is put beside the maximum; all others are at least 0.25 apart.
    subject.inputs.emplace_back(
        "x", Tensor({3, 4}, {0.5, -1.0, 1.25, 1.25 - kDistance, 0.75, 2.0, -0.5, 0.25, -0.75, -1.5, 0.0, 1.0}));
    subject.beside_kink = {2, 3};
  }
  return subject;
}

// A layer whose parameters are fractions too, and none at a value such as 1 that hides mistakes.
Subject layer_subject(const LayerRow& row, Fractions& numbers) {
  Rng rng(1);
  const std::shared_ptr<Layer> layer = row.make(rng);
  Subject subject{
      .formula = row.formula, .inputs = {}, .f = [layer](In in) { return (*layer)(in[0]); }, .layer = layer};
  subject.inputs.emplace_back("x", numbers.away_from_zero(row.input));
  for (Parameter* parameter : layer->parameters()) parameter->set_value(numbers.away_from_zero(parameter->shape()));
  return subject;
}

}  // namespace

Tensor Fractions::between(const Shape& shape, double low, double high) {
  Tensor t = Tensor::uninitialized(shape);
  const auto count = static_cast<std::int64_t>((high - low) * 1024);
  for (Scalar& x : t.mutable_values()) x = static_cast<Scalar>(low + static_cast<double>(rng_.below(count)) / 1024);
  return t;
}

Tensor Fractions::away_from_zero(const Shape& shape) {
  Tensor t = between(shape, 0.25, 1.25);
  for (Scalar& x : t.mutable_values()) {
    if (rng_.below(2) == 0) x = -x;
  }
  return t;
}

Subject make_subject(microscope::Kind kind, const std::string& name, Fractions& numbers) {
  Subject subject = kind == microscope::Kind::layer ? layer_subject(row(layers, name), numbers)
                                                    : operation_subject(row(operations, name), numbers);
  if (name == "relu") {  // one element is put beside 0, where the slope jumps
    subject.inputs[0].mutable_data()[5] = static_cast<Scalar>(kDistance);
    subject.beside_kink = {5};
  }
  if (!subject.beside_kink.empty()) subject.kink_distance = kDistance;
  return subject;
}

std::vector<std::string> subject_names(microscope::Kind kind) {
  std::vector<std::string> names;
  if (kind == microscope::Kind::layer) {
    for (const LayerRow& row : layers) names.push_back(row.name);
  } else {
    for (const Operation& operation : operations) names.push_back(operation.name);
  }
  return names;
}

}  // namespace gradus::examples
