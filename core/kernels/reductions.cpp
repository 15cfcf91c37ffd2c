// Sums and maxima along one dimension.
//
//   y[o, i] = sum over r of x[o, r, i]      x [outer, count, inner]
//
// inner == 1: a row is read in steps of 32, two Lanes of running sums that are folded at the end.
// inner > 1: Lanes run along i, so that every element of y is one sum in the order of r.
#include <gradus/core/kernels/elements.h>
#include <gradus/core/kernels/vector.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

struct Sum {
  static constexpr Scalar nothing = 0;
  static Lanes combine(Lanes a, Lanes b) { return a + b; }
  static Scalar fold(Lanes v) { return total(v); }
};

struct Max {
  static constexpr Scalar nothing = -static_cast<Scalar>(__builtin_inf());
  static Lanes combine(Lanes a, Lanes b) { return larger(b, a); }
  static Scalar fold(Lanes v) { return largest(v); }
};

// x [count] in 16 lanes.
template <class Op>
Lanes reduce_row(int64_t count, const Scalar* x) {
  constexpr int64_t block = kBlock * 2 * kLanes;
  if (count > block) {
    const int64_t half = first_half(count, block);
    return Op::combine(reduce_row<Op>(half, x), reduce_row<Op>(count - half, x + half));
  }
  Lanes even = lanes(Op::nothing), odd = even;
  int64_t r = 0;
  for (; r + 2 * kLanes <= count; r += 2 * kLanes) {
    even = Op::combine(even, load_lanes(x + r));
    odd = Op::combine(odd, load_lanes(x + r + kLanes));
  }
  for (; r < count; r += kLanes) even = Op::combine(even, load_lanes(x + r, count - r, Op::nothing));
  return Op::combine(even, odd);
}

template <int width>
struct Columns {
  Lanes part[width];
};

// The sums of the first `columns` columns of rows that lie `inner` apart: width * 16 columns, or fewer if width is 1.
template <class Op, int width>
Columns<width> reduce_columns(int64_t rows, int64_t inner, int64_t columns, const Scalar* x) {
  Columns<width> result;
  if (rows > kBlock) {
    const int64_t half = first_half(rows);
    result = reduce_columns<Op, width>(half, inner, columns, x);
    const Columns<width> rest = reduce_columns<Op, width>(rows - half, inner, columns, x + half * inner);
    for (int p = 0; p < width; ++p) result.part[p] = Op::combine(result.part[p], rest.part[p]);
    return result;
  }
  for (Lanes& part : result.part) part = lanes(Op::nothing);
  for (int64_t r = 0; r < rows; ++r)
    for (int p = 0; p < width; ++p) {
      const Scalar* at = x + r * inner + p * kLanes;
      result.part[p] = Op::combine(result.part[p], width > 1 ? load_lanes(at) : load_lanes(at, columns));
    }
  return result;
}

// y [begin, end) from columns [begin, end) of x [count, inner].
template <class Op>
void reduce_strip(int64_t count, int64_t inner, int64_t begin, int64_t end, const Scalar* x, Scalar* y) {
  int64_t i = begin;
  for (; i + 4 * kLanes <= end; i += 4 * kLanes) {  // four sums at a time hide the latency of an addition
    const Columns<4> sums = reduce_columns<Op, 4>(count, inner, 4 * kLanes, x + i);
    for (int p = 0; p < 4; ++p) store_lanes(y + i + p * kLanes, sums.part[p]);
  }
  for (; i < end; i += kLanes) {
    store_lanes(y + i, reduce_columns<Op, 1>(count, inner, end - i, x + i).part[0], end - i);
  }
}

template <class Op>
void reduce(int64_t outer, int64_t count, int64_t inner, const Scalar* x, Scalar* y) {
  const int64_t grain = kElementsPerThread / (count + 1) + 1;  // elements of y
  if (inner == 1) {
    parallel_for(outer, grain, [=](int64_t begin, int64_t end) {
      for (int64_t o = begin; o < end; ++o) y[o] = Op::fold(reduce_row<Op>(count, x + o * count));
    });
  } else if (outer == 1) {
    const int64_t blocks = (inner + kLanes - 1) / kLanes;
    parallel_for(blocks, grain / kLanes + 1, [=](int64_t begin, int64_t end) {
      reduce_strip<Op>(count, inner, begin * kLanes, end < blocks ? end * kLanes : inner, x, y);
    });
  } else {
    parallel_for(outer, grain / (inner + 1) + 1, [=](int64_t begin, int64_t end) {
      for (int64_t o = begin; o < end; ++o)
        reduce_strip<Op>(count, inner, 0, inner, x + o * count * inner, y + o * inner);
    });
  }
}

}  // namespace

void use_fast_reductions(Table& table) {
  table.sum = reduce<Sum>;
  table.max = reduce<Max>;
}

}  // namespace gradus::kernels::GRADUS_LEVEL
