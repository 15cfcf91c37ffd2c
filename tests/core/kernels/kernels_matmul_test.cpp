// The matrix product, against the plain one and to the last bit.
#include "core/kernels/kernels_test.h"

namespace gradus::kernels {
namespace {

// Each element one chain of (fused) multiply-adds in the order of k, as the fast levels promise.
Values chain_product(const Table& table, Form form, int64_t m, int64_t n, int64_t k, const Values& a, const Values& b) {
  const bool fused = has_fma(table);
  Values c(static_cast<std::size_t>(m * n));
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      Scalar sum = 0;
      for (int64_t l = 0; l < k; ++l) {
        const Scalar x = a[static_cast<std::size_t>(form == Form::tn ? l * m + i : i * k + l)];
        const Scalar y = b[static_cast<std::size_t>(form == Form::nt ? j * k + l : l * n + j)];
        sum = fused ? std::fma(x, y, sum) : x * y + sum;
      }
      c[static_cast<std::size_t>(i * n + j)] = sum;
    }
  return c;
}

enum class Zeros { none, in_a, in_b, in_both };

// Most of them together, as in a picture, and some strewn among the rest.
void strew_zeros(Values& values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (i / 11 % 5 > 1 || i % 7 > 3) values[i] = 0;
}

// Against the plain product and to the last bit, on up to so many threads.
void check_product(const Table& table, const Table& plain, Form form, int64_t m, int64_t n, int64_t k,
                   int most_threads = 1, Zeros zeros = Zeros::none) {
  SCOPED_TRACE("form " + std::to_string(static_cast<int>(form)) + ", m " + std::to_string(m) + ", n " +
               std::to_string(n) + ", k " + std::to_string(k));
  Source source(static_cast<std::uint64_t>(m * 1000000 + n * 1000 + k));
  Values a = source.values(m * k), b = source.values(k * n);
  if (zeros == Zeros::in_a || zeros == Zeros::in_both) strew_zeros(a);
  if (zeros == Zeros::in_b || zeros == Zeros::in_both) strew_zeros(b);
  const Values expected = chain_product(table, form, m, n, k, a, b);
  Values close(expected.size());
  plain.matmul(form, m, n, k, a.data(), b.data(), close.data());
  expect_close(expected, close, static_cast<double>(k) * kEpsilon, "element");
  for (int threads = 1; threads <= most_threads; ++threads) {
    set_threads(threads);
    Unaligned ua(a), ub(b), c(m * n);
    table.matmul(form, m, n, k, ua.data(), ub.data(), c.data());
    EXPECT_TRUE(same_bits(c.values(), expected)) << threads << " threads";
    if (form != Form::nt) continue;
    Unaligned bias(source.values(n)), y(m * n), close_y(m * n);
    table.linear(m, n, k, ua.data(), ub.data(), bias.data(), y.data());
    plain.linear(m, n, k, ua.data(), ub.data(), bias.data(), close_y.data());
    for (int64_t i = 0; i < m * n; ++i) c.data()[i] += bias[i % n];
    EXPECT_TRUE(same_bits(y.values(), c.values())) << "linear, " << threads << " threads";
    expect_close(y.values(), close_y.values(), static_cast<double>(k + 1) * kEpsilon, "linear");
  }
}

TEST_P(FastKernels, MatmulAgreesWithPlainAndHasTheBitsOfAChain) {
  for (Form form : {Form::nn, Form::nt, Form::tn})
    for (int64_t m : kSizes)
      for (int64_t n : kSizes)
        for (int64_t k : {0, 1, 7, 17, 33}) check_product(table, plain, form, m, n, k);
}

TEST_P(FastKernels, MatmulPastTheSizesOfItsBlocks) {
  for (Form form : {Form::nn, Form::nt, Form::tn}) {
    check_product(table, plain, form, 129, 129, 600, 3);
    check_product(table, plain, form, 300, 65, 257, 3);
    check_product(table, plain, form, 13, 1100, 270, 3);
    check_product(table, plain, form, 1100, 13, 33, 3);
    check_product(table, plain, form, 128, 10, 128, 3);
    check_product(table, plain, form, 1, 1000, 129, 3);
    check_product(table, plain, form, 3, 33, 1025, 3);   // blocks of different depths
    check_product(table, plain, form, 30, 40, 1024, 3);  // a is copied where its rows, or its columns, lie like this
    check_product(table, plain, form, 1024, 40, 30, 3);
  }
}

TEST_P(FastKernels, MatmulLeavesOutZeros) {
  for (Form form : {Form::nn, Form::nt, Form::tn})
    for (Zeros zeros : {Zeros::in_a, Zeros::in_b, Zeros::in_both}) {
      SCOPED_TRACE("zeros " + std::to_string(static_cast<int>(zeros)));
      check_product(table, plain, form, 65, 70, 600, 3, zeros);
      check_product(table, plain, form, 13, 600, 270, 3, zeros);
      check_product(table, plain, form, 1100, 29, 33, 3, zeros);
      check_product(table, plain, form, 1, 4000, 270, 3, zeros);
    }
}

// 0 times infinity is NaN, also where nothing but zeros meets it.
TEST_P(Kernels, MatmulLeavesOutNoZeroBesideInfinity) {
  constexpr int64_t m = 128, n = 100, k = 100;
  for (Form form : {Form::nn, Form::nt, Form::tn}) {
    Values a(m * k, 0), b(k * n, 1), c(m * n);
    b[form == Form::nt ? 50 * k + 7 : 7 * n + 50] = kInfinity;
    table.matmul(form, m, n, k, a.data(), b.data(), c.data());
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j < n; ++j) EXPECT_EQ(std::isnan(c[static_cast<std::size_t>(i * n + j)]), j == 50);
  }
}

