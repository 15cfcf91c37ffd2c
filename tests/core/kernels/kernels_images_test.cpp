// Convolution, pooling, layer normalization, rows by index and dropout's mask against the plain kernels, at odd sizes.
#include "core/kernels/kernels_test.h"

namespace gradus::kernels {
namespace {

int64_t outputs(const Conv2d& z) { return z.n * z.k * z.p() * z.q(); }
int64_t inputs(const Conv2d& z) { return z.n * z.c * z.h * z.w; }

// n, channels, height, width, filters, window rows, window columns, stride, padding
const Conv2d kConvolutions[] = {
    {1, 1, 4, 8, 1, 1, 1, 1, 0},  // 32 outputs, the last 8 of which a vector of 16 would read past

    {1, 1, 1, 1, 1, 1, 1, 1, 0},    {2, 3, 5, 4, 4, 3, 3, 1, 1},
    {1, 2, 3, 3, 2, 5, 5, 1, 1},  // larger than the image
    {3, 1, 28, 28, 16, 3, 3, 1, 1}, {2, 16, 14, 14, 33, 3, 3, 1, 1},
    {0, 2, 4, 4, 3, 3, 3, 1, 1},    {2, 3, 8, 7, 5, 3, 2, 2, 0},
    {1, 2, 3, 4, 3, 5, 5, 3, 2},    {17, 2, 4, 9, 3, 2, 3, 1, 4},  // padding past the window
    {2, 2, 7, 6, 15, 1, 1, 3, 0},   {5, 4, 1, 40, 7, 1, 9, 1, 4},
    {1, 1, 40, 1, 13, 9, 1, 2, 0},  {2, 1, 4, 5, 3, 1, 1, 2, 1},
    {2, 1, 5, 4, 3, 1, 1, 2, 1},    {101, 1, 28, 9, 3, 3, 3, 1, 1},  // images in groups of several blocks
};

TEST_P(FastKernels, ConvolutionAgreesWithPlain) {
  for (const Conv2d& z : kConvolutions) {
    SCOPED_TRACE(::testing::Message() << "x [" << z.n << ", " << z.c << ", " << z.h << ", " << z.w << "], w [" << z.k
                                      << ", " << z.r << ", " << z.s << "], stride " << z.stride << ", padding "
                                      << z.padding);
    Source source(3);
    const int64_t weights = z.k * z.c * z.r * z.s;
    Unaligned x(source.values(inputs(z))), w(source.values(weights)), b(source.values(z.k)),
        dy(source.values(outputs(z)));
    Unaligned y(outputs(z)), dx(inputs(z)), dw(weights), y2(outputs(z)), dx2(inputs(z)), dw2(weights);
    const double tolerance = 4 * kEpsilon * static_cast<double>(z.c * z.r * z.s + 8);
    for (bool with_bias : {false, true}) {
      table.conv2d(z, x.data(), w.data(), with_bias ? b.data() : nullptr, y.data());
      plain.conv2d(z, x.data(), w.data(), with_bias ? b.data() : nullptr, y2.data());
      expect_close(y.values(), y2.values(), tolerance, "y");
    }
    table.conv2d_backward_x(z, w.data(), dy.data(), dx.data());
    plain.conv2d_backward_x(z, w.data(), dy.data(), dx2.data());
    expect_close(dx.values(), dx2.values(), 4 * kEpsilon * static_cast<double>(z.k * z.r * z.s + 8), "dx");
    table.conv2d_backward_w(z, x.data(), dy.data(), dw.data());
    plain.conv2d_backward_w(z, x.data(), dy.data(), dw2.data());
    expect_close(dw.values(), dw2.values(), 4 * kEpsilon * static_cast<double>(z.n * z.p() * z.q() + 8), "dw");
  }
}

// A NaN in one image stays in it; padding is 0, not 0 times what happens to lie there.
TEST_P(Kernels, ConvolutionKeepsImagesApart) {
  const Conv2d z{3, 1, 5, 5, 2, 3, 3, 1, 1};
  Source source(4);
  Values x = source.values(inputs(z)), w = source.values(18), y(static_cast<std::size_t>(outputs(z)));
  x[25 + 12] = kNan;  // the middle of the second image
  table.conv2d(z, x.data(), w.data(), nullptr, y.data());
  int bad = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (!std::isnan(y[i])) continue;
    ++bad;
    EXPECT_EQ(i / 50, 1u);
  }
  EXPECT_EQ(bad, 2 * 9);
}

TEST_P(FastKernels, PoolingAgreesWithPlain) {
  for (const Conv2d& z :
       {Conv2d{2, 3, 6, 8, 3, 2, 2, 2, 0}, Conv2d{2, 3, 7, 9, 3, 2, 2, 2, 0}, Conv2d{1, 2, 5, 70, 2, 3, 2, 1, 0},
        Conv2d{1, 1, 9, 9, 1, 2, 2, 3, 0}, Conv2d{3, 5, 28, 28, 5, 2, 2, 2, 0}, Conv2d{1, 2, 4, 70, 2, 2, 2, 2, 0},
        Conv2d{0, 1, 2, 2, 1, 2, 2, 2, 0}}) {
    const int64_t size = z.n * z.c * z.p() * z.q();
    Source source(5);
    Unaligned x(source.values(inputs(z))), dy(source.values(size)), y(size), y2(size), dx(inputs(z)), dx2(inputs(z));
    for (int64_t i = 0; i < inputs(z); i += 3) x.data()[i] = Scalar(0.5);  // some are equal
    if (inputs(z) > 20) x.data()[17] = x.data()[18] = kNan;
    std::vector<std::int32_t> where(static_cast<std::size_t>(size)), where2 = where;
    table.max_pool2d(z, x.data(), y.data(), where.data());
    plain.max_pool2d(z, x.data(), y2.data(), where2.data());
    expect_close(y.values(), y2.values(), 0, "y");
    EXPECT_EQ(where, where2);
    table.max_pool2d_backward(z, dy.data(), where.data(), dx.data());
    plain.max_pool2d_backward(z, dy.data(), where.data(), dx2.data());
    expect_close(dx.values(), dx2.values(), 4 * kEpsilon, "dx");
  }
}

TEST_P(FastKernels, LayerNormAgreesWithPlain) {
  for (int64_t rows : {0, 1, 5, 200})
    for (int64_t cols : {1, 7, 16, 64, 100}) {
      Source source(6);
      const int64_t n = rows * cols;
      Unaligned x(source.values(n)), dy(source.values(n)), gamma(source.values(cols)), beta(source.values(cols));
      for (int64_t i = 0; i < n; ++i) x.data()[i] += 3;
      for (bool affine : {false, true}) {
        Scalar* const g = affine ? gamma.data() : nullptr;
        Unaligned y(n), y2(n), mean(rows), mean2(rows), s(rows), s2(rows), dx(n), dx2(n), dg(cols), dg2(cols), db(cols),
            db2(cols);
        table.layer_norm_forward(rows, cols, x.data(), g, affine ? beta.data() : nullptr, Scalar(1e-3), mean.data(),
                                 s.data(), y.data());
        plain.layer_norm_forward(rows, cols, x.data(), g, affine ? beta.data() : nullptr, Scalar(1e-3), mean2.data(),
                                 s2.data(), y2.data());
        expect_close(y.values(), y2.values(), 100 * kEpsilon, "y");
        expect_close(s.values(), s2.values(), 20 * kEpsilon, "inv_std");
        table.layer_norm_backward(rows, cols, x.data(), dy.data(), mean2.data(), s2.data(), g, dx.data(), dg.data(),
                                  db.data());
        plain.layer_norm_backward(rows, cols, x.data(), dy.data(), mean2.data(), s2.data(), g, dx2.data(), dg2.data(),
                                  db2.data());
        expect_close(dx.values(), dx2.values(), 500 * kEpsilon, "dx");
        expect_close(dg.values(), dg2.values(), 100 * kEpsilon, "dgamma");
        expect_close(db.values(), db2.values(), 100 * kEpsilon, "dbeta");
      }
    }
}

// Two rows: {1, 3}, and {5, 5}, which without eps has no deviation to be divided by.
TEST_P(Kernels, LayerNormByHand) {
  const Values x = {1, 3, 5, 5}, gamma = {2, 3}, beta = {1, 10}, dy = {1, 0, 1, 2};
  Values y(4), mean(2), s(2), dx(4), dgamma(2), dbeta(2);
  table.layer_norm_forward(2, 2, x.data(), gamma.data(), beta.data(), 0, mean.data(), s.data(), y.data());
  EXPECT_EQ(mean, (Values{2, 5}));
  EXPECT_EQ(s, (Values{1, 0}));
  EXPECT_EQ(y, (Values{-1, 13, 1, 10}));
  table.layer_norm_backward(2, 2, x.data(), dy.data(), mean.data(), s.data(), gamma.data(), dx.data(), dgamma.data(),
                            dbeta.data());
  EXPECT_EQ(dx, (Values{0, 0, 0, 0})) << "of two numbers nothing is left";
  EXPECT_EQ(dgamma, (Values{-1, 0}));
  EXPECT_EQ(dbeta, (Values{2, 2}));

  Values only(2), same = dy;
  const auto backward = [&](Scalar* to_x, Scalar* to_gamma, Scalar* to_beta) {
    table.layer_norm_backward(2, 2, x.data(), same.data(), mean.data(), s.data(), gamma.data(), to_x, to_gamma,
                              to_beta);
  };
  backward(nullptr, only.data(), nullptr);
  EXPECT_EQ(only, dgamma);
  backward(nullptr, nullptr, only.data());
  EXPECT_EQ(only, dbeta);
  backward(same.data(), nullptr, nullptr);
  EXPECT_EQ(same, dx) << "in place of dy";
}

// The mean, 2/3 above a number whose neighbours are 1/8 apart, is rounded; the variance, 2/9, must not show it.
TEST_P(FastKernels, LayerNormOfALargeMean) {
  const Scalar large = static_cast<Scalar>(1 / kEpsilon / 8);
  const Values x = {large, large + 1, large + 1};
  Values y(3), mean(1), inv_std(1);
  table.layer_norm_forward(1, 3, x.data(), nullptr, nullptr, 0, mean.data(), inv_std.data(), y.data());
  EXPECT_NEAR(inv_std[0], std::sqrt(4.5), 1e-5);
  const Values expected = {Scalar(-std::sqrt(2.0)), Scalar(std::sqrt(0.5)), Scalar(std::sqrt(0.5))};
  expect_close(y, expected, 1e-5, "y");
  // Nor its gradients.
  for (const kernels::Table* t : {&table, &plain}) {
    const Values dy = {1, 2, 5};
    Values dx(3), dgamma(3), dbeta(3);
    t->layer_norm_backward(1, 3, x.data(), dy.data(), mean.data(), inv_std.data(), nullptr, dx.data(), dgamma.data(),
                           dbeta.data());
    const Scalar s = inv_std[0];
    expect_close(dx, Values{0, Scalar(-1.5) * s, Scalar(1.5) * s}, 1e-5, "dx");
    expect_close(dgamma, Values{expected[0], 2 * expected[1], 5 * expected[2]}, 1e-5, "dgamma");
  }
}

// Rows and columns of so many blocks that both halves of a pairwise sum are halved again.
TEST_P(FastKernels, LayerNormOfLongRowsAndColumnsAgreesWithPlain) {
  for (const auto& [rows, cols] : {std::pair<int64_t, int64_t>(2, 10'000), {600, 5}}) {
    SCOPED_TRACE(rows);
    Source source(10);
    Unaligned x(source.values(rows * cols)), dy(source.values(rows * cols)), y(rows * cols), y2(rows * cols),
        mean(rows), mean2(rows), s(rows), s2(rows), dx(rows * cols), dx2(rows * cols), dg(cols), dg2(cols), db(cols),
        db2(cols);
    table.layer_norm_forward(rows, cols, x.data(), nullptr, nullptr, 0, mean.data(), s.data(), y.data());
    plain.layer_norm_forward(rows, cols, x.data(), nullptr, nullptr, 0, mean2.data(), s2.data(), y2.data());
    expect_close(y.values(), y2.values(), 200 * kEpsilon, "y");
    table.layer_norm_backward(rows, cols, x.data(), dy.data(), mean2.data(), s2.data(), nullptr, dx.data(), dg.data(),
                              db.data());
    plain.layer_norm_backward(rows, cols, x.data(), dy.data(), mean2.data(), s2.data(), nullptr, dx2.data(), dg2.data(),
                              db2.data());
    expect_close(dx.values(), dx2.values(), 500 * kEpsilon, "dx");
    expect_close(dg.values(), dg2.values(), 500 * kEpsilon, "dgamma");
    expect_close(db.values(), db2.values(), 500 * kEpsilon, "dbeta");
  }
}

TEST_P(FastKernels, StacksOfProductsAgreeWithPlain) {
  const int64_t sizes[][4] = {{1, 1, 1, 1}, {7, 16, 16, 16}, {5, 3, 17, 9}, {3, 33, 5, 40}, {0, 2, 2, 2}, {4, 2, 3, 0}};
  for (const auto& [count, m, n, k] : sizes)
    for (Form form : {Form::nn, Form::nt, Form::tn})
      for (int shared = 0; shared < 3; ++shared) {
        Source source(7);
        Unaligned a(source.values(count * m * k)), b(source.values(count * k * n)), c(count * m * n),
            expected(count * m * n);
        const int64_t a_step = shared == 1 ? 0 : m * k, b_step = shared == 2 ? 0 : k * n;
        table.matmul_stack(form, count, m, n, k, a.data(), a_step, b.data(), b_step, c.data());
        plain.matmul_stack(form, count, m, n, k, a.data(), a_step, b.data(), b_step, expected.data());
        expect_close(c.values(), expected.values(), kEpsilon * static_cast<double>(k + 8), "c");
      }
}

TEST_P(FastKernels, GatherAndScatterAgreeWithPlain) {
  for (int64_t cols : {1, 7, 64, 100})
    for (int64_t rows : {0, 1, 5, 700, 2500}) {
      Source source(8);
      Unaligned x(source.values(11 * cols)), dy(source.values(rows * cols)), y(rows * cols), y2(rows * cols);
      std::vector<std::int32_t> indices;
      for (int64_t r = 0; r < rows; ++r) indices.push_back(static_cast<std::int32_t>(r * r % 11));
      table.gather(rows, cols, x.data(), indices.data(), y.data());
      plain.gather(rows, cols, x.data(), indices.data(), y2.data());
      EXPECT_TRUE(same_bits(y.values(), y2.values()));
      Unaligned dx(x.values()), dx2(x.values());
      table.scatter_add(rows, cols, 11, dy.data(), indices.data(), dx.data());
      plain.scatter_add(rows, cols, 11, dy.data(), indices.data(), dx2.data());
      expect_close(dx.values(), dx2.values(), 300 * kEpsilon, "dx");
    }
}

TEST_P(FastKernels, DropoutMaskIsThatOfPlain) {
  for (const std::int64_t n : {0, 1, 15, 16, 17, 31, 32, 33, 1000, 70'001})
    for (const Scalar p : {Scalar(0), Scalar(0.3), Scalar(0.99)}) {
      Unaligned mask(n), expected(n);
      table.dropout_mask(n, 0x9876543210, p, mask.data());
      plain.dropout_mask(n, 0x9876543210, p, expected.data());
      EXPECT_TRUE(same_bits(mask.values(), expected.values())) << n << ", " << p;
    }
}

// The known answer of Random123, the authors' library, for counter 0 and key 0: 6b200159 99ba4efe. A float has room for
// 24 of their bits.
TEST_P(Kernels, DropoutMaskIsThreefry) {
  for (const auto& [i, bits] : {std::pair(0, 0x6b2001), std::pair(16, 0x99ba4e)}) {
    std::vector<Scalar> mask(32);
    table.dropout_mask(32, 0, static_cast<Scalar>(bits * 0x1p-24), mask.data());
    EXPECT_GT(mask[static_cast<std::size_t>(i)], 1);
    table.dropout_mask(32, 0, static_cast<Scalar>((bits + 1) * 0x1p-24), mask.data());
    EXPECT_EQ(mask[static_cast<std::size_t>(i)], 0);
  }
  std::vector<Scalar> mask(32);
  table.dropout_mask(32, 0, static_cast<Scalar>(0x6b2001.8p-24), mask.data());  // halfway to the next
  EXPECT_EQ(mask[0], 0);
}

// One letter a million times: one after the other, the last ones would be rounded away.
TEST_P(FastKernels, ScatterOfAMillionRowsKeepsItsDigits) {
  const std::int64_t rows = 1'000'000;
  const std::vector<Scalar> dy(static_cast<std::size_t>(2 * rows), Scalar(0.1));
  std::vector<std::int32_t> indices(static_cast<std::size_t>(rows), 1);
  indices[2000] = 0;
  std::vector<Scalar> dx(4, Scalar(1));
  table.scatter_add(rows, 2, 2, dy.data(), indices.data(), dx.data());
  EXPECT_NEAR(dx[0], 1.1, 1e-6);
  EXPECT_NEAR(dx[2], 100000.9, 5);
  EXPECT_EQ(dx[2], dx[3]);
}

}  // namespace
}  // namespace gradus::kernels
