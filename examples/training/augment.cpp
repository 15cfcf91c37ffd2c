#include <gradus/core/kernels/parallel.h>
#include <gradus/examples/training/augment.h>

#include <cmath>
#include <vector>

namespace gradus::examples {
namespace {

// A cubic B-spline in one direction: at pixel i it is the sum of four neighbouring numbers of the grid.
struct Spline {
  std::int64_t size;                // numbers on the grid
  std::vector<std::int64_t> first;  // of the four, for each pixel
  std::vector<Scalar> weights;      // [pixels, 4]

  Spline(std::int64_t pixels, std::int64_t spacing) : size((pixels - 1) / spacing + 4) {
    for (std::int64_t i = 0; i < pixels; ++i) {
      const Scalar t = static_cast<Scalar>(i % spacing) / static_cast<Scalar>(spacing), u = 1 - t;
      first.push_back(i / spacing);
      const Scalar four[] = {u * u * u, 3 * t * t * t - 6 * t * t + 4, 3 * u * u * u - 6 * u * u + 4, t * t * t};
      for (const Scalar weight : four) weights.push_back(weight / 6);
    }
  }
};

// Both parts of the bend, at every pixel of a row.
void bend_row(const Spline& down, const Spline& across, std::int64_t i, const std::vector<Scalar>& grid,
              std::vector<Scalar>& row, std::vector<Scalar>& bend) {
  const auto columns = static_cast<std::int64_t>(across.first.size()), width = 2 * across.size;
  const Scalar* w = down.weights.data() + 4 * i;
  const Scalar* from = grid.data() + down.first[static_cast<std::size_t>(i)] * width;
  for (std::int64_t k = 0; k < width; ++k) {
    row[static_cast<std::size_t>(k)] =
        w[0] * from[k] + w[1] * from[k + width] + w[2] * from[k + 2 * width] + w[3] * from[k + 3 * width];
  }
  for (int part = 0; part < 2; ++part) {
    for (std::int64_t j = 0; j < columns; ++j) {
      const Scalar* v = across.weights.data() + 4 * j;
      const Scalar* four = row.data() + part * across.size + across.first[static_cast<std::size_t>(j)];
      bend[static_cast<std::size_t>(part * columns + j)] =
          v[0] * four[0] + v[1] * four[1] + v[2] * four[2] + v[3] * four[3];
    }
  }
}

// The image at a place between its pixels.
Scalar sample(const Scalar* image, std::int64_t rows, std::int64_t columns, Scalar y, Scalar x) {
  const Scalar top = std::floor(y), left = std::floor(x), down = y - top, right = x - left;
  if (!(top >= -1 && top < static_cast<Scalar>(rows) && left >= -1 && left < static_cast<Scalar>(columns))) return 0;
  const auto i = static_cast<std::int64_t>(top), j = static_cast<std::int64_t>(left);
  const auto pixel = [&](std::int64_t r, std::int64_t c) {
    return r >= 0 && r < rows && c >= 0 && c < columns ? image[r * columns + c] : Scalar{0};
  };
  const Scalar above = pixel(i, j) * (1 - right) + pixel(i, j + 1) * right;
  const Scalar below = pixel(i + 1, j) * (1 - right) + pixel(i + 1, j + 1) * right;
  return above * (1 - down) + below * down;
}

}  // namespace

Tensor distorted(const Tensor& x, std::int64_t rows, std::int64_t columns, const Distortion& by, Rng& rng) {
  const std::uint64_t seed = rng.next();
  const Spline down(rows, by.grid), across(columns, by.grid);
  Tensor y = Tensor::uninitialized(x.shape());
  Scalar* const out = y.mutable_data();
  parallel_for(x.size(0), 8, [&](std::int64_t begin, std::int64_t end) {
    std::vector<Scalar> grid(static_cast<std::size_t>(2 * down.size * across.size));
    std::vector<Scalar> row(static_cast<std::size_t>(2 * across.size)), bend(static_cast<std::size_t>(2 * columns));
    const Scalar middle_row = static_cast<Scalar>(rows - 1) / 2, middle_column = static_cast<Scalar>(columns - 1) / 2;
    for (std::int64_t n = begin; n < end; ++n) {
      Rng own(seed + static_cast<std::uint64_t>(n));
      const Scalar down_shift = own.uniform(-by.shift, by.shift), right_shift = own.uniform(-by.shift, by.shift);
      // cos and sin from t = tan(angle / 2), in arithmetic that is the same on every machine
      const Scalar t = own.uniform(-by.turn, by.turn) / 2, size = 1 + own.uniform(-by.scale, by.scale);
      const Scalar cosine = (1 - t * t) / (1 + t * t) * size, sine = 2 * t / (1 + t * t) * size;
      for (Scalar& number : grid) number = by.bend * own.normal();
      const Scalar* image = x.data() + n * rows * columns;
      Scalar* to = out + n * rows * columns;
      for (std::int64_t i = 0; i < rows; ++i) {
        bend_row(down, across, i, grid, row, bend);
        const Scalar v = static_cast<Scalar>(i) - middle_row;
        for (std::int64_t j = 0; j < columns; ++j) {
          const Scalar u = static_cast<Scalar>(j) - middle_column;
          const Scalar at_row = middle_row + cosine * v - sine * u + down_shift + bend[static_cast<std::size_t>(j)];
          const Scalar at_column =
              middle_column + sine * v + cosine * u + right_shift + bend[static_cast<std::size_t>(columns + j)];
          *to++ = sample(image, rows, columns, at_row, at_column);
        }
      }
    }
  });
  return y;
}

}  // namespace gradus::examples
