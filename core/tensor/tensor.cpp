#include <gradus/core/error.h>
#include <gradus/core/tensor/tensor.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <ostream>

namespace gradus {
namespace {

// std::bad_alloc, with a text.
class OutOfMemory : public std::bad_alloc {
 public:
  explicit OutOfMemory(const std::string& what) : what_(what) {}
  const char* what() const noexcept override { return what_.what(); }

 private:
  std::runtime_error what_;
};

[[noreturn, gnu::cold, gnu::noinline]] void out_of_memory(const Shape& shape) {
  constexpr double size = sizeof(Scalar);
  throw OutOfMemory(text("tensor: there is no memory for shape ", shape, ", ",
                         static_cast<double>(shape.count()) * size / 0x1p30, " GiB"));
}

inline Storage storage_for(const Shape& shape) {
  constexpr auto size = static_cast<std::int64_t>(sizeof(Scalar));
  try {
    if (shape.count() > std::numeric_limits<std::int64_t>::max() / size) throw std::bad_alloc();
    return Storage(shape.count() * size);
  } catch (const std::bad_alloc&) {
    out_of_memory(shape);
  }
}

}  // namespace

Tensor::Tensor(const Shape& shape, std::initializer_list<Scalar> values) : Tensor(shape, std::vector<Scalar>(values)) {}

Tensor::Tensor(const Shape& shape, const std::vector<Scalar>& values) : Tensor() {
  if (static_cast<std::int64_t>(values.size()) != shape.count()) {
    fail("tensor", "shape ", shape, " needs ", shape.count(), " values, got ", values.size());
  }
  *this = uninitialized(shape);
  std::copy(values.begin(), values.end(), numbers());
}

Tensor Tensor::uninitialized(const Shape& shape) { return Tensor(shape, storage_for(shape)); }

Tensor Tensor::full(const Shape& shape, Scalar value) {
  Tensor t = uninitialized(shape);
  std::fill_n(t.numbers(), shape.count(), value);
  return t;
}

void Tensor::unshare() {
  Storage copy = storage_for(shape_);
  std::copy_n(data(), count(), static_cast<Scalar*>(copy.data()));
  storage_ = std::move(copy);
  offset_ = 0;
}

Scalar Tensor::item() const {
  if (count() != 1) fail("item", "needs exactly one element, got shape ", shape_);
  return *data();
}

std::int64_t Tensor::offset_of(const char* operation, std::initializer_list<std::int64_t> index) const {
  if (static_cast<int>(index.size()) != rank()) {
    fail(operation, "shape ", shape_, " takes ", rank(), " indices, got ", index.size());
  }
  std::int64_t offset = 0;
  int axis = 0;
  for (const std::int64_t i : index) {
    const std::int64_t size = shape_[axis];
    if (i < -size || i >= size) fail(operation, "index ", i, " of axis ", axis, " is outside of shape ", shape_);
    offset = offset * size + (i < 0 ? i + size : i);
    ++axis;
  }
  return offset;
}

Scalar Tensor::at(std::initializer_list<std::int64_t> index) const { return data()[offset_of("at", index)]; }

void Tensor::set(std::initializer_list<std::int64_t> index, Scalar value) {
  const std::int64_t offset = offset_of("set", index);
  mutable_data()[offset] = value;
}

namespace {

// "[4, -1]": sizes that are no shape yet.
std::string listed(std::initializer_list<std::int64_t> sizes) {
  std::string list;
  for (const std::int64_t size : sizes) list += text(list.empty() ? "" : ", ", size);
  return text('[', list, ']');
}

}  // namespace

Tensor Tensor::reshape(std::initializer_list<std::int64_t> sizes) const {
  const auto free = std::ranges::find(sizes, -1);
  if (free == sizes.end() || sizes.size() > Shape::max_rank) return reshape(Shape(sizes));
  if (std::find(free + 1, sizes.end(), -1) != sizes.end()) {
    fail("reshape", "only one size may be -1, got ", listed(sizes));
  }
  std::array<std::int64_t, Shape::max_rank> known{};
  std::ranges::copy(sizes, known.begin());
  const std::span<const std::int64_t> shape(known.data(), sizes.size());
  std::int64_t& missing = known[static_cast<std::size_t>(free - sizes.begin())];
  missing = 1;
  const std::int64_t others = Shape(shape).count();
  if (others == 0 || count() % others != 0) {
    fail("reshape", shape_, " has ", count(), " elements, which do not fit ", listed(sizes));
  }
  missing = count() / others;
  return reshape(Shape(shape));
}

Tensor Tensor::reshape(const Shape& shape) const {
  if (shape.count() != count()) {
    fail("reshape", shape_, " has ", count(), " elements, ", shape, " has ", shape.count());
  }
  Tensor t = *this;
  t.shape_ = shape;
  return t;
}

Tensor Tensor::rows(std::int64_t first, std::int64_t last) const {
  const std::int64_t n = rank() == 0 ? -1 : size(0);
  const auto from_front = [n](std::int64_t row) { return row < 0 ? row + n : row; };
  if (from_front(first) < 0 || from_front(last) < from_front(first) || from_front(last) > n) {
    fail("rows", "from ", first, " to ", last, " is outside of shape ", shape_);
  }
  first = from_front(first);
  last = from_front(last);
  Tensor t = *this;
  t.shape_ = shape_.with(0, last - first);
  t.offset_ += size(0) == 0 ? 0 : first * (count() / size(0));
  return t;
}

bool all_finite(const Tensor& t) {
  return std::ranges::all_of(t.values(), [](Scalar value) { return std::isfinite(value); });
}

bool operator==(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && std::ranges::equal(a.values(), b.values());
}

namespace {

void print(std::ostream& out, const Tensor& t, int axis, std::int64_t offset, std::int64_t stride, int indent) {
  if (axis == t.rank()) {
    out << text(t.data()[offset]);
    return;
  }
  constexpr std::int64_t shown = 6;  // longer axes show their first and last three
  const std::int64_t size = t.size(axis);
  const bool innermost = axis + 1 == t.rank();
  out << '[';
  for (std::int64_t i = 0; i < size; ++i) {
    if (i > 0) out << (innermost ? ", " : ",\n" + std::string(static_cast<std::size_t>(indent), ' '));
    if (size > shown + 1 && i == shown / 2) {
      out << "...";
      i = size - shown / 2 - 1;
      continue;
    }
    print(out, t, axis + 1, offset + i * (stride / size), stride / size, indent + 1);
  }
  out << ']';
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Tensor& t) {
  print(out, t, 0, 0, t.count(), 1);
  return out;
}

}  // namespace gradus
