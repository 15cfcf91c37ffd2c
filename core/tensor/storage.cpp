#include <gradus/core/tensor/storage.h>

#include <sys/mman.h>

#include <array>
#include <bit>
#include <limits>
#include <mutex>
#include <new>
#include <thread>
#include <type_traits>

#if defined(__SANITIZE_ADDRESS__)
#define GRADUS_POOLS_BUFFERS false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GRADUS_POOLS_BUFFERS false
#endif
#endif
#ifndef GRADUS_POOLS_BUFFERS
#define GRADUS_POOLS_BUFFERS true
#endif

namespace gradus_base {
namespace {

// Large blocks begin on a huge page, and the system is asked to give them such: pages of 4 kB are so many that the
// processor cannot remember where they all lie.
constexpr std::size_t cache_line = 64, huge_page = std::size_t{1} << 21;

std::align_val_t alignment_of(std::size_t bytes) {
  return std::align_val_t{bytes < huge_page ? cache_line : huge_page};
}

// Four sizes to an octave (1, 1.25, 1.5, 1.75 times a power of two), so that at most a fifth of a buffer is unused.
constexpr std::size_t classes = 4 * 60;

std::size_t size_class_of(std::size_t bytes) {
  if (bytes <= 64) return 0;
  const std::size_t octave =
      static_cast<std::size_t>(std::bit_width(bytes - 1)) - 1;  // bytes in (2^octave, 2^(octave+1)]
  const std::size_t quarter = (bytes - 1 - (std::size_t{1} << octave)) >> (octave - 2);
  return 4 * (octave - 6) + quarter + 1;
}

std::size_t bytes_of(std::size_t size_class) {
  if (size_class == 0) return 64;
  const std::size_t octave = (size_class - 1) / 4 + 6;
  return (std::size_t{1} << octave) + ((size_class - 1) % 4 + 1) * (std::size_t{1} << (octave - 2));
}

}  // namespace

// Waiting blocks, a list for each size class.
struct Pool {
  // Held for a few instructions only, so waiting in a loop is cheaper than a mutex, which costs more than all the rest.
  class SpinLock {
   public:
    bool try_lock() { return !held_.test_and_set(std::memory_order_acquire); }
    void lock() {
      while (!try_lock()) std::this_thread::yield();
    }
    void unlock() { held_.clear(std::memory_order_release); }

   private:
    std::atomic_flag held_;
  };

  SpinLock guard;
  std::array<Storage::Block*, classes> waiting{};
  std::int64_t allocated = 0;  // bytes, in use or waiting

  // Both are called at every turn, so that what hardly ever happens is kept out of their code.
  Storage::Block* take(std::size_t size_class) {
    if (guard.try_lock()) return pop(size_class);
    return wait_and_take(size_class);
  }
  void give_back(Storage::Block* block) {
    if (guard.try_lock()) return push(block);
    wait_and_give_back(block);
  }

  [[gnu::noinline]] Storage::Block* wait_and_take(std::size_t size_class) {
    guard.lock();
    return pop(size_class);
  }
  [[gnu::noinline]] void wait_and_give_back(Storage::Block* block) {
    guard.lock();
    push(block);
  }

  // The lock is held, and let go.
  Storage::Block* pop(std::size_t size_class) {
    Storage::Block* block = waiting[size_class];
    if (block) waiting[size_class] = block->next;
    guard.unlock();
    if (!block) return make(size_class);
    block->owners.store(1, std::memory_order_relaxed);
    return block;
  }
  void push(Storage::Block* block) {
    if (GRADUS_POOLS_BUFFERS) {
      block->next = std::exchange(waiting[block->size_class], block);
    } else {
      give_up(block);
    }
    guard.unlock();
  }

  [[gnu::noinline]] Storage::Block* make(std::size_t size_class) {
    const std::size_t bytes = bytes_of(size_class);
    void* const memory = ::operator new(sizeof(Storage::Block) + bytes, alignment_of(bytes));
#ifdef MADV_HUGEPAGE
    if (bytes >= huge_page) madvise(memory, sizeof(Storage::Block) + bytes, MADV_HUGEPAGE);
#endif
    auto* block = new (memory) Storage::Block;
    block->size_class = static_cast<std::uint32_t>(size_class);
    block->bytes = static_cast<std::int64_t>(bytes);
    const std::lock_guard lock(guard);
    allocated += block->bytes;
    return block;
  }

  void give_up(Storage::Block* block) {
    allocated -= block->bytes;
    ::operator delete(block, alignment_of(static_cast<std::size_t>(block->bytes)));
  }

  // What is counted here need not be counted at every turn.
  std::int64_t bytes_waiting() const {
    std::int64_t bytes = 0;
    for (const Storage::Block* block : waiting) {
      for (; block; block = block->next) bytes += block->bytes;
    }
    return bytes;
  }

  void trim() {
    const std::lock_guard lock(guard);
    for (Storage::Block*& first : waiting) {
      while (first) give_up(std::exchange(first, first->next));
    }
  }
};

namespace {

// Made at compile time and never destroyed: tensors may outlive every object that is.
constinit Pool pool;
static_assert(std::is_trivially_destructible_v<Pool>);

}  // namespace

Storage::Storage(std::int64_t bytes) {
  if (bytes == 0) return;
  const auto size = static_cast<std::size_t>(bytes);  // a negative one is beyond all
  if (size > std::numeric_limits<std::int64_t>::max() / 4) throw std::bad_alloc();
  bytes_ = pool.take(size_class_of(size)) + 1;
}

void Storage::release(Block* block) { pool.give_back(block); }

std::int64_t Storage::bytes_in_use() {
  const std::lock_guard lock(pool.guard);
  return pool.allocated - pool.bytes_waiting();
}

std::int64_t Storage::bytes_pooled() {
  const std::lock_guard lock(pool.guard);
  return pool.bytes_waiting();
}

void Storage::trim() { pool.trim(); }

}  // namespace gradus_base
