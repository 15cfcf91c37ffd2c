#include <gradus/core/error.h>
#include <gradus/core/io/batches.h>
#include <gradus/core/kernels/kernels.h>

#include <algorithm>
#include <numeric>

namespace gradus {

Batches::Batches(const ImageSet& images, std::int64_t first, std::int64_t last, std::int64_t size)
    : images_(images), size_(size) {
  if (first < 0 || last < first || last > images.count) {
    fail("batches", "images ", first, " to ", last, " of ", images.count);
  }
  if (size <= 0) fail("batches", "the batch size must be positive, got ", size);
  order_.resize(static_cast<std::size_t>(last - first));
  std::iota(order_.begin(), order_.end(), static_cast<std::int32_t>(first));
}

void Batches::shuffle(Rng& rng) { rng.shuffle(std::span(order_)); }

void Batches::set_order(std::span<const std::int64_t> order) {
  std::vector<std::int32_t> sorted = order_;
  std::ranges::sort(sorted);
  std::vector<std::int64_t> other(order.begin(), order.end());
  std::ranges::sort(other);
  if (!std::ranges::equal(sorted, other)) fail("order", "does not have each of the ", order_.size(), " images once");
  std::ranges::transform(order, order_.begin(), [](std::int64_t i) { return static_cast<std::int32_t>(i); });
}

Batch Batches::operator[](std::int64_t index) {
  if (index < 0 || index >= size()) fail("batches", "there are ", size(), " batches, not number ", index);
  const std::int64_t first = index * size_;
  const std::int64_t n = std::min(size_, image_count() - first);
  const auto indices = std::span(order_).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(n));
  Tensor batch = Tensor::uninitialized({n, images_.image_size()});
  kernels::active().gather_bytes(n, images_.image_size(), images_.pixels.data(), indices.data(), 255,
                                 batch.mutable_data());
  labels_.clear();
  for (const std::int32_t i : indices) labels_.push_back(images_.labels[static_cast<std::size_t>(i)]);
  return {batch, labels_};
}

}  // namespace gradus
