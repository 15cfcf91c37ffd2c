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
};

thread_local Block block;

}  // namespace

Scalar* scratch(std::int64_t count) {
  if (count > block.size) {
    block = {};
    block.start.reset(static_cast<Scalar*>(::operator new(static_cast<std::size_t>(count) * sizeof(Scalar), kAlign)));
    block.size = count;
  }
  return block.start.get();
}

}  // namespace gradus::kernels
