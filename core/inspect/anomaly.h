// AnomalyDetector: finds where a NaN or an infinity first appears, with Recording::off too.
//
// The first operation whose value, or whose backward's result, is not finite throws AnomalyError with its name, layer,
// shapes and the range of what went in.
#pragma once

#include <gradus/core/autograd/probe.h>

#include <stdexcept>

namespace gradus {

class AnomalyError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class AnomalyDetector : public Probe {
 public:
  using Probe::Probe;

 private:
  void computed(std::string_view operation, const Inputs& inputs, const Tensor& y) override;
  void contributed(int node, int input, const Tensor& dy, Tensor& dx) override;
};

}  // namespace gradus