// The last product of a row is too small for a number and rounds to -0; a product of zeros after it would make it 0.
TEST_P(FastKernels, MatmulOfMostlyZerosIsNeverMinusZero) {
  constexpr int64_t m = 128, n = 100, k = 100;
  const Scalar tiny = std::numeric_limits<Scalar>::min();
  for (Form form : {Form::nn, Form::nt, Form::tn}) {
    Values a(m * k, 0), b(k * n, tiny), c(m * n);
    for (int64_t i = 0; i < m; ++i) a[static_cast<std::size_t>(form == Form::tn ? 99 * m + i : i * k + 99)] = -tiny;
    table.matmul(form, m, n, k, a.data(), b.data(), c.data());
    for (Scalar element : c) EXPECT_TRUE(element == 0 && !std::signbit(element));
  }
}

// Too small for a normal number, a product counts as zero, however few there are.
TEST_P(FastKernels, MatmulMakesNoSubnormalNumbers) {
  const Scalar tiny = std::numeric_limits<Scalar>::min();
  for (const int64_t n : {1, 40}) {
    const Values a(static_cast<std::size_t>(n), tiny), b(static_cast<std::size_t>(n), Scalar(0.5));
    Values c(static_cast<std::size_t>(n * n), 1);
    table.matmul(Form::nn, n, n, 1, a.data(), b.data(), c.data());
    EXPECT_EQ(c, Values(c.size(), 0)) << n;
  }
}

TEST_P(Kernels, MatmulPassesNanAndInfinity) {
  for (Form form : {Form::nn, Form::nt, Form::tn}) {
    Values a(17 * 5, 1), b(5 * 33, 0), c(17 * 33);
    a[0] = kInfinity;  // infinity times zero
    table.matmul(form, 17, 33, 5, a.data(), b.data(), c.data());
    EXPECT_TRUE(std::isnan(c[0]));
    EXPECT_EQ(c.back(), 0);
  }
}

}  // namespace
}  // namespace gradus::kernels
