// BatchNorm1d by itself: values and gradients in every form. Run in both builds. (Running estimates and refusals:
// batch_norm_state_test.cpp; numeric gradients: layers_test.cpp; PyTorch's numbers: reference_test.cpp.)
#include "distance.h"
#include "layers/batch_norm_run.h"

#include <gradus/layers/linear.h>
#include <gradus/layers/sequential.h>

#include <gtest/gtest.h>

#include <cmath>

using namespace gradus;

namespace {

// F1 to F4 and equations S1 to S6, one feature at a time in double.
Results exact(const Tensor& x, const Tensor& dy, const Tensor& gamma, const Tensor& beta, double eps) {
  const std::int64_t n = x.size(0), c = x.size(1), l = x.count() / (n * c);
  const double m = static_cast<double>(n * l);
  Results r = {Tensor::zeros(x.shape()), Tensor::zeros(x.shape()), Tensor::zeros({c}), Tensor::zeros({c})};
  for (std::int64_t j = 0; j < c; ++j) {
    const auto each = [&](auto f) {
      for (std::int64_t i = 0; i < n * l; ++i) f(((i / l) * c + j) * l + i % l);
    };
    const Scalar *in = x.data(), *g = dy.data();
    const double scale = gamma.at({j});
    double mu = 0, variance = 0, dvariance = 0, dmu = 0, dgamma = 0, dbeta = 0;
    each([&](std::int64_t k) { mu += in[k] / m; });
    each([&](std::int64_t k) { variance += (in[k] - mu) * (in[k] - mu) / m; });
    const double s = 1 / std::sqrt(variance + eps);
    each([&](std::int64_t k) { dvariance += -0.5 * s * s * s * g[k] * scale * (in[k] - mu); });
    each([&](std::int64_t k) { dmu += -s * g[k] * scale - dvariance * 2 / m * (in[k] - mu); });
    each([&](std::int64_t k) { dgamma += g[k] * (in[k] - mu) * s; });
    each([&](std::int64_t k) { dbeta += g[k]; });
    Scalar *y = r.y.mutable_data(), *dx = r.dx.mutable_data();
    each([&](std::int64_t k) {
      y[k] = static_cast<Scalar>(scale * (in[k] - mu) * s + beta.at({j}));
      dx[k] = static_cast<Scalar>(g[k] * scale * s + dmu / m + dvariance * 2 / m * (in[k] - mu));
    });
    r.dgamma.set({j}, static_cast<Scalar>(dgamma));
    r.dbeta.set({j}, static_cast<Scalar>(dbeta));
  }
  return r;
}

TEST(BatchNorm, ByHand) {
  for (const BatchNormForm form : forms) {
    BatchNormInForm layer(form, 1, {.eps = 0});
    const Results r = run(layer, Tensor({4, 1}, {0, 0, 2, 2}), Tensor({4, 1}, {1, 0, 0, 0}));
    EXPECT_EQ(r.y, Tensor({4, 1}, {-1, -1, 1, 1}));
    EXPECT_EQ(r.dx, Tensor({4, 1}, {0.5, -0.5, 0, 0}));
    EXPECT_EQ(r.dgamma, Tensor({1}, {-1}));
    EXPECT_EQ(r.dbeta, Tensor({1}, {1}));
  }
}

TEST(BatchNorm, AllFormsAreTheExactGradient) {
  // Fewer and more than a vector's worth of channels, one position and many.
  const Shape shapes[] = {{2, 1}, {7, 5}, {33, 40}, {128, 17}, {4, 3, 5}, {3, 2, 40}, {5, 3, 1}, {1, 3, 6}};
  for (const Shape& shape : shapes) {
    Rng rng(static_cast<std::uint64_t>(shape.count()));
    const Tensor x = rng.normal(shape, Scalar(0.5), 2), dy = rng.normal(shape);
    for (const BatchNormForm form : forms) {
      SCOPED_TRACE(testing::Message() << shape << " form " << static_cast<int>(form));
      BatchNormInForm layer(form, shape[1], {.eps = Scalar(0.01)});
      Rng same(7);
      randomize(layer, same);
      const Results ours = run(layer, x, dy);
      const Results expected = exact(x, dy, layer.gamma()->value(), layer.beta()->value(), layer.options().eps);
      EXPECT_LE(distance(ours.y, expected.y), tolerance);
      // With two samples hardly anything is left of dx but rounding.
      EXPECT_LE(distance(ours.dx, expected.dx), shape.count() / shape[1] == 2 ? 100 * tolerance : tolerance);
      EXPECT_LE(distance(ours.dgamma, expected.dgamma), tolerance);
      EXPECT_LE(distance(ours.dbeta, expected.dbeta), tolerance);
    }
  }
}

// Equations 15 to 17; one of the features varies about as little as eps.
TEST(BatchNorm, FactsOfTheGradient) {
  Rng rng(3);
  const Scalar eps = Scalar(1e-3);
  const std::int64_t n = 12, c = 3;
  const Tensor x = rng.normal({n, c}) * Tensor({c}, {Scalar(0.03), 1, 5}), dy = rng.normal({n, c});
  for (const BatchNormForm form : forms) {
    BatchNormInForm layer(form, c, {.eps = eps});
    randomize(layer, rng);
    const Results r = run(layer, x, dy);
    const Tensor mu = mean(x, {0}), variance = mean((x - mu) * (x - mu), {0});
    const Tensor s = Scalar(1) / sqrt(variance + eps), xhat = (x - mu) * s;
    const Tensor size = sum(r.dx * r.dx, {0});
    const Tensor total = sum(r.dx, {0}), along = sum(r.dx * xhat, {0});                        // (15), (16)
    const Tensor expected = layer.gamma()->value() * s * (eps / (variance + eps)) * r.dgamma;  // (16)
    const Results constant = run(layer, x, Tensor::full({n, c}, Scalar(0.7)));
    for (std::int64_t j = 0; j < c; ++j) {
      const double scale = std::sqrt(size.at({j}));
      EXPECT_NEAR(total.at({j}), 0, 10 * tolerance * scale);
      EXPECT_NEAR(along.at({j}), expected.at({j}), 10 * tolerance * scale);
      for (std::int64_t i = 0; i < n; ++i) EXPECT_NEAR(constant.dx.at({i, j}), 0, 10 * tolerance * scale);  // (17)
    }
    EXPECT_GT(std::abs(expected.at({0})), 0.01);  // else nothing was tested
  }
}

// E[x^2] - E[x]^2 would cancel to nothing here, and half a unit of the mean's last digit is 5e-4 of the deviation. The
// layer's own form makes up for that as well; the others take the rounded mean.
TEST(BatchNorm, LargeMeanKeepsFourDigits) {
  for (const Shape& shape : {Shape{64, 20}, Shape{1000, 3}, Shape{16, 4, 50}}) {
    Rng rng(5);
    const Tensor x = rng.normal(shape, 10000, 1), dy = rng.normal(shape);
    for (const BatchNormForm form : forms) {
      SCOPED_TRACE(testing::Message() << shape << " form " << static_cast<int>(form));
      BatchNormInForm layer(form, shape[1]);
      const Results ours = run(layer, x, dy);
      const Results expected = exact(x, dy, layer.gamma()->value(), layer.beta()->value(), layer.options().eps);
      const double allowed = form == BatchNormForm::fused ? 1e-4 : 5e-3;
      EXPECT_LE(distance(ours.y, expected.y), allowed);
      EXPECT_LE(distance(ours.dx, expected.dx), allowed);
      EXPECT_LE(distance(ours.dgamma, expected.dgamma), allowed);
    }
  }
}

// Each form computes by itself: where rounding shows, their bits differ.
TEST(BatchNorm, NoFormIsAnotherInDisguise) {
  Rng rng(6);
  const Tensor x = rng.normal({60, 20}, 10000, 1), dy = rng.normal({60, 20});  // division by 64 would not round
  std::vector<Tensor> dx;
  for (const BatchNormForm form : forms) {
    BatchNormInForm layer(form, 20);
    dx.push_back(run(layer, x, dy).dx);
    for (std::size_t other = 0; other + 1 < dx.size(); ++other) EXPECT_FALSE(dx.back() == dx[other]) << other;
  }
}

// A feature that does not vary has no deviation to divide by: eps keeps it finite.
TEST(BatchNorm, ConstantFeature) {
  for (const BatchNormForm form : forms) {
    BatchNormInForm layer(form, 2);
    const Results r = run(layer, Tensor({3, 2}, {Scalar(0.1), 1, Scalar(0.1), 2, Scalar(0.1), 3}),
                          Tensor({3, 2}, {1, 1, 2, 0, 3, 0}));
    for (std::int64_t i = 0; i < 3; ++i) EXPECT_NEAR(r.y.at({i, 0}), 0, 1e-5);
    EXPECT_TRUE(all_finite(r.dx));
    EXPECT_TRUE(all_finite(buffers_of(layer)[1]));
  }
}

// What a forward saves belongs to its node: a later one, of another size even, does not disturb it.
TEST(BatchNorm, TwoForwardsBeforeOneBackward) {
  Rng rng(11);
  const Tensor x1 = rng.normal({6, 4}), x2 = rng.normal({9, 4}, 3, 5);
  const Tensor dy1 = rng.normal({6, 4}), dy2 = rng.normal({9, 4});
  for (const BatchNormForm form : forms) {
    BatchNormInForm layer(form, 4);
    randomize(layer, rng);
    const Results alone1 = run(layer, x1, dy1), alone2 = run(layer, x2, dy2);
    layer.zero_grad();
    Tape tape;
    const Variable in1 = tape.variable(x1), in2 = tape.variable(x2);
    const Variable y1 = layer(in1);
    const Variable y2 = layer(in2);
    const Variable weighted1 = sum(y1 * tape.input(dy1));
    const Variable weighted2 = sum(y2 * tape.input(dy2));
    tape.backward(weighted1 + weighted2);
    EXPECT_LE(distance(in1.grad(), alone1.dx), tolerance);
    EXPECT_LE(distance(in2.grad(), alone2.dx), tolerance);
    EXPECT_LE(distance(layer.gamma()->grad(), alone1.dgamma + alone2.dgamma), tolerance);
    EXPECT_LE(distance(layer.beta()->grad(), alone1.dbeta + alone2.dbeta), tolerance);
  }
}

// Gradients that nobody wants are not computed, and those that are stay the same.
TEST(BatchNorm, OnlyWhatIsNeeded) {
  Rng rng(12);
  const Tensor x = rng.normal({6, 4}), dy = rng.normal({6, 4});
  for (const BatchNormForm form : forms) {
    BatchNormInForm layer(form, 4);
    randomize(layer, rng);
    const Results all = run(layer, x, dy);
    layer.zero_grad();
    {
      Tape tape;
      tape.backward(layer(tape.input(x)), dy);
      EXPECT_EQ(layer.gamma()->grad(), all.dgamma);
    }
    layer.zero_grad();
    layer.gamma()->freeze();
    layer.beta()->freeze();
    Tape tape;
    const Variable input = tape.variable(x);
    tape.backward(layer(input), dy);
    EXPECT_EQ(input.grad(), all.dx);
    EXPECT_FALSE(layer.gamma()->has_grad());
  }
}

// (22), with S5 and S6 of the normalized values of evaluation.
TEST(BatchNorm, EvaluationHasAnotherGradient) {
  Rng rng(13);
  const Tensor x = rng.normal({5, 3}, 1, 2), dy = rng.normal({5, 3});
  for (const BatchNormForm form : forms) {
    BatchNormInForm layer(form, 3);
    randomize(layer, rng);
    run(layer, rng.normal({20, 3}, -1, 3), Tensor::zeros({20, 3}));
    layer.eval();
    const std::vector<Tensor> before = buffers_of(layer);
    const Results r = run(layer, x, dy);
    const Tensor s = Scalar(1) / sqrt(before[1] + layer.options().eps), xhat = (x - before[0]) * s;
    EXPECT_LE(distance(r.y, layer.gamma()->value() * xhat + layer.beta()->value()), tolerance);
    EXPECT_LE(distance(r.dx, layer.gamma()->value() * s * dy), tolerance);
    EXPECT_LE(distance(r.dgamma, sum(dy * xhat, {0})), tolerance);
    EXPECT_LE(distance(r.dbeta, sum(dy, {0})), tolerance);
    EXPECT_EQ(buffers_of(layer), before);  // evaluation moves nothing
    EXPECT_EQ(*layer.counters()[0].value, 1);
  }
}

TEST(BatchNorm, WithoutGammaAndBeta) {
  Rng rng(16);
  const Tensor x = rng.normal({4, 2}), dy = rng.normal({4, 2});
  for (const BatchNormForm form : forms) {
    BatchNormInForm plain(form, 2, {.affine = false});
    BatchNorm1d full(2);
    EXPECT_TRUE(plain.parameters().empty());
    EXPECT_EQ(plain.gamma(), nullptr);
    const Results ours = run(plain, x, dy), expected = run(full, x, dy);
    EXPECT_LE(distance(ours.y, expected.y), tolerance);
    EXPECT_LE(distance(ours.dx, expected.dx), 10 * tolerance);
  }
}

// (19)
TEST(BatchNorm, BiasInFrontHasNoGradient) {
  Rng rng(18);
  Sequential model;
  Linear& linear = model.add<Linear>(5, 4, rng);
  model.add<BatchNorm1d>(4);
  Tape tape;
  const Variable y = model(tape.input(rng.normal({16, 5})));
  tape.backward(y, rng.normal({16, 4}));
  for (const Scalar g : linear.bias()->grad().values()) EXPECT_NEAR(g, 0, in_float ? 1e-5 : 1e-13);
  EXPECT_GT(std::abs(linear.weight().grad().at({0, 0})), 1e-3);
}

// With eps = 0 a column that does not vary has no deviation to divide by: it becomes beta, and no gradient passes.
TEST(BatchNorm, AConstantColumnWithoutEps) {
  const Tensor x({3, 2}, {1, 5, 2, 5, 6, 5}), dy({3, 2}, {1, 2, 3, 4, 5, 6});
  for (const bool training : {true, false}) {
    BatchNorm1d layer(2, {.eps = 0});
    layer.beta()->set_value(Tensor({2}, {7, 8}));
    *layer.buffers()[1].value = Tensor({2}, {1, 0});  // running_var
    layer.train(training);
    Tape tape;
    const Variable in = tape.variable(x);
    const Variable y = layer(in);
    tape.backward(y, dy);
    for (const std::int64_t i : {0, 1, 2}) {
      EXPECT_EQ(y.value().at({i, 1}), 8);
      EXPECT_EQ(in.grad().at({i, 1}), 0);
      EXPECT_TRUE(std::isfinite(y.value().at({i, 0})));
    }
  }
}

}  // namespace
