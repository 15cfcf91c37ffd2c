// Kernels that work element by element, along a dimension or along rows, against the plain ones at sizes around those
// of vectors. The other families have files of their own.
#include "core/kernels/kernels_test.h"

#include <sys/mman.h>

namespace gradus::kernels {
namespace {

std::vector<const Table*> levels(bool with_plain) {
  std::vector<const Table*> tables;
  for (const Table& table : supported())
    if (with_plain || !is_plain(table)) tables.push_back(&table);
  return tables;
}

std::string level_name(const ::testing::TestParamInfo<const Table*>& level) {
  std::string name = level.param->level;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Level, Kernels, ::testing::ValuesIn(levels(true)), level_name);
INSTANTIATE_TEST_SUITE_P(Level, FastKernels, ::testing::ValuesIn(levels(false)), level_name);

// ---- element by element ----

TEST_P(FastKernels, BinaryAgreesWithPlain) {
  for (const auto& [op, name] : kBinaries)
    for (int64_t n : kSizes)
      for (int values = 0; values < 4; ++values) {
        const int64_t a_step = values & 1, b_step = values >> 1;
        Source source(static_cast<std::uint64_t>(n));
        Unaligned a(source.values(n + 1)), b(source.values(n + 1)), y(n), expected(n);
        table.binary(op, 1, n, {a.data(), 0, a_step}, {b.data(), 0, b_step}, y.data());
        plain.binary(op, 1, n, {a.data(), 0, a_step}, {b.data(), 0, b_step}, expected.data());
        expect_close(y.values(), expected.values(), 3 * kEpsilon, name);
      }
}

// Each operand a matrix, a row or a column that repeats, or one number.
TEST_P(FastKernels, BroadcastsAsPlain) {
  for (const int64_t n : {2, 10, 16, 27, 300})
    for (const int64_t rows : {1, 3, 700}) {
      Source source(5);
      Unaligned a(source.values(rows * n)), b(source.values(rows * n)), mask(source.values(rows * n)), y(rows * n),
          expected(rows * n);
      for (int64_t j = 0; j < rows * n; j += 3) mask.data()[j] = 0;
      const auto layouts = [&](Unaligned& x) {
        return std::array<Operand, 4>{{{x.data(), n, 1}, {x.data(), 0, 1}, {x.data(), 1, 0}, {x.data(), 0, 0}}};
      };
      for (const Operand& u : layouts(a))
        for (const Operand& v : layouts(b)) {
          SCOPED_TRACE(std::to_string(rows) + " rows of " + std::to_string(n) + ", steps " + std::to_string(u.row) +
                       " " + std::to_string(u.step) + " and " + std::to_string(v.row) + " " + std::to_string(v.step));
          table.binary(Binary::sub, rows, n, u, v, y.data());
          plain.binary(Binary::sub, rows, n, u, v, expected.data());
          ASSERT_TRUE(same_bits(y.values(), expected.values()));
          for (const Operand& m : layouts(mask)) {
            table.select(rows, n, m, u, v, y.data());
            plain.select(rows, n, m, u, v, expected.data());
            ASSERT_TRUE(same_bits(y.values(), expected.values())) << "mask " << m.row << " " << m.step;
          }
        }
    }
}

TEST_P(Kernels, BinaryMayOverwriteEitherOperand) {
  Source source(1);
  const Values a = source.values(129), b = source.values(129);
  Values first = a, second = b, expected(129);
  table.binary(Binary::sub, 1, 129, {a.data(), 0, 1}, {b.data(), 0, 1}, expected.data());
  table.binary(Binary::sub, 1, 129, {first.data(), 0, 1}, {b.data(), 0, 1}, first.data());
  table.binary(Binary::sub, 1, 129, {a.data(), 0, 1}, {second.data(), 0, 1}, second.data());
  EXPECT_TRUE(same_bits(first, expected));
  EXPECT_TRUE(same_bits(second, expected));
}

TEST_P(Kernels, BinaryPassesNanAndInfinity) {
  const Values a = {kNan, 1, kInfinity, kInfinity, 0}, b = {1, kNan, -kInfinity, kInfinity, 0};
  Values y(5);
  table.binary(Binary::add, 1, 5, {a.data(), 0, 1}, {b.data(), 0, 1}, y.data());
  EXPECT_TRUE(std::isnan(y[0]) && std::isnan(y[1]) && std::isnan(y[2]));
  EXPECT_EQ(y[3], kInfinity);
  table.binary(Binary::div, 1, 5, {a.data(), 0, 1}, {b.data(), 0, 1}, y.data());
  EXPECT_TRUE(std::isnan(y[4]));
  table.binary(Binary::relu_backward, 1, 5, {a.data(), 0, 1}, {b.data(), 0, 1}, y.data());
  EXPECT_TRUE(std::isnan(y[0]));
  EXPECT_EQ(y[1], 1) << "the gradient passes where the output was NaN, as PyTorch has it";
}

TEST_P(FastKernels, UnaryIsRightToAFewUnitsInTheLastPlace) {
  for (const auto& [op, name] : kUnaries)
    for (Scalar range : {Scalar(1e-6), Scalar(1e-2), Scalar(1), Scalar(12), Scalar(80), Scalar(1e4)}) {
      Source source(7);
      Unaligned x(source.values(1000)), y(1000), expected(1000);
      for (int i = 0; i < 1000; ++i) x.data()[i] *= range;
      table.unary(op, 1000, x.data(), y.data());
      plain.unary(op, 1000, x.data(), expected.data());
      double worst = 0;
      for (int i = 0; i < 1000; ++i) {
        worst = std::max(worst, units_in_last_place(y[i], flushed(expected[i])));
      }
      // Far below zero gelu multiplies what the square in its exponent lost: seen with a fused multiply-add alone, and
      // in double not by the plain one either.
      const double of_gelu = sizeof(Scalar) == 8 ? 2000 : has_fma(table) ? 8 : 100;
      const double allowed = op == Unary::gelu ? of_gelu : has_fma(table) ? 3 : 7;
      EXPECT_LE(worst, allowed) << name << " up to " << range;
    }
}

TEST_P(Kernels, ExpIsRightToAFewUnitsInTheLastPlace) {
  Values x, y;
  for (int i = -20000; i <= 20000; ++i) x.push_back(Scalar(0.001 * i));
  y.resize(x.size());
  table.unary(Unary::exp, static_cast<int64_t>(x.size()), x.data(), y.data());
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    worst = std::max(worst, units_in_last_place(y[i], std::exp(static_cast<double>(x[i]))));
  EXPECT_LE(worst, 4);
}

TEST_P(FastKernels, UnaryAtEverySizeAndInPlace) {
  for (const auto& [op, name] : kUnaries)
    for (int64_t n : kSizes) {
      Source source(static_cast<std::uint64_t>(n));
      Unaligned x(source.values(n)), y(n), expected(n);
      table.unary(op, n, x.data(), y.data());
      plain.unary(op, n, x.data(), expected.data());
      expect_close(y.values(), expected.values(), 3 * kEpsilon, name);
      table.unary(op, n, x.data(), x.data());
      EXPECT_TRUE(same_bits(x.values(), y.values()));
    }
}

TEST_P(FastKernels, GeluWithItsSlopeAtEverySizeAndInPlace) {
  for (int64_t n : kSizes) {
    Source source(static_cast<std::uint64_t>(n));
    Unaligned x(source.values(n)), y(n), slope(n), gelu_alone(n), expected(n), expected_slope(n);
    for (int64_t i = 0; i < n; ++i) x.data()[i] *= 6;
    table.gelu(n, x.data(), y.data(), slope.data());
    table.unary(Unary::gelu, n, x.data(), gelu_alone.data());
    plain.gelu(n, x.data(), expected.data(), expected_slope.data());
    EXPECT_TRUE(same_bits(y.values(), gelu_alone.values()));
    expect_close(y.values(), expected.values(), 8 * kEpsilon, "gelu");
    expect_close(slope.values(), expected_slope.values(), 8 * kEpsilon, "its slope");
    table.gelu(n, x.data(), x.data(), slope.data());
    EXPECT_TRUE(same_bits(x.values(), y.values()));
  }
}

TEST_P(FastKernels, UnaryAtTheEdges) {
  const Scalar denormal = std::numeric_limits<Scalar>::denorm_min() * 5;
  const Values x = {kNan, kInfinity, -kInfinity, 0, Scalar(-0.0), denormal, -denormal, Scalar(1e4), Scalar(-1e4)};
  for (const auto& [op, name] : kUnaries) {
    Values y(x.size()), expected(x.size());
    table.unary(op, static_cast<int64_t>(x.size()), x.data(), y.data());
    Values seen = x;
    for (Scalar& value : seen) value = flushed(value);
    plain.unary(op, static_cast<int64_t>(x.size()), seen.data(), expected.data());
    for (std::size_t i = 0; i < x.size(); ++i)
      EXPECT_EQ(units_in_last_place(flushed(y[i]), expected[i]), 0) << name << " of " << x[i] << ": " << y[i];
  }
}

// The fast levels give 0 where the plain one has a subnormal number.
TEST_P(Kernels, ExpReachesZeroAndInfinity) {
  const Scalar smallest = std::numeric_limits<Scalar>::denorm_min(), largest = std::numeric_limits<Scalar>::max();
  const Scalar low = static_cast<Scalar>(std::log(static_cast<double>(std::numeric_limits<Scalar>::min())));
  const Scalar lowest = std::log(smallest), high = std::nextafter(std::log(largest), Scalar(0));
  const Values x = {low, low - 1, low - 4, lowest, lowest - 2, high, std::nextafter(std::log(largest), kInfinity) + 1};
  Values y(x.size());
  table.unary(Unary::exp, static_cast<int64_t>(x.size()), x.data(), y.data());
  for (std::size_t i = 0; i + 1 < x.size(); ++i) {
    const Scalar exact = std::exp(x[i]), expected = is_plain(table) ? exact : flushed(exact);
    // The least normal number may fall below itself by rounding.
    if (i == 0 && y[i] == 0) continue;
    EXPECT_LE(std::abs(y[i] - expected), 4 * kEpsilon * expected + (is_plain(table) ? smallest : 0)) << x[i];
  }
  EXPECT_EQ(y.back(), kInfinity);
}

TEST_P(FastKernels, PowerAgreesWithPlain) {
  for (Scalar exponent : {Scalar(2), Scalar(-1), Scalar(3), Scalar(0.5), Scalar(0), Scalar(-2), Scalar(-2.5)}) {
    Source source(3);
    Unaligned x(source.values(129)), y(129), expected(129);
    table.power(129, x.data(), exponent, y.data());
    plain.power(129, x.data(), exponent, expected.data());
    for (int i = 0; i < 129; ++i) EXPECT_LE(units_in_last_place(y[i], expected[i]), 1);
  }
}

// ---- sums, maxima, transpose ----

TEST_P(FastKernels, SumAndMaxAgreeWithPlain) {
  for (int64_t outer : {int64_t(0), int64_t(1), int64_t(7)})
    for (int64_t count : kSizes)
      for (int64_t inner : kSizes) {
        Source source(static_cast<std::uint64_t>(count * 1000 + inner));
        Unaligned x(source.values(outer * count * inner)), y(outer * inner), expected(outer * inner);
        table.sum(outer, count, inner, x.data(), y.data());
        plain.sum(outer, count, inner, x.data(), expected.data());
        const double additions = static_cast<double>(std::max<int64_t>(count - 1, 0));
        expect_close(y.values(), expected.values(), additions * kEpsilon, "sum");
        table.max(outer, count, inner, x.data(), y.data());
        plain.max(outer, count, inner, x.data(), expected.data());
        EXPECT_TRUE(same_bits(y.values(), expected.values())) << "max of " << count << " by " << inner;
      }
}

TEST_P(Kernels, MaxFindsNan) {
  for (int64_t at : {0, 3, 16, 40}) {
    Values x(41, 1);
    x[static_cast<std::size_t>(at)] = kNan;
    Scalar y = 0;
    table.max(1, 41, 1, x.data(), &y);
    EXPECT_TRUE(std::isnan(y)) << at;
  }
}

TEST_P(FastKernels, TransposeAgreesWithPlain) {
  for (int64_t rows : kSizes)
    for (int64_t cols : kSizes)
      for (int64_t between : {0, 3}) {  // rows, where nothing is read or written
        const int64_t x_row = cols + between, y_row = rows + between;
        Source source(1);
        Unaligned x(source.values(rows * x_row)), y(Values(static_cast<std::size_t>(cols * y_row), 7)),
            expected(y.values());
        table.transpose(rows, cols, x.data(), x_row, y.data(), y_row);
        plain.transpose(rows, cols, x.data(), x_row, expected.data(), y_row);
        ASSERT_TRUE(same_bits(y.values(), expected.values())) << rows << " by " << cols << ", " << between;
      }
}

// ---- rows by index ----

TEST_P(Kernels, GatherBytesRoundsCorrectly) {
  for (int64_t cols : {0, 1, 7, 15, 17, 33, 100, 127, 129, 784}) {
    std::vector<std::uint8_t> x(static_cast<std::size_t>(cols * 5));
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<std::uint8_t>(i);
    const std::vector<std::int32_t> indices = {4, 0, 0, 3};
    for (Scalar divisor : {Scalar(255), Scalar(1), Scalar(3), Scalar(256)}) {
      Unaligned y(4 * cols);
      table.gather_bytes(4, cols, x.data(), indices.data(), divisor, y.data());
      for (int64_t r = 0; r < 4; ++r)
        for (int64_t j = 0; j < cols; ++j) {
          const auto byte = x[static_cast<std::size_t>(indices[static_cast<std::size_t>(r)] * cols + j)];
          ASSERT_EQ(y[r * cols + j], static_cast<Scalar>(byte) / divisor);
        }
    }
  }
}

TEST_P(Kernels, GatherBytesPastFourGigabytes) {
  const int64_t cols = 1 << 20, row = 4500;
  const std::size_t size = static_cast<std::size_t>((row + 1) * cols);
  void* const room = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) GTEST_SKIP() << "no address space of " << size << " bytes";
  std::uint8_t* const x = static_cast<std::uint8_t*>(room);
  x[row * cols + 5] = 51;  // the other pages stay where they are: nowhere
  const std::int32_t indices[] = {row};
  Values y(cols);
  table.gather_bytes(1, cols, x, indices, 255, y.data());
  EXPECT_EQ(y[5], Scalar(51) / 255);
  munmap(room, size);
}

}  // namespace
}  // namespace gradus::kernels
