// The matrix product has the bits of a plain loop; and all kernels have the same at every level and on any number of
// threads.
#include "core/kernels/kernels_test.h"

namespace gradus::kernels {
namespace {

Values naive_product(const Table& table, Form form, int64_t m, int64_t n, int64_t k, const Values& a, const Values& b) {
  Values c(static_cast<std::size_t>(m * n));
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      Scalar sum = 0;
      for (int64_t l = 0; l < k; ++l) {
        const Scalar x = a[static_cast<std::size_t>(form == Form::tn ? l * m + i : i * k + l)];
        const Scalar y = b[static_cast<std::size_t>(form == Form::nt ? j * k + l : l * n + j)];
        sum = has_fma(table) ? std::fma(x, y, sum) : x * y + sum;
      }
      c[static_cast<std::size_t>(i * n + j)] = sum;
    }
  return c;
}

void check_product(const Table& table, Form form, int64_t m, int64_t n, int64_t k, int most_threads = 1) {
  Source source(static_cast<std::uint64_t>(m * 1000000 + n * 1000 + k));
  const Values a = source.values(m * k), b = source.values(k * n);
  const Values expected = naive_product(table, form, m, n, k, a, b);
  for (int threads = 1; threads <= most_threads; ++threads) {
    set_threads(threads);
    Unaligned ua(a), ub(b), c(m * n);
    table.matmul(form, m, n, k, ua.data(), ub.data(), c.data());
    EXPECT_TRUE(same_bits(c.values(), expected)) << "form " << static_cast<int>(form) << ", m " << m << ", n " << n
                                                 << ", k " << k << ", " << threads << " threads";
  }
}

TEST_P(Kernels, MatmulHasTheBitsOfAPlainLoop) {
  for (Form form : {Form::nn, Form::nt, Form::tn})
    for (int64_t m : kSizes)
      for (int64_t n : kSizes)
        for (int64_t k : {0, 1, 7, 17, 33}) check_product(table, form, m, n, k);
}

TEST_P(Kernels, MatmulPastTheSizesOfItsBlocks) {
  for (Form form : {Form::nn, Form::nt, Form::tn}) {
    check_product(table, form, 129, 129, 600, 3);
    check_product(table, form, 300, 65, 257, 3);
    check_product(table, form, 13, 1100, 270, 3);
    check_product(table, form, 1100, 13, 33, 3);
    check_product(table, form, 128, 10, 128, 3);
    check_product(table, form, 1, 1000, 129, 3);
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

// ---- sameness ----

// The results of every kernel, one after the other.
Values everything(const Table& t, int64_t rows, int64_t cols) {
  Source source(9);
  const int64_t n = rows * cols;
  const Values x = source.values(n), dy = source.values(n), w = source.values(n);
  const std::vector<std::int32_t> labels(static_cast<std::size_t>(rows), 1);
  Values all, y(static_cast<std::size_t>(n)), dx = y, mean(static_cast<std::size_t>(cols)), variance = mean;
  Values inv_std = mean, dgamma = mean, dbeta = mean, losses(static_cast<std::size_t>(rows)), u = w, m = dx, v = dx;
  const auto keep = [&](const Values& some) { all.insert(all.end(), some.begin(), some.end()); };
  for (Unary op : {Unary::neg, Unary::exp, Unary::sqrt, Unary::relu, Unary::sigmoid, Unary::tanh})
    t.unary(op, n, x.data(), y.data()), keep(y);
  t.binary(Binary::tanh_backward, n, x.data(), 1, dy.data(), 1, y.data()), keep(y);
  t.sum(1, rows, cols, x.data(), mean.data()), keep(mean);
  t.sum(rows, cols, 1, x.data(), losses.data()), keep(losses);
  t.softmax(rows, cols, x.data(), y.data()), keep(y);
  t.log_softmax(rows, cols, x.data(), y.data()), keep(y);
  t.cross_entropy(rows, cols, x.data(), labels.data(), Scalar(0.1), losses.data(), dx.data()), keep(losses), keep(dx);
  for (int64_t l : {int64_t(1), cols}) {
    const Channels s{rows, cols / l, l};
    t.batch_norm_forward(s, x.data(), nullptr, nullptr, 1, mean.data(), variance.data(), inv_std.data(), y.data());
    t.batch_norm_backward(s, true, x.data(), dy.data(), mean.data(), inv_std.data(), nullptr, dx.data(), dgamma.data(),
                          dbeta.data());
    keep(mean), keep(variance), keep(inv_std), keep(y), keep(dx), keep(dgamma), keep(dbeta);
  }
  t.adam({1e-3, 0.9, 0.999, 1e-8, 0.01, false, 0.1, 0.001}, n, dy.data(), u.data(), m.data(), v.data()), keep(u);
  t.sgd({1e-3, 0.9, 0.01, true}, n, dy.data(), u.data(), m.data()), keep(u);
  Values c(static_cast<std::size_t>(cols * cols));
  t.matmul(Form::tn, cols, cols, rows, x.data(), dy.data(), c.data()), keep(c);
  return all;
}

TEST(KernelsSame, OnAnyNumberOfThreads) {
  for (const Table* table : supported()) {
    set_threads(1);
    const Values one = everything(*table, 257, 300);
    for (int threads : {2, 3, 7}) {
      set_threads(threads);
      EXPECT_TRUE(same_bits(everything(*table, 257, 300), one)) << table->level << ", " << threads << " threads";
    }
    set_threads(1);
  }
}

TEST(KernelsSame, AtEveryLevelWithFma) {
  const Values widest = everything(*supported().back(), 129, 130);
  for (const Table* table : supported())
    EXPECT_TRUE(!has_fma(*table) || same_bits(everything(*table, 129, 130), widest)) << table->level;
}

TEST(KernelsSame, ActiveIsOneOfTheSupported) {
  EXPECT_NE(std::find(supported().begin(), supported().end(), &active()), supported().end());
}

}  // namespace
}  // namespace gradus::kernels
