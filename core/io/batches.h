// Mini-batches of images: bytes in the set become numbers from 0 to 1 in the batch.
//
//   Batches train(data.train, 128);
//   train.shuffle(rng);                                   // the same seed, the same order
//   for (const Batch& batch : train) { ... batch.images, batch.labels ... }
#pragma once

#include <gradus/core/io/dataset.h>
#include <gradus/core/tensor/random.h>

namespace gradus {

struct Batch {
  Tensor images;                         // [n, rows * columns], pixel / 255 and nothing else
  std::span<const std::int32_t> labels;  // [n]; good until the next batch is taken
};

class Batches {
 public:
  // Of all images, or of those with first <= i < last. The set must outlive it. Throws std::invalid_argument unless
  // 0 <= first <= last <= images.count and size > 0.
  Batches(const ImageSet& images, std::int64_t size) : Batches(images, 0, images.count, size) {}
  Batches(const ImageSet& images, std::int64_t first, std::int64_t last, std::int64_t size);

  std::int64_t image_count() const { return static_cast<std::int64_t>(order_.size()); }
  std::int64_t full_batches() const { return image_count() / size_; }
  std::int64_t size() const { return (image_count() + size_ - 1) / size_; }  // of batches, with one that is not full
  Batch operator[](std::int64_t index);                                      // 0 <= index < size()
  const ImageSet& images() const { return images_; }

  void shuffle(Rng& rng);  // puts the images in a new order, which also depends on the one before
  // The order, to save and to restore: throws std::invalid_argument unless it has each of the images once.
  const std::vector<std::int32_t>& order() const { return order_; }
  void set_order(std::span<const std::int64_t> order);

  class Iterator {
   public:
    Iterator(Batches& batches, std::int64_t index) : batches_(batches), index_(index) {}
    Batch operator*() const { return batches_[index_]; }
    void operator++() { ++index_; }
    bool operator!=(const Iterator& other) const { return index_ != other.index_; }

   private:
    Batches& batches_;
    std::int64_t index_;
  };
  Iterator begin() { return {*this, 0}; }
  Iterator end() { return {*this, size()}; }

 private:
  const ImageSet& images_;
  std::int64_t size_;
  std::vector<std::int32_t> order_;   // of the images
  std::vector<std::int32_t> labels_;  // of the batch taken last
};

}  // namespace gradus
