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

template <class Op>
Scalar reduce_row(int64_t count, const Scalar* x) {
  Lanes even = lanes(Op::nothing), odd = even;
  int64_t r = 0;
  for (; r + 2 * kLanes <= count; r += 2 * kLanes) {
    even = Op::combine(even, load_lanes(x + r));
    odd = Op::combine(odd, load_lanes(x + r + kLanes));
  }
  for (; r < count; r += kLanes) even = Op::combine(even, load_lanes(x + r, count - r, Op::nothing));
  return Op::fold(Op::combine(even, odd));
}

// The same for columns [begin, end) of x [count, inner].
template <class Op>
void reduce_columns(int64_t count, int64_t inner, int64_t begin, int64_t end, const Scalar* x, Scalar* y) {
  int64_t i = begin;
  for (; i + 4 * kLanes <= end; i += 4 * kLanes) {  // four sums at a time hide the latency of an addition
    Lanes result[4];
    for (Lanes& part : result) part = lanes(Op::nothing);
    for (int64_t r = 0; r < count; ++r)
      for (int p = 0; p < 4; ++p) result[p] = Op::combine(result[p], load_lanes(x + r * inner + i + p * kLanes));
    for (int p = 0; p < 4; ++p) store_lanes(y + i + p * kLanes, result[p]);
  }
  for (; i < end; i += kLanes) {
    Lanes result = lanes(Op::nothing);
    for (int64_t r = 0; r < count; ++r) result = Op::combine(result, load_lanes(x + r * inner + i, end - i));
    store_lanes(y + i, result, end - i);
  }
}

template <class Op>
void reduce(int64_t outer, int64_t count, int64_t inner, const Scalar* x, Scalar* y) {
  const int64_t grain = kElementsPerThread / (count + 1) + 1;  // elements of y
  if (inner == 1) {
    parallel_for(outer, grain, [=](int64_t begin, int64_t end) {
      for (int64_t o = begin; o < end; ++o) y[o] = reduce_row<Op>(count, x + o * count);
    });
  } else if (outer == 1) {
    const int64_t blocks = (inner + kLanes - 1) / kLanes;
    parallel_for(blocks, grain / kLanes + 1, [=](int64_t begin, int64_t end) {
      reduce_columns<Op>(count, inner, begin * kLanes, end < blocks ? end * kLanes : inner, x, y);
    });
  } else {
    parallel_for(outer, grain / (inner + 1) + 1, [=](int64_t begin, int64_t end) {
      for (int64_t o = begin; o < end; ++o)
        reduce_columns<Op>(count, inner, 0, inner, x + o * count * inner, y + o * inner);
    });
  }
}

}  // namespace

void use_fast_reductions(Table& table) {
  table.sum = reduce<Sum>;
  table.max = reduce<Max>;
}

}  // namespace gradus::kernels::GRADUS_LEVEL
