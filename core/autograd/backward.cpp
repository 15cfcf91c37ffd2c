// Backpropagation: one loop along the tape, from the end to the start.
#include <gradus/core/autograd/tape.h>
#include <gradus/core/error.h>
#include <gradus/core/tensor/arithmetic.h>

namespace gradus {
namespace {

// Sets a flag for as long as it lives.
struct During {
  explicit During(bool& flag) : flag_(flag) { flag_ = true; }
  ~During() { flag_ = false; }
  bool& flag_;
};

}  // namespace

void Tape::backward(const Variable& loss, Graph graph) {
  if (loss.value().count() != 1) {
    fail("backward", "needs a loss with one element, got shape ", loss.shape(),
         ": reduce it with sum or mean, or give its gradient");
  }
  backward(loss, Tensor::full(loss.shape(), 1), graph);
}

void Tape::backward(const Variable& y, const Tensor& dy, Graph graph) {
  if (in_backward_) fail("backward", "this tape is in the middle of one already");
  check("backward", y);
  if (dy.shape() != y.shape()) fail("backward", "y has shape ", y.shape(), ", its gradient ", dy.shape());
  if (!y.needs_grad()) fail("backward", "nothing that this depends on needs a gradient");
  try {
    const During during(in_backward_);
    sweep(y.node_, dy, graph);
    check_parameters();
  } catch (...) {
    for (Node& node : nodes_) node.has_grad = false;
    gradients_.clear();
    contributions_.clear();
    throw;
  }
  commit();
}

void Tape::check_parameters() const {
  for (const Leaf& leaf : leaves_) {
    if (nodes_[index(leaf.node)].has_grad && leaf.version != leaf.parameter->version) {
      const std::string_view layer = line(leaf.node).layer;
      fail("backward", "parameter ", leaf.parameter->name, ' ', leaf.parameter->value.shape(),
           layer.empty() ? "" : " in ", layer,
           " was changed since the forward that used it: clear the tape after each step, before the next forward");
    }
  }
}

// y = f(x) and dy known: f's backward adds dy * df/dx to dx. Walking back from the end, all users of a node come
// before it, so its gradient is complete when its turn comes.
void Tape::sweep(int last, const Tensor& dy, Graph graph) {
  gradients_.resize(nodes_.size());
  contributions_.clear();
  if (keep_gradients_) contributions_.resize(inputs_.size());
  // What an earlier backward left: gradients of tape.variable() add up, those kept for looking at do not.
  for (Node& node : nodes_) node.has_grad &= node.is_leaf;
  Gradients start(*this, last, dy);
  start.accept(last, dy);
  for (int node = last; node >= 0; --node) {
    if (nodes_[index(node)].has_grad && !nodes_[index(node)].is_leaf) step_back(node, graph);
  }
}

void Tape::step_back(int node, Graph graph) {
  Node& entry = nodes_[index(node)];
  if (entry.released) {
    fail("backward", entry.operation,
         " was passed by an earlier backward, which released what it needs: ", "give that one Graph::kept");
  }
  Tensor dy = keep_gradients_ ? gradients_[index(node)] : std::move(gradients_[index(node)]);
  entry.has_grad = keep_gradients_;
  Gradients d(*this, node, dy);
  const bool timed = index(node) < times_.size();
  const double start = timed ? now() : 0;
  entry.run(entry.closure, dy, d);
  if (timed) times_[index(node)].backward = now() - start;
  if (graph == Graph::released) {
    release(entry);
    entry.released = true;
  }
}

void Tape::commit() {
  for (const Leaf& leaf : leaves_) {
    Node& node = nodes_[index(leaf.node)];
    if (!node.has_grad) continue;
    node.has_grad = false;
    Tensor gradient = std::move(gradients_[index(leaf.node)]);
    if (!leaf.parameter->frozen) Parameter(leaf.parameter).add_grad(std::move(gradient));
  }
}

bool Gradients::needs(int input) const { return tape_.nodes_[Tape::index(target(input))].needs_grad; }

int Gradients::target(int input) const {
  const Tape::Node& node = tape_.nodes_[Tape::index(node_)];
  if (input < 0 || input >= node.input_count) {
    fail("backward", node.operation, " has ", node.input_count, node.input_count == 1 ? " input" : " inputs",
         ", a gradient came for input ", input);
  }
  return tape_.inputs_[Tape::index(node.first_input + input)];
}

void Gradients::add(int input, Tensor dx) {
  const int node = target(input);
  const Tape::Node& entry = tape_.nodes_[Tape::index(node)];
  if (!entry.needs_grad) return;
  if (dx.shape() != entry.shape) {
    const Tape::Line line = tape_.line(node_);
    fail("backward", line.operation, line.layer.empty() ? "" : " in ", line.layer, ": input ", input, " has shape ",
         entry.shape, ", its gradient ", dx.shape());
  }
  if (tape_.detect_anomaly_) tape_.check_gradient(node_, input, dy_, dx);
  if (tape_.keep_gradients_) {
    std::optional<Tensor>& kept =
        tape_.contributions_[Tape::index(tape_.nodes_[Tape::index(node_)].first_input + input)];
    kept = kept ? *kept + dx : dx;
  }
  accept(node, std::move(dx));
}

void Gradients::accept(int node, Tensor dx) {
  Tensor& gradient = tape_.gradients_[Tape::index(node)];
  bool& has_grad = tape_.nodes_[Tape::index(node)].has_grad;
  if (has_grad) {
    accumulate(gradient, dx);
  } else {
    gradient = std::move(dx);
    has_grad = true;
  }
}

}  // namespace gradus
