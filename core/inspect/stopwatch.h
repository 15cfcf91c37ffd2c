// Stopwatch: when each node of a tape was recorded, and how long its backward function took the last time.
#pragma once

#include <gradus/core/autograd/probe.h>

namespace gradus {

class Stopwatch : public Probe {
 public:
  using Probe::Probe;

  double recorded_at(int node) const { return recorded_at_.at(static_cast<std::size_t>(node)); }  // seconds of a clock
  double backward(int node) const;  // seconds; 0 if none has run

  static double now();  // that clock

 private:
  void recorded(int node, const Tensor& value) override;
  void arrived(int node, const Tensor& dy) override;
  void passed(int node) override;
  void cleared() override;

  std::vector<double> recorded_at_, backward_;
  double began_ = 0;
};

}  // namespace gradus
