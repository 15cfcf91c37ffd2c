// Observer: is told of every module that is computed on this thread while it lives. For summaries and statistics.
#pragma once

#include <gradus/layers/module.h>

#include <functional>

namespace gradus {

class Observer {
 public:
  // Called after a module's forward with what it took (without Indices) and gave, children before their parents.
  using Call = std::function<void(const Module& module, const Inputs& inputs, const Variable& y)>;
  explicit Observer(Call call);
  ~Observer();
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

 private:
  friend class Module;
  static thread_local Observer* innermost;

  Call call_;
  Observer* outer_;
};

}  // namespace gradus
