// Arena: memory that is taken piece by piece and given back all at once.
//
// A tape's backward functions and names live in one. reset() keeps the memory, so that from the second step on a
// training loop takes nothing from the system.
#pragma once

#include <gradus/core/base.h>

#include <cstddef>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace gradus_base {

class Arena {
 public:
  // `alignment` must be a power of two, at most that of operator new.
  void* allocate(std::size_t bytes, std::size_t alignment) {
    position_ = (position_ + alignment - 1) & ~(alignment - 1);
    if (current_ == chunks_.size() || position_ + bytes > chunks_[current_].size) next_chunk(bytes);
    void* memory = chunks_[current_].memory.get() + position_;
    position_ += bytes;
    return memory;
  }

  // An object, whose destructor is for its owner to call before reset().
  template <class T, class... Arguments>
  T* make(Arguments&&... arguments) {
    static_assert(alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__, "the arena aligns no further");
    return new (allocate(sizeof(T), alignof(T))) T(std::forward<Arguments>(arguments)...);
  }

  void reset() { current_ = position_ = 0; }

 private:
  struct Chunk {
    std::unique_ptr<std::byte[]> memory;
    std::size_t size = 0;
  };
  static constexpr std::size_t chunk_size = 1 << 16;

  void next_chunk(std::size_t bytes) {
    if (current_ < chunks_.size()) ++current_;
    while (current_ < chunks_.size() && chunks_[current_].size < bytes) ++current_;
    if (current_ == chunks_.size()) {
      const std::size_t size = bytes > chunk_size ? bytes : chunk_size;
      chunks_.push_back({std::make_unique_for_overwrite<std::byte[]>(size), size});
    }
    position_ = 0;
  }

  std::vector<Chunk> chunks_;
  std::size_t current_ = 0, position_ = 0;
};

}  // namespace gradus_base
