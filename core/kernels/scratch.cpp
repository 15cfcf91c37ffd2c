#include <gradus/core/kernels/scratch.h>

#include <cstddef>
#include <memory>
#include <new>

namespace gradus::kernels {
namespace {

constexpr std::align_val_t kAlign{64};

struct Free {
  void operator()(Scalar* p) const { ::operator delete(p, kAlign); }
};

struct Block {
  std::unique_ptr<Scalar, Free> start;
  std::int64_t size = 0;

  Scalar* room(std::int64_t count) {
    if (count > size) {
      size = 0;
      start.reset();
      start.reset(static_cast<Scalar*>(::operator new(static_cast<std::size_t>(count) * sizeof(Scalar), kAlign)));
      size = count;
    }
    return start.get();
  }
};

thread_local Block own, shared;

}  // namespace

Scalar* scratch(std::int64_t count) { return own.room(count); }
Scalar* shared_scratch(std::int64_t count) { return shared.room(count); }

}  // namespace gradus::kernels
