// Mini-batches of images: bytes in the set become numbers from 0 to 1 in the batch.
#pragma once

#include <gradus/core/io/dataset.h>
#include <gradus/core/tensor/random.h>

#include <span>
#include <vector>

namespace gradus::examples {

struct Batch {
  Tensor images;                         // [n, rows * columns], pixel / 255 and nothing else
  std::span<const std::int32_t> labels;  // [n]; good until the next batch is taken
};

// Takes the images first <= i < last of a set in batches, in an order of its own.
class Batches {
 public:
  // The set must outlive it. Throws std::invalid_argument unless 0 <= first <= last <= images.count and size > 0.
  Batches(const ImageSet& images, std::int64_t first, std::int64_t last, std::int64_t size);

  void shuffle(Rng& rng);                // a new order, from the one before
  std::int64_t full() const;             // how many batches are full
  std::int64_t all() const;              // the same and an incomplete one at the end
  Batch operator[](std::int64_t index);  // 0 <= index < all()
  const std::vector<std::int32_t>& order() const { return order_; }
  // An order that was put down. Throws std::invalid_argument unless it has each of the images once.
  void set_order(std::span<const std::int64_t> order);

 private:
  const ImageSet& images_;
  std::int64_t size_;
  std::vector<std::int32_t> order_;   // of the images
  std::vector<std::int32_t> labels_;  // of the batch taken last
};

}  // namespace gradus::examples
