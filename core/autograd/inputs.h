// Inputs: the operands of an operation, as one writes them, record("add", {a, b}, ...), or any number of them in a
// vector. A view: it lives as long as the call.
#pragma once

#include <gradus/core/autograd/variable.h>

#include <functional>
#include <initializer_list>
#include <span>
#include <vector>

namespace gradus {

class Inputs {
 public:
  Inputs(std::initializer_list<std::reference_wrapper<const Variable>> operands)
      : listed_(operands), size_(static_cast<int>(operands.size())) {}
  Inputs(std::span<const Variable> operands) : array_(operands.data()), size_(static_cast<int>(operands.size())) {}
  Inputs(const std::vector<Variable>& operands) : Inputs(std::span(operands)) {}

  int size() const { return size_; }
  const Variable& operator[](int i) const { return array_ ? array_[i] : listed_.begin()[i].get(); }

 private:
  std::initializer_list<std::reference_wrapper<const Variable>> listed_;
  const Variable* array_ = nullptr;
  int size_;
};

}  // namespace gradus
