// Storage: a reference to a shared buffer of bytes, aligned to a cache line; large ones on huge pages, where
// the system has them.
//
// Buffers that are let go are kept in a pool by size and handed out again, so that a training loop, whose steps all
// need the same sizes, stops calling the allocator after the first. Under AddressSanitizer nothing is pooled.
//
// Thread safety: the pool and the reference counts are; the bytes themselves are not.
#pragma once

#include <gradus/core/base.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace gradus_base {

class Storage {
 public:
  Storage() = default;                   // no buffer
  explicit Storage(std::int64_t bytes);  // uninitialised; throws std::bad_alloc
  Storage(const Storage& other) : bytes_(other.bytes_) {
    if (bytes_) block()->owners.fetch_add(1, std::memory_order_relaxed);
  }
  Storage(Storage&& other) noexcept : bytes_(std::exchange(other.bytes_, nullptr)) {}
  Storage& operator=(Storage other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  [[gnu::always_inline]] ~Storage() {
    if (bytes_ && block()->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) release(block());
  }

  void* data() const { return bytes_; }
  bool unique() const { return bytes_ && block()->owners.load(std::memory_order_acquire) == 1; }

  // Bytes in buffers that are in use, and bytes that wait in the pool.
  static std::int64_t bytes_in_use();
  static std::int64_t bytes_pooled();
  // Gives all waiting buffers back to the system.
  static void trim();

 private:
  friend struct Pool;
  struct alignas(64) Block {  // stands before the bytes
    std::atomic<std::int64_t> owners{1};
    std::uint32_t size_class = 0;
    std::int64_t bytes = 0;
    Block* next = nullptr;  // while it waits in the pool
  };
  static void release(Block* block);
  Block* block() const { return static_cast<Block*>(bytes_) - 1; }

  void* bytes_ = nullptr;
};

}  // namespace gradus_base
