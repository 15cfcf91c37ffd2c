// MaxPool2d: the largest of each square window, x [n, channels, height, width] -> [n, channels, height', width'] with
// height' = (height - window) / stride + 1, rounded down.
#pragma once

#include <gradus/core/error.h>
#include <gradus/layers/layer.h>

namespace gradus {

class MaxPool2d : public Layer {
 public:
  // The window moves by its own size, unless a stride is given.
  explicit MaxPool2d(std::int64_t window, std::int64_t stride = 0)
      : window_(window), stride_(stride ? stride : window) {}

  std::int64_t window() const { return window_; }
  std::int64_t stride() const { return stride_; }
  std::string describe() const override {
    return text("MaxPool2d(", window_, stride_ == window_ ? "" : text(", stride = ", stride_), ')');
  }

 private:
  Variable forward(const Variable& x) override { return max_pool2d(x, window_, stride_); }

  std::int64_t window_, stride_;
};

}  // namespace gradus
