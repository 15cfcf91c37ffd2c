// Tensor: numbers in row-major order with a shape. It is a value and knows nothing of gradients.
//
// Copies share their numbers until one of them is written to: data() is const, and mutable_data() copies first if
// the numbers are shared. So a tensor that was saved never changes behind the one who saved it.
//
// Thread safety: different tensors may be used from different threads, even if they share numbers.
#pragma once

#include <gradus/core/tensor/shape.h>
#include <gradus/core/tensor/storage.h>

#include <concepts>
#include <iosfwd>
#include <vector>

namespace gradus {

class Tensor {
 public:
  Tensor() : shape_{0} {}  // shape [0]: empty
  // A scalar: shape [], one element.
  template <class Number>
  requires std::integral<Number> || std::floating_point<Number> Tensor(Number value)
      : Tensor(full({}, static_cast<Scalar>(value))) {}

  // Throws std::invalid_argument if the number of values is not shape.count().
  Tensor(const Shape& shape, std::initializer_list<Scalar> values);
  Tensor(const Shape& shape, const std::vector<Scalar>& values);

  // These throw a std::bad_alloc that names the shape where there is no memory for it.
  static Tensor uninitialized(const Shape& shape);
  static Tensor zeros(const Shape& shape) { return full(shape, 0); }
  static Tensor full(const Shape& shape, Scalar value);

  const Shape& shape() const { return shape_; }
  int rank() const { return shape_.rank(); }
  std::int64_t size(int axis) const { return shape_[axis]; }
  std::int64_t count() const { return shape_.count(); }

  const Scalar* data() const { return numbers() + offset_; }
  Scalar* mutable_data() {  // copies first if the numbers are shared
    if (shares_numbers()) unshare();
    return numbers() + offset_;
  }
  std::span<const Scalar> values() const { return {data(), static_cast<std::size_t>(count())}; }
  std::span<Scalar> mutable_values() { return {mutable_data(), static_cast<std::size_t>(count())}; }
  bool shares_numbers() const { return storage_.data() && !storage_.unique(); }

  // The only element, whatever the rank; throws std::invalid_argument if there is not exactly one.
  Scalar item() const;
  // The element at an index, one number an axis: t.at({2, 0}), negative ones counted from the end. Throws
  // std::invalid_argument if it is out of range.
  Scalar at(std::initializer_list<std::int64_t> index) const;
  void set(std::initializer_list<std::int64_t> index, Scalar value);

  // The same numbers in another shape; one size may be -1, which makes it whatever fits.
  // Throws std::invalid_argument if the counts differ.
  Tensor reshape(std::initializer_list<std::int64_t> sizes) const;
  Tensor reshape(const Shape& shape) const;
  // The rows first <= i < last of the outermost axis, negative bounds counted from the end. Shares the numbers.
  Tensor rows(std::int64_t first, std::int64_t last) const;

 private:
  Scalar* numbers() const { return static_cast<Scalar*>(storage_.data()); }
  Tensor(const Shape& shape, Storage storage) : shape_(shape), storage_(std::move(storage)) {}
  void unshare();
  std::int64_t offset_of(const char* operation, std::initializer_list<std::int64_t> index) const;

  Shape shape_;
  Storage storage_;
  std::int64_t offset_ = 0;
};

bool all_finite(const Tensor& t);
// Same shape and same numbers (a NaN equals nothing).
bool operator==(const Tensor& a, const Tensor& b);

// [[1, 2],
//  [3, 4]]; long axes are shortened in the middle.
std::ostream& operator<<(std::ostream& out, const Tensor& t);

}  // namespace gradus
