// What each differentiable operation computes, and its gradient, by hand. Gradients in general: ops_gradient_test.cpp;
// losses: losses_test.cpp.
#include "error_of.h"

#include <gradus/core/autograd/ops.h>
#include <gradus/core/error.h>
#include <gradus/core/tensor/random.h>

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

using namespace gradus;

namespace {

Tensor vector(std::initializer_list<Scalar> values) {
  return Tensor({static_cast<std::int64_t>(values.size())}, values);
}

void expect_near(const Tensor& got, const Tensor& expected, double tolerance = 2e-6) {
  ASSERT_EQ(got.shape(), expected.shape());
  for (std::int64_t i = 0; i < got.count(); ++i) {
    const double e = expected.data()[i];
    EXPECT_NEAR(got.data()[i], e, tolerance * std::max(1.0, std::abs(e))) << "at " << i << " of " << got;
  }
}

// y = f(x), and dx where dy = 1, 2, 3, ...
void expect_op(const std::function<Variable(const Variable&)>& f, const Tensor& x, const Tensor& y, const Tensor& dx) {
  Tape tape;
  const Variable input = tape.variable(x);
  const Variable output = f(input);
  expect_near(output.value(), y);
  Tensor dy = Tensor::uninitialized(y.shape());
  for (std::int64_t i = 0; i < dy.count(); ++i) dy.mutable_data()[i] = static_cast<Scalar>(i + 1);
  tape.backward(output, dy);
  expect_near(input.grad(), dx);
}

TEST(Ops, Arithmetic) {
  const Variable three = 3;
  expect_op([&](const Variable& x) { return x + 3; }, vector({1, 2}), vector({4, 5}), vector({1, 2}));
  expect_op([&](const Variable& x) { return three - x; }, vector({1, 2}), vector({2, 1}), vector({-1, -2}));
  expect_op([&](const Variable& x) { return x * three; }, vector({1, 2}), vector({3, 6}), vector({3, 6}));
  expect_op([&](const Variable& x) { return 6 / x; }, vector({1, 2}), vector({6, 3}), vector({-6, -3}));
  expect_op([&](const Variable& x) { return x / 2; }, vector({1, 2}), vector({.5, 1}), vector({.5, 1}));
  expect_op([](const Variable& x) { return -x; }, vector({1, -2}), vector({-1, 2}), vector({-1, -2}));
}

TEST(Ops, Functions) {
  const double e = std::exp(1.0);
  const Scalar e1 = static_cast<Scalar>(e), e2 = static_cast<Scalar>(e * e), log2 = static_cast<Scalar>(std::log(2.0));
  expect_op([](const Variable& x) { return exp(x); }, vector({1, 2}), vector({e1, e2}), vector({e1, 2 * e2}));
  expect_op([](const Variable& x) { return log(x); }, vector({1, 2}), vector({0, log2}), vector({1, 1}));
  expect_op([](const Variable& x) { return sqrt(x); }, vector({4, 16}), vector({2, 4}), vector({.25, .25}));
  expect_op([](const Variable& x) { return pow(x, 3); }, vector({-1, 2}), vector({-1, 8}), vector({3, 24}));
}

// Where the formula of the slope would be 0 times infinity.
TEST(Ops, PowersHaveTheirSlopesAtZero) {
  expect_op([](const Variable& x) { return pow(x, 0); }, vector({0, 2}), vector({1, 1}), vector({0, 0}));
  expect_op([](const Variable& x) { return pow(x, 1); }, vector({0, 2}), vector({0, 2}), vector({1, 2}));
  expect_op([](const Variable& x) { return pow(x, 2); }, vector({0, 2}), vector({0, 4}), vector({0, 8}));
}

TEST(Ops, ActivationsAtZeroAndFarOut) {
  expect_op([](const Variable& x) { return relu(x); }, vector({-1, 0, 2, 1e4}), vector({0, 0, 2, 1e4}),
            vector({0, 0, 3, 4}));
  expect_op([](const Variable& x) { return sigmoid(x); }, vector({-1e4, 0, 1e4}), vector({0, .5, 1}),
            vector({0, .5, 0}));
  expect_op([](const Variable& x) { return tanh(x); }, vector({-1e4, 0, 1e4}), vector({-1, 0, 1}), vector({0, 2, 0}));
  expect_op([](const Variable& x) { return leaky_relu(x, .5); }, vector({-4, 0, 2}), vector({-2, 0, 2}),
            vector({.5, 1, 3}));
}

TEST(Ops, SoftmaxAndItsLogarithm) {
  // softmax = (1/3, 2/3) and dy = (1, 2): dx_1 = 1/3 (1 - (1 + 4)/3)
  const Scalar log2 = static_cast<Scalar>(std::log(2.0)), log3 = static_cast<Scalar>(std::log(3.0));
  const Scalar third = Scalar(1) / 3, ninth = Scalar(1) / 9;
  expect_op([](const Variable& x) { return softmax(x); }, vector({0, log2}), vector({third, 2 * third}),
            vector({-2 * ninth, 2 * ninth}));
  expect_op([](const Variable& x) { return log_softmax(x); }, vector({0, log2}), vector({-log3, log2 - log3}),
            vector({0, 0}));  // dy - softmax * 3 = (1, 2) - (1, 2)
  expect_op([](const Variable& x) { return softmax(x); }, vector({-1e4, 1e4}), vector({0, 1}), vector({0, 0}));
  expect_op([](const Variable& x) { return log_softmax(x); }, vector({-1e4, 1e4}), vector({-2e4, 0}), vector({1, -1}));
}

TEST(Ops, Matrices) {
  const Tensor x({2, 2}, {1, 2, 3, 4}), w({2, 1}, {5, 6});
  Tape tape;
  const Variable a = tape.variable(x), b = tape.variable(w);
  const Variable y = matmul(a, b);
  EXPECT_EQ(y.value(), Tensor({2, 1}, {17, 39}));
  tape.backward(y, Tensor({2, 1}, {1, 10}));
  EXPECT_EQ(a.grad(), Tensor({2, 2}, {5, 6, 50, 60}));
  EXPECT_EQ(b.grad(), Tensor({2, 1}, {31, 42}));
  expect_op([](const Variable& v) { return transpose(v); }, Tensor({2, 3}, {1, 2, 3, 4, 5, 6}),
            Tensor({3, 2}, {1, 4, 2, 5, 3, 6}), Tensor({2, 3}, {1, 3, 5, 2, 4, 6}));
}

TEST(Ops, Shapes) {
  const Tensor x({3, 2}, {1, 2, 3, 4, 5, 6});
  expect_op([](const Variable& v) { return reshape(v, {2, -1}); }, x, x.reshape({2, 3}), x);
  expect_op([](const Variable& v) { return reshape(v, Shape{6}); }, x, x.reshape({6}), x);
  expect_op([](const Variable& v) { return flatten(v); }, x.reshape({1, 3, 2}), x.reshape({1, 6}),
            x.reshape({1, 3, 2}));
  expect_op([](const Variable& v) { return rows(v, 1, 2); }, x, Tensor({1, 2}, {3, 4}),
            Tensor({3, 2}, {0, 0, 1, 2, 0, 0}));
  expect_op([](const Variable& v) { return rows(v, -1, 3); }, x, Tensor({1, 2}, {5, 6}),
            Tensor({3, 2}, {0, 0, 0, 0, 1, 2}));
  expect_op([](const Variable& v) { return slice(v, 1, -1, 2); }, x, Tensor({3, 1}, {2, 4, 6}),
            Tensor({3, 2}, {0, 1, 0, 2, 0, 3}));
  expect_op([](const Variable& v) { return rows(v, 2, 2); }, x, Tensor::zeros({0, 2}), Tensor::zeros({3, 2}));
  Tape tape;
  EXPECT_EQ(flatten(tape.input(Tensor::zeros({4}))).shape(), Shape({4, 1}));
  EXPECT_EQ(flatten(tape.input(Tensor::zeros({0, 2, 3}))).shape(), Shape({0, 6}));
}

TEST(Ops, Reductions) {
  const Tensor x({2, 3}, {1, 5, 3, 4, 2, 6});
  expect_op([](const Variable& v) { return sum(v); }, x, 21, Tensor::full({2, 3}, 1));
  expect_op([](const Variable& v) { return mean(v); }, x, 3.5, Tensor::full({2, 3}, Scalar(1) / 6));
  expect_op([](const Variable& v) { return max(v); }, x, 6, Tensor({2, 3}, {0, 0, 0, 0, 0, 1}));
  expect_op([](const Variable& v) { return sum(v, {1}); }, x, vector({9, 12}), Tensor({2, 3}, {1, 1, 1, 2, 2, 2}));
  expect_op([](const Variable& v) { return mean(v, {0}, Reduced::kept); }, x, Tensor({1, 3}, {2.5, 3.5, 4.5}),
            Tensor({2, 3}, {.5, 1, 1.5, .5, 1, 1.5}));
  expect_op([](const Variable& v) { return max(v, {-1}); }, x, vector({5, 6}), Tensor({2, 3}, {0, 1, 0, 0, 0, 2}));
  expect_op([](const Variable& v) { return sum(v, {}); }, x, x, Tensor({2, 3}, {1, 2, 3, 4, 5, 6}));
}

TEST(Ops, MaximaThatTieShareTheGradient) {
  expect_op([](const Variable& v) { return max(v, {1}); }, Tensor({2, 3}, {7, 7, 1, 2, 2, 2}), vector({7, 2}),
            Tensor({2, 3}, {.5, .5, 0, Scalar(2) / 3, Scalar(2) / 3, Scalar(2) / 3}));
}

TEST(Ops, OfTwoEqualOperandsEachGetsHalfTheGradient) {
  for (const bool larger : {true, false}) {
    Tape tape;
    const Variable a = tape.variable(Tensor({3}, {1, 2, 3})), b = tape.variable(Tensor({3}, {1, 3, 2}));
    tape.backward(sum(larger ? maximum(a, b) : minimum(a, b)));
    EXPECT_EQ(a.grad(), Tensor({3}, {0.5, larger ? Scalar{0} : 1, larger ? Scalar{1} : 0}));
    EXPECT_EQ(a.grad() + b.grad(), Tensor({3}, {1, 1, 1}));
  }
}

// Gradients of reductions whose result has no element are empty too.
TEST(Ops, EmptyTensorsFlowThrough) {
  const Tensor none = Tensor::zeros({0, 3});
  for (const auto& f : std::vector<std::function<Variable(const Variable&)>>{
           [](const Variable& x) { return mean(x, {1}); }, [](const Variable& x) { return max(x, {1}); },
           [](const Variable& x) { return sum(x, {0}); }, [](const Variable& x) { return softmax(x); },
           [](const Variable& x) {
             return x * 2 + Tensor({3}, {1, 2, 3}).at({1});
           },
           [](const Variable& x) { return transpose(x); }, [](const Variable& x) { return rows(x, 0, 0); },
           [](const Variable& x) { return matmul(transpose(x), x); }}) {
    Tape tape;
    const Variable x = tape.variable(none);
    tape.backward(sum(f(x)));
    EXPECT_EQ(x.grad(), none);
  }
}

TEST(CrossEntropy, EqualsItsDefinitionWithAndWithoutSmoothing) {
  const Tensor x = Rng(1).normal({5, 4}, 0, 2);
  const std::vector<std::int32_t> labels = {0, 3, 1, 1, 2};
  for (const double smoothing : {0.0, 0.1, 1.0}) {
    Tape tape;
    const Variable logits = tape.variable(x), same = tape.variable(x);
    const Variable loss = cross_entropy(logits, labels, static_cast<Scalar>(smoothing));
    Tensor target = Tensor::full({5, 4}, static_cast<Scalar>(smoothing / 4));
    for (std::int64_t i = 0; i < 5; ++i) {
      const std::int64_t label = labels[static_cast<std::size_t>(i)];
      target.set({i, label}, static_cast<Scalar>(1 - smoothing + smoothing / 4));
    }
    const Variable composed = -sum(tape.input(target) * log_softmax(same)) / 5;
    EXPECT_NEAR(loss.item(), composed.item(), 2e-6);
    tape.backward(loss * 3);
    tape.backward(composed * 3);
    expect_near(logits.grad(), same.grad());
  }
}

TEST(CrossEntropy, OfOneClassIsZeroAndOfNoneAMistake) {
  Tape tape;
  EXPECT_EQ(cross_entropy(tape.input(Tensor({1, 1}, {7})), std::vector<std::int32_t>{0}).item(), 0);
  EXPECT_EQ(error_of([&] {
              cross_entropy(tape.input(Tensor::zeros({2, 0})), std::vector<std::int32_t>{0, 0});
            }),
            "cross_entropy: there are no classes: logits [2, 0]");
}

TEST(Ops, SayWhatIsWrong) {
  Tape tape;
  const Variable x = tape.variable(Tensor::zeros({2, 3}));
  const auto in = [&](const Shape& shape) { return tape.variable(Tensor::zeros(shape)); };
  EXPECT_EQ(error_of([&] { flatten(in({})); }), "flatten: needs a batch axis, got []");
  Rng rng(1);
  EXPECT_EQ(error_of([&] { dropout(x, 1, rng); }), "dropout: p must be at least 0 and below 1, got 1");
  EXPECT_EQ(error_of([&] { x* in({4}); }), "mul: [2, 3] and [4] do not broadcast: axis -1 has sizes 3 and 4");
  EXPECT_EQ(error_of([&] { reshape(x, {4, -1}); }), "reshape: [2, 3] has 6 elements, which do not fit [4, -1]");
  EXPECT_EQ(error_of([&] { max(in({0, 2}), {0}); }), "max: of nothing, along axes that hold no element: [0, 2]");
  EXPECT_EQ(error_of([&] { sum(x, {0, 2}); }), "sum: [2, 3] has no axis 2");
  EXPECT_EQ(error_of([&] { transpose(x, 0, -3); }), "transpose: [2, 3] has no axis -3");
  EXPECT_EQ(error_of([&] { rows(x, 0, 3); }), "rows: from 0 to 3 is outside of shape [2, 3]");
}

// What a printed tape, a graph and an error show.
TEST(Ops, AreRecordedUnderTheirNames) {
  Tape tape;
  const Variable x = tape.variable(Tensor::full({1, 1, 2, 2}, 1)), v = tape.variable(vector({1, 2})),
                 m = tape.variable(Tensor::full({2, 2}, 1)), qkv = tape.variable(Tensor::full({1, 2, 6}, 1));
  Rng rng(1);
  const std::vector<std::int32_t> zero = {0}, zeros = {0, 0};
  const std::pair<const char*, Variable> results[] = {
      {"add", v + v},
      {"sub", v - v},
      {"mul", v * v},
      {"div", v / v},
      {"neg", -v},
      {"pow", pow(v, 3)},
      {"exp", exp(v)},
      {"log", log(v)},
      {"sqrt", sqrt(v)},
      {"abs", abs(v)},
      {"maximum", maximum(v, 1)},
      {"minimum", minimum(v, 1)},
      {"where", where(1, v, v)},
      {"relu", relu(v)},
      {"sigmoid", sigmoid(v)},
      {"tanh", tanh(v)},
      {"leaky_relu", leaky_relu(v)},
      {"gelu", gelu(v)},
      {"silu", silu(v)},
      {"dropout", dropout(v, Scalar(0.5), rng)},
      {"softmax", softmax(v)},
      {"log_softmax", log_softmax(v)},
      {"matmul", matmul(m, m)},
      {"linear", linear(m, m)},
      {"linear", linear(m, m, v)},
      {"transpose", transpose(m)},
      {"transpose", transpose(x, 0, 1)},
      {"reshape", reshape(v, {2, 1})},
      {"rows", rows(v, 0, 1)},
      {"reshape", flatten(x)},
      {"slice", slice(v, 0, 0, 1)},
      {"concat", concat({v, v}, 0)},
      {"permute", permute(m, {1, 0})},
      {"embedding", embedding(m, tape.indices(zero))},
      {"causal_attention", causal_attention(qkv, 2)},
      {"conv2d", conv2d(x, x)},
      {"conv2d", conv2d(x, x, rows(v, 0, 1))},
      {"max_pool2d", max_pool2d(x, 2)},
      {"sum", sum(v)},
      {"mean", mean(v)},
      {"max", max(v)},
      {"cross_entropy", cross_entropy(m, zeros)},
      {"mse", mse(v, v)},
      {"l1", l1(v, v)},
      {"huber", huber(v, v)},
      {"binary_cross_entropy_with_logits", binary_cross_entropy_with_logits(v, v)},
  };
  for (const auto& [name, y] : results) EXPECT_EQ(tape.node(tape.node_of(y)).operation, name);
}

TEST(Ops, CausalAttentionRefusesWhatHasNoHeads) {
  Tape tape;
  for (const auto& [shape, heads] :
       {std::pair<Shape, std::int64_t>{{2, 3, 8}, 2}, {{2, 3, 6}, 0}, {{2, 3, 0}, 1}, {{3, 6}, 2}}) {
    EXPECT_EQ(
        error_of([&, shape = shape, heads = heads] { causal_attention(tape.input(Tensor::zeros(shape)), heads); }),
        text("causal_attention: needs x [n, t, 3 width] with a width that ", heads, " heads divide, got ", shape));
  }
}

TEST(Ops, LinearIsTheProductWithTheTransposedWeightAndTheBias) {
  Rng rng(9);
  Tape tape;
  const Variable x = tape.input(rng.normal({2, 3, 4})), w = tape.input(rng.normal({5, 4})),
                 b = tape.input(rng.normal({5}));
  const Tensor flat = matmul(x.value().reshape({6, 4}), w.value(), Transpose::second);
  EXPECT_EQ(linear(x, w).value(), flat.reshape({2, 3, 5}));
  EXPECT_EQ(linear(x, w, b).value(), (flat + b.value()).reshape({2, 3, 5}));
  EXPECT_EQ(linear(tape.input(Tensor::zeros({0, 4})), w, b).shape(), Shape({0, 5}));
  EXPECT_EQ(linear(tape.input(Tensor::zeros({2, 0})), tape.input(Tensor::zeros({5, 0})), b).value(),
            broadcast_to(b.value(), {2, 5}));
  EXPECT_EQ(error_of([&] { linear(x, b); }), "linear: x [2, 3, 4] needs weight [out, 4], got [5]");
  EXPECT_EQ(error_of([&] { linear(x, w, x); }), "linear: weight [5, 4] needs bias [5], got [2, 3, 4]");
  EXPECT_EQ(error_of([&] { linear(x, w, reshape(b, {1, 5})); }), "linear: weight [5, 4] needs bias [5], got [1, 5]");
  EXPECT_EQ(error_of([&] { linear(tape.input(1), w); }), "linear: x [] needs weight [out, in], got [5, 4]");
}

}  // namespace
