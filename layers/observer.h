// Observer: is told of every layer that is computed on this thread while it lives. For summaries and statistics.
#pragma once

#include <gradus/layers/layer.h>

#include <functional>

namespace gradus {

class Observer {
 public:
  // Called after a layer's forward, children before their parents.
  using Call = std::function<void(const Layer& layer, const Variable& x, const Variable& y)>;
  explicit Observer(Call call);
  ~Observer();
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

 private:
  friend class Layer;
  static thread_local Observer* innermost;

  Call call_;
  Observer* outer_;
};

}  // namespace gradus
