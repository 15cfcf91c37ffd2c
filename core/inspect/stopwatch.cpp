#include <gradus/core/inspect/stopwatch.h>

#include <chrono>

namespace gradus {
namespace {

double& at(std::vector<double>& times, int node) {
  const auto i = static_cast<std::size_t>(node);
  if (times.size() <= i) times.resize(i + 1);
  return times[i];
}

}  // namespace

double Stopwatch::now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double Stopwatch::backward(int node) const {
  const auto i = static_cast<std::size_t>(node);
  return i < backward_.size() ? backward_[i] : 0;
}

void Stopwatch::recorded(int node, const Tensor&) { at(recorded_at_, node) = now(); }
void Stopwatch::arrived(int, const Tensor&) { began_ = now(); }
void Stopwatch::passed(int node) { at(backward_, node) = now() - began_; }

void Stopwatch::cleared() {
  recorded_at_.clear();
  backward_.clear();
}

}  // namespace gradus
