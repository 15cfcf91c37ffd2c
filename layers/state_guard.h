// StateGuard: remembers what a forward may change in a module besides what it returns, which are buffers, counters and
// random state, and puts it back whenever asked and when it ends, even by an exception. (For modes there is ModeGuard.)
#pragma once

#include <gradus/layers/module.h>

#include <utility>
#include <vector>

namespace gradus {

class StateGuard {
 public:
  explicit StateGuard(const Module& module);
  ~StateGuard() { restore(); }
  StateGuard(const StateGuard&) = delete;
  StateGuard& operator=(const StateGuard&) = delete;

  void restore() const;

 private:
  std::vector<std::pair<Tensor*, Tensor>> buffers_;
  std::vector<std::pair<std::int64_t*, std::int64_t>> counters_;
  std::vector<std::pair<Rng*, Rng>> generators_;
};

}  // namespace gradus
