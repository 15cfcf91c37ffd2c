// Arena: memory that is taken piece by piece and given back all at once.
//
// A tape's backward functions and names live in one. reset() keeps the memory, so that from the second step on a
// training loop takes nothing from the system.
#pragma once

#include <gradus/core/base.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace gradus_base {

class Arena {
 public:
  // `alignment` must be a power of two, at most that of operator new.
  void* allocate(std::size_t bytes, std::size_t alignment) {
    std::size_t gap = -reinterpret_cast<std::uintptr_t>(next_) & (alignment - 1);
    if (gap + bytes > static_cast<std::size_t>(end_ - next_)) {
      next_chunk(bytes);
      gap = 0;
    }
    std::byte* memory = next_ + gap;
    next_ = memory + bytes;
    return memory;
  }

  // An object, whose destructor is for its owner to call before reset().
  template <class T, class... Arguments>
  T* make(Arguments&&... arguments) {
    static_assert(alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__, "the arena aligns no further");
    return new (allocate(sizeof(T), alignof(T))) T(std::forward<Arguments>(arguments)...);
  }

  void reset() {
    used_ = 0;
    next_ = end_ = nullptr;
  }

 private:
  struct Chunk {
    std::unique_ptr<std::byte[]> memory;
    std::size_t size = 0;
  };
  static constexpr std::size_t chunk_size = 1 << 16;

  [[gnu::noinline]] void next_chunk(std::size_t bytes) {
    while (used_ < chunks_.size() && chunks_[used_].size < bytes) ++used_;
    if (used_ == chunks_.size()) {
      const std::size_t size = bytes > chunk_size ? bytes : chunk_size;
      chunks_.push_back({std::make_unique_for_overwrite<std::byte[]>(size), size});
    }
    next_ = chunks_[used_].memory.get();
    end_ = next_ + chunks_[used_].size;
    ++used_;
  }

  std::vector<Chunk> chunks_;
  std::size_t used_ = 0;                        // chunks
  std::byte *next_ = nullptr, *end_ = nullptr;  // in the last of them
};

}  // namespace gradus_base
