// What levels have in common: every kernel has the same bits on any number of threads and at every level with fused
// multiply-adds. And which level is used.
#include "core/kernels/kernels_test.h"

#include <cfenv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <map>

namespace gradus::kernels {
namespace {

using Results = std::map<std::string, Values>;

static_assert(sizeof(Table) == 33 * sizeof(void*), "a new kernel has to be in everything() too");

// The results of every kernel, from arrays large enough to be split between three threads; the caller rounds like this.
Results everything(const Table& t, int rounding = FE_TONEAREST) {
  const int64_t rows = 257, cols = 300, n = rows * cols;
  Source source(9);
  const Values x = source.values(n), dy = source.values(n);
  Values positive = x;
  for (Scalar& value : positive) value = std::abs(value);
  Results all;
  // The array, of that size, that a kernel is to fill.
  const auto fill = [&](const std::string& name, int64_t size) {
    Values& y = all[name];
    y.assign(static_cast<std::size_t>(size), kNan);
    return y.data();
  };
  std::fesetround(rounding);
  for (const auto& [op, name] : kUnaries)
    t.unary(op, n, op == Unary::log || op == Unary::sqrt ? positive.data() : x.data(), fill(name, n));
  for (const auto& [op, name] : kBinaries) t.binary(op, 1, n, {dy.data(), 0, 1}, {x.data(), 0, 1}, fill(name, n));
  t.gelu(n, x.data(), fill("gelu with its slope", n), fill("slope of gelu", n));
  for (Scalar exponent : {Scalar(2), Scalar(-1), Scalar(0.3)})
    t.power(n, positive.data(), exponent, fill("power " + std::to_string(static_cast<int>(10 * exponent)), n));

  t.matmul(Form::nn, rows, rows, cols, x.data(), dy.data(), fill("matmul nn", rows * rows));
  t.matmul(Form::nt, rows, rows, cols, x.data(), dy.data(), fill("matmul nt", rows * rows));
  t.matmul(Form::tn, cols, cols, rows, x.data(), dy.data(), fill("matmul tn", cols * cols));
  t.matmul(Form::nn, rows, 10, cols, x.data(), dy.data(), fill("matmul narrow", rows * 10));
  for (int64_t out : {int64_t{10}, rows})
    t.linear(rows, out, cols, x.data(), dy.data(), x.data(), fill("linear " + std::to_string(out), rows * out));
  for (Form form : {Form::nn, Form::nt, Form::tn}) {
    const std::string name = "matmul_stack " + std::to_string(static_cast<int>(form));
    t.matmul_stack(form, 60, 19, 17, 16, x.data(), 19 * 16, dy.data(), 17 * 16, fill(name, 60 * 19 * 17));
  }
  t.transpose(rows, cols, x.data(), cols, fill("transpose", n), rows);
  t.select(1, n, {x.data(), 0, 1}, {dy.data(), 0, 0}, {x.data(), 0, 1}, fill("select", n));

  const struct {
    const char* name;
    int64_t outer, count, inner;
  } shapes[] = {{"rows", rows, cols, 1}, {"columns", 1, rows, cols}, {"middle", 7, 36, 300}};
  for (const auto& s : shapes) {
    const std::string name = s.name;
    t.sum(s.outer, s.count, s.inner, x.data(), fill("sum of " + name, s.outer * s.inner));
    t.max(s.outer, s.count, s.inner, x.data(), fill("max of " + name, s.outer * s.inner));
  }

  const std::vector<std::int32_t> labels(static_cast<std::size_t>(rows), 1);
  t.softmax(rows, cols, x.data(), fill("softmax", n));
  t.log_softmax(rows, cols, x.data(), fill("log_softmax", n));
  for (Scalar smoothing : {Scalar(0), Scalar(0.1)}) {
    const std::string name = "cross_entropy " + std::to_string(static_cast<int>(10 * smoothing));
    t.cross_entropy(rows, cols, x.data(), labels.data(), smoothing, fill(name, rows), fill(name + " dx", n));
  }

  for (Channels s : {Channels{rows, cols, 1}, Channels{64, 6, 100}}) {
    const std::string name = "batch_norm of " + std::to_string(s.l) + " ";
    const int64_t size = s.n * s.c * s.l;
    Scalar* const mean = fill(name + "mean", s.c);
    Scalar* const inv_std = fill(name + "inv_std", s.c);
    t.batch_norm_forward(s, x.data(), dy.data(), nullptr, 1, mean, fill(name + "variance", s.c), inv_std,
                         fill(name + "y", size));
    t.batch_norm_normalize(s, x.data(), mean, inv_std, dy.data(), x.data(), fill(name + "normalized", size));
    for (bool training : {true, false}) {
      const std::string mode = name + (training ? "training " : "evaluation ");
      t.batch_norm_backward(s, training, x.data(), dy.data(), mean, inv_std, x.data(), fill(mode + "dx", size),
                            fill(mode + "dgamma", s.c), fill(mode + "dbeta", s.c));
    }
  }

  Scalar* const mean = fill("layer_norm mean", rows);
  Scalar* const inv_std = fill("layer_norm inv_std", rows);
  t.layer_norm_forward(rows, cols, x.data(), dy.data(), x.data(), 1, mean, inv_std, fill("layer_norm y", n));
  t.layer_norm_backward(rows, cols, x.data(), dy.data(), mean, inv_std, x.data(), fill("layer_norm dx", n),
                        fill("layer_norm dgamma", cols), fill("layer_norm dbeta", cols));

  for (const Conv2d& s : {Conv2d{12, 5, 20, 21, 7, 3, 3, 1, 1}, Conv2d{5, 3, 28, 28, 18, 4, 3, 2, 2}}) {
    const std::string name = "conv2d by " + std::to_string(s.stride) + " ";
    const int64_t outputs = s.n * s.k * s.p() * s.q(), weights = s.k * s.c * s.r * s.s;
    t.conv2d(s, x.data(), dy.data(), x.data(), fill(name + "y", outputs));
    t.conv2d_backward_x(s, x.data(), dy.data(), fill(name + "dx", s.n * s.c * s.h * s.w));
    t.conv2d_backward_w(s, x.data(), dy.data(), fill(name + "dw", weights));
  }
  for (const Conv2d& s : {Conv2d{40, 3, 20, 21, 3, 2, 2, 2, 0}, Conv2d{40, 3, 20, 21, 3, 4, 3, 1, 0}}) {
    const std::string name = "max_pool2d by " + std::to_string(s.stride) + " ";
    const int64_t outputs = s.n * s.c * s.p() * s.q();
    std::vector<std::int32_t> places(static_cast<std::size_t>(outputs));
    t.max_pool2d(s, x.data(), fill(name + "y", outputs), places.data());
    t.max_pool2d_backward(s, dy.data(), places.data(), fill(name + "dx", s.n * s.c * s.h * s.w));
  }

  for (const Attention& s : {Attention{9, 13, 3, 16}, Attention{3, 40, 2, 21}}) {
    const std::string name = "attention of " + std::to_string(s.t) + " ";
    const int64_t outputs = s.n * s.t * s.heads * s.d;
    Scalar* const p = fill(name + "p", s.n * s.heads * s.t * s.t);
    t.attention(s, x.data(), p, fill(name + "y", outputs));
    t.attention_backward(s, x.data(), p, dy.data(), fill(name + "dqkv", 3 * outputs));
  }

  for (bool other : {false, true}) {  // decoupled, or looking ahead
    const std::string name = other ? " other" : "";
    for (const char* array : {"adam w", "adam m", "adam v", "sgd w", "sgd velocity"}) all[array + name] = positive;
    t.adam({1e-3, 0.9, 0.999, 1e-8, 0.01, other, 0.1, 0.001}, n, dy.data(), all["adam w" + name].data(),
           all["adam m" + name].data(), all["adam v" + name].data());
    t.sgd(n, dy.data(), 1e-3, 0.9, 0.01, other, all["sgd w" + name].data(), all["sgd velocity" + name].data());
  }

  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 / 3);
  std::vector<std::int32_t> indices(static_cast<std::size_t>(rows));
  for (std::size_t r = 0; r < indices.size(); ++r) indices[r] = static_cast<std::int32_t>(r * 31 % indices.size());
  t.gather(rows, cols, x.data(), indices.data(), fill("gather", n));
  std::fill_n(fill("scatter_add", n), n, Scalar{1});
  t.scatter_add(rows, cols, rows, dy.data(), indices.data(), all["scatter_add"].data());
  t.gather_bytes(rows, cols, bytes.data(), indices.data(), 255, fill("gather_bytes", n));
  t.dropout_mask(n, 0x123456789, Scalar(0.3), fill("dropout_mask", n));
  std::fesetround(FE_TONEAREST);
  return all;
}

void expect_same_bits(const Results& results, const Results& expected, const std::string& where) {
  for (const auto& [name, values] : expected) EXPECT_TRUE(same_bits(results.at(name), values)) << name << " " << where;
}

TEST_P(Kernels, SameBitsOnAnyNumberOfThreads) {
  const Results one = everything(table);
  for (int threads : {2, 3, 7}) {
    set_threads(threads);
    expect_same_bits(everything(table), one, "on " + std::to_string(threads) + " threads");
  }
}

// Whatever part of a kernel runs on the caller's thread alone.
TEST_P(FastKernels, TheCallersRoundingChangesNothing) {
  expect_same_bits(everything(table, FE_UPWARD), everything(table), "rounding upward");
}

TEST(Levels, SameBitsWithFusedMultiplyAdds) {
  std::vector<const Table*> tables;
  for (const Table& table : supported())
    if (has_fma(table)) tables.push_back(&table);
  if (tables.size() < 2) GTEST_SKIP() << "this processor has one such level at most";
  const Results widest = everything(*tables.back());
  for (const Table* table : tables)
    if (table != tables.back()) expect_same_bits(everything(*table), widest, std::string("at ") + table->level);
}

// By the addresses of all: at a level that has another's kernels nothing but the time would show it.
TEST(Levels, PlainComesFirstAndTheOthersHaveKernelsOfTheirOwn) {
  EXPECT_STREQ(supported().front().level, "plain");
  ASSERT_GE(supported().size(), 2u);
  std::map<const void*, std::string> owners;
  for (const Table& table : supported()) {
    const void* members[sizeof(Table) / sizeof(void*)];
    std::memcpy(members, &table, sizeof table);
    for (std::size_t i = 1; i < std::size(members); ++i) {  // after the level's name
      const auto [owner, is_new] = owners.try_emplace(members[i], table.level);
      EXPECT_TRUE(is_new) << "kernel " << i << " of " << table.level << " is that of " << owner->second;
    }
  }
}

// Ends a process after saying which level it has where GRADUS_LEVEL is set so.
[[noreturn]] void tell_level(const char* wanted) {
  wanted != nullptr ? setenv("GRADUS_LEVEL", wanted, 1) : unsetenv("GRADUS_LEVEL");
  try {
    std::fprintf(stderr, "level: %s.", active().level);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s.", error.what());
  }
  std::_Exit(0);
}

TEST(LevelsDeathTest, TheEnvironmentChooses) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // a fresh process, which has not chosen yet
  const auto exited = ::testing::ExitedWithCode(0);
  std::string names;
  for (const Table& table : supported()) {
    EXPECT_EXIT(tell_level(table.level), exited, std::string("level: ") + table.level + "[.]");
    names += (names.empty() ? "" : ", ") + std::string(table.level);
  }
  const std::string widest = std::string("level: ") + supported().back().level + "[.]";
  EXPECT_EXIT(tell_level(nullptr), exited, widest);
  EXPECT_EXIT(tell_level(""), exited, widest);
  for (const std::string wrong : {"avx", "pla"}) {  // a beginning is not enough
    EXPECT_EXIT(tell_level(wrong.c_str()), exited,
                "GRADUS_LEVEL: this processor has " + names + "; got " + wrong + "[.]");
  }
}

}  // namespace
}  // namespace gradus::kernels
