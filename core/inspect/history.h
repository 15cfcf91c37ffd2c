// History: keeps what a tape computed, and what came back through it in the last backward.
//
//   Tape tape;
//   History history(tape);            // before what is to be kept is recorded
//   const Variable y = f(tape.variable(x));
//   tape.backward(y);
//   history.grad(tape.node_of(y))
#pragma once

#include <gradus/core/autograd/probe.h>

namespace gradus {

class History : public Probe {
 public:
  using Probe::Probe;

  // Of a node: its value, and the gradient that arrived there in the last backward. Null where nothing was kept.
  const Tensor* value(int node) const { return find(values_, node); }
  const Tensor* grad(int node) const { return find(gradients_, node); }
  // What the node's backward gave to each of its inputs; empty where nothing was kept.
  std::span<const std::optional<Tensor>> contributions(int node) const;

  // The one that follows a tape, or null.
  static const History* of(const Tape& tape);

 private:
  using Kept = std::vector<std::optional<Tensor>>;
  static const Tensor* find(const Kept& kept, int node);
  static std::optional<Tensor>& at(Kept& kept, int node);

  void recorded(int node, const Tensor& value) override { at(values_, node) = value; }
  void backward_begins() override;
  void arrived(int node, const Tensor& dy) override { at(gradients_, node) = dy; }
  void contributed(int node, int input, const Tensor& dy, Tensor& dx) override;
  void cleared() override;

  Kept values_, gradients_;
  std::vector<Kept> contributions_;
};

}  // namespace gradus
