// Backpropagation: one loop along the tape, from the end to the start.
#include <gradus/core/autograd/probe.h>
#include <gradus/core/error.h>
#include <gradus/core/tensor/arithmetic.h>

namespace gradus {

// y = f(x) and dy known: f's backward adds dy * df/dx to dx. Walking back from the end, all users of a node come
// before it, so its gradient is complete when its turn comes.
void Tape::sweep(int last, const Tensor& dy, bool retain_graph) {
  for (Probe* probe : probes_) probe->backward_begins();
  gradients_.resize(nodes_.size());
  accumulate(gradients_[index(last)], Tensor(dy));
  for (int number = last; number >= 0; --number) {
    Node& node = nodes_[index(number)];
    std::optional<Tensor>& gradient = gradients_[index(number)];
    if (!gradient) continue;
    for (Probe* probe : probes_) probe->arrived(number, *gradient);
    if (node.is_leaf) continue;  // it ends here
    if (!node.backward) {
      fail("backward", node.operation,
           " was passed by an earlier backward, which released what it needs: give that one {.retain_graph = true}");
    }
    Gradients d(*this, number, node.inputs, *gradient);
    if (probes_.empty()) {
      (*node.backward)(*gradient, d);
    } else {
      Tensor shared = *gradient;  // so that what a probe sees of it is not written over
      (*node.backward)(shared, d);
    }
    gradient.reset();
    for (Probe* probe : probes_) probe->passed(number);
    if (!retain_graph) release(node);
  }
}

void Gradients::add(int input, Tensor dx) {
  const int number = target(input);
  const Tape::Node& to = tape_.nodes_[Tape::index(number)];
  if (!to.needs_grad) return;
  for (Probe* probe : tape_.probes_) probe->contributed(node_, input, dy_, dx);
  if (dx.shape() != to.shape) {
    const Tape::Node& from = tape_.nodes_[Tape::index(node_)];
    fail("backward", from.operation, from.layer.empty() ? "" : " in ", from.layer, ": input ", input, " has shape ",
         to.shape, ", its gradient ", dx.shape());
  }
  accumulate(tape_.gradients_[Tape::index(number)], std::move(dx));
}

bool Gradients::needs(int input) const { return tape_.nodes_[Tape::index(target(input))].needs_grad; }

void Gradients::refuse(int input) const {
  const std::size_t count = inputs_.size();
  fail("backward", tape_.nodes_[Tape::index(node_)].operation, " has ", count, count == 1 ? " input" : " inputs",
       ", a gradient came for input ", input);
}

// ---- around the sweep

void Tape::backward(const Variable& loss, const BackwardOptions& options) {
  if (loss.value().count() != 1) {
    fail("backward", "needs a loss with one element, got shape ", loss.shape(),
         ": reduce it with sum or mean, or give its gradient");
  }
  backward(loss, Tensor::full(loss.shape(), 1), options);
}

void Tape::backward(const Variable& y, const Tensor& dy, const BackwardOptions& options) {
  if (in_backward_) fail("backward", "this tape is in the middle of one already");
  check("backward", y);
  if (dy.shape() != y.shape()) fail("backward", "y has shape ", y.shape(), ", its gradient ", dy.shape());
  if (!y.needs_grad()) fail("backward", "nothing that this depends on needs a gradient");
  in_backward_ = true;
  try {
    sweep(y.node_, dy, options.retain_graph);
    check_parameters();
  } catch (...) {
    in_backward_ = false;
    gradients_.clear();
    throw;
  }
  in_backward_ = false;
  commit();
}

// Only now, after the whole sweep, parameters get their gradients.
void Tape::commit() {
  for (const Leaf& leaf : leaves_) {
    std::optional<Tensor>& gradient = gradients_[index(leaf.node)];
    if (gradient && !leaf.parameter->frozen) accumulate(leaf.parameter->grad, std::move(*gradient));
    gradient.reset();
  }
}

void Tape::check_parameters() const {
  for (const Leaf& leaf : leaves_) {
    if (gradients_[index(leaf.node)] && leaf.version != leaf.parameter->version) {
      const std::string_view layer = nodes_[index(leaf.node)].layer;
      fail("backward", "parameter ", leaf.parameter->name, ' ', leaf.parameter->value.shape(),
           layer.empty() ? "" : " in ", layer,
           " was changed since the forward that used it: clear the tape after each step, before the next forward");
    }
  }
}

}  // namespace gradus
