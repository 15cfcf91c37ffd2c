#include <gradus/core/inspect/history.h>
#include <gradus/core/tensor/arithmetic.h>

namespace gradus {

const Tensor* History::find(const Kept& kept, int node) {
  const auto i = static_cast<std::size_t>(node);
  return i < kept.size() && kept[i] ? &*kept[i] : nullptr;
}

std::optional<Tensor>& History::at(Kept& kept, int node) {
  const auto i = static_cast<std::size_t>(node);
  if (kept.size() <= i) kept.resize(i + 1);
  return kept[i];
}

std::span<const std::optional<Tensor>> History::contributions(int node) const {
  const auto i = static_cast<std::size_t>(node);
  return i < contributions_.size() ? std::span(contributions_[i]) : std::span<const std::optional<Tensor>>();
}

const History* History::of(const Tape& tape) {
  for (Probe* probe : tape.probes()) {
    if (const auto* history = dynamic_cast<const History*>(probe)) return history;
  }
  return nullptr;
}

void History::backward_begins() {
  gradients_.clear();
  contributions_.clear();
}

void History::contributed(int node, int input, const Tensor&, Tensor& dx) {
  const auto i = static_cast<std::size_t>(node);
  if (contributions_.size() <= i) contributions_.resize(i + 1);
  contributions_[i].resize(tape().node(node).inputs.size());
  std::optional<Tensor>& given = contributions_[i][static_cast<std::size_t>(input)];
  given = given ? *given + dx : dx;  // a backward may give to an input more than once
}

void History::cleared() {
  values_.clear();
  backward_begins();
}

}  // namespace gradus
