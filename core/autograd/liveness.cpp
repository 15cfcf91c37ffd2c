#include <gradus/core/autograd/liveness.h>

#include <mutex>

namespace gradus {
namespace {

// Never destroyed: Variables may outlive every static object.
struct Unused {
  std::mutex mutex;
  Life* first = nullptr;
};

Unused& unused() {
  static Unused& instance = *new Unused;
  return instance;
}

}  // namespace

Life* Life::begin(Tape* tape) {
  const std::lock_guard lock(unused().mutex);
  Life* life = unused().first;
  if (life) {
    unused().first = life->next;
  } else {
    life = new Life;
  }
  life->tape = tape;
  return life;
}

void Life::end(Life* life) {
  const std::lock_guard lock(unused().mutex);
  ++life->generation;
  life->tape = nullptr;
  life->next = unused().first;
  unused().first = life;
}

}  // namespace gradus
