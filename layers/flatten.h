// Flatten: [n, ...] -> [n, rest], and Unflatten, its reverse: [n, rest] -> [n, ...], such as images from rows of
// pixels.
#pragma once

#include <gradus/core/error.h>
#include <gradus/layers/layer.h>

namespace gradus {

class Flatten : public Layer {
 private:
  Variable forward(const Variable& x) override { return flatten(x); }
};

class Unflatten : public Layer {
 public:
  // The shape of one sample: Unflatten({1, 28, 28}) makes [n, 1, 28, 28] from [n, 784].
  explicit Unflatten(const Shape& sample) : sample_(sample) {}
  const Shape& sample() const { return sample_; }
  std::string describe() const override { return text("Unflatten(", sample_, ')'); }

 private:
  Variable forward(const Variable& x) override {
    Shape shape{x.size(0)};
    for (const std::int64_t size : sample_) shape = shape.with_last(size);
    return reshape(x, shape);
  }

  Shape sample_;
};

}  // namespace gradus
