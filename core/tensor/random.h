// Rng: random numbers that are the same on every machine, compiler and standard library for a given seed.
//
// The distributions of <random> differ between libraries, and log and sin of the C library between processors. Here
// everything is integer arithmetic and + - * / sqrt, which IEEE 754 fixes to the bit.
#pragma once

#include <gradus/core/tensor/tensor.h>

#include <array>
#include <cstdint>
#include <span>
#include <utility>

namespace gradus {

class Rng {
 public:
  explicit Rng(std::uint64_t seed);

  // 64 random bits: xoshiro256++ (Blackman and Vigna 2021, "Scrambled linear pseudorandom number generators").
  std::uint64_t next();
  // Uniform in [0, 1): the top 24 bits (float) or 53 bits (double) of next().
  Scalar uniform();
  Scalar uniform(Scalar low, Scalar high);  // low + (high - low) uniform(), which may round to high itself
  // Normal with mean 0 and deviation 1, by Marsaglia's polar method.
  Scalar normal();
  // Uniform in 0 <= i < count, without bias. Throws std::invalid_argument unless count > 0.
  std::int64_t below(std::int64_t count);
  // A uniformly random order, by Fisher and Yates.
  template <class T>
  void shuffle(std::span<T> items) {
    for (std::size_t i = items.size(); i > 1; --i) {
      std::swap(items[i - 1], items[static_cast<std::size_t>(below(static_cast<std::int64_t>(i)))]);
    }
  }

  Tensor uniform(const Shape& shape, Scalar low, Scalar high);
  Tensor normal(const Shape& shape, Scalar mean = 0, Scalar deviation = 1);

  // Everything that determines what comes next, to save and to restore.
  using State = std::array<std::uint64_t, 4>;
  const State& state() const { return state_; }
  void set_state(const State& state) { state_ = state; }

 private:
  State state_;
};

}  // namespace gradus
