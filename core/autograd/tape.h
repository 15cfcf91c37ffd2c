// Tape: the list of operations as they were computed, and backpropagation along it.
//
// An operation can only use what exists already, so the order of recording is a topological order: a backward is one
// loop from the end to the start, and every node's gradient is complete when the loop reaches it. A node holds, above
// all, the operation's name, its inputs and a backward function; the tape owns the nodes, the functions own the tensors
// they saved, and none of them holds a Variable: nothing can leak in a circle.
//
// Thread safety: a tape and its Variables belong to one thread at a time.
#pragma once

#include <gradus/core/autograd/arena.h>
#include <gradus/core/autograd/gradients.h>
#include <gradus/core/autograd/inputs.h>

#include <iosfwd>
#include <optional>
#include <string_view>

namespace gradus {

class Probe;
class Scope;

enum class Recording { on, off };

struct BackwardOptions {
  bool retain_graph = false;  // keep what the nodes saved, so that another backward can pass
};

class Tape {
 public:
  // With Recording::off operations only compute: for inference.
  explicit Tape(Recording recording = Recording::on);
  ~Tape();
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;

  Variable input(const Tensor& value);     // data: gets no gradient
  Variable variable(const Tensor& value);  // its gradient is wanted, see Variable::grad
  Variable parameter(const Parameter& parameter);
  // Integers that pick something, such as tokens: throws std::invalid_argument if shape.count() is not their number.
  Indices indices(std::span<const std::int32_t> values, const Shape& shape);
  Indices indices(std::span<const std::int32_t> values);  // [n]

  // Adds d loss / d p to the gradient of each parameter p, and computes those of each tape.variable(). `loss` has one
  // element.
  // Parameters change after the whole sweep: if it throws they are as before.
  // Throws std::invalid_argument if the loss is not on this tape, was recorded before the last clear(), needs no
  // gradient or has more than one element; if what it needs was released by an earlier backward; or if a parameter
  // was changed since the forward that used it.
  void backward(const Variable& loss, const BackwardOptions& options = {});
  // The same from any y, given dy = d loss / d y.
  void backward(const Variable& y, const Tensor& dy, const BackwardOptions& options = {});

  // Forgets everything recorded but keeps the memory. What was recorded before may no longer be used.
  void clear();

  struct Node {
    Node(std::string_view operation, std::string_view layer, const Shape& shape)
        : operation(operation), layer(layer), shape(shape) {}

    std::string_view operation, layer;     // "matmul", "0.linear": the path of the layer that recorded it
    std::span<const int> inputs;           // earlier nodes
    Shape shape;                           // of its value
    std::string_view parameter;            // its name, on the node that stands for one
    bool needs_grad = false;               // whether it depends on something that wants a gradient
    bool is_leaf = false;                  // a gradient ends here: a variable or a parameter
    BackwardFunction* backward = nullptr;  // null: none, or a backward has passed and released it
  };
  int size() const { return static_cast<int>(nodes_.size()); }
  // Good until something is recorded or the tape is cleared. Throws std::invalid_argument if there is no such node.
  const Node& node(int number) const;
  // Which node a Variable is. Throws std::invalid_argument if it is not on this tape.
  int node_of(const Variable& v) const;

  bool recording() const { return recording_; }
  std::span<Probe* const> probes() const { return probes_; }  // who is told of what happens here

 private:
  friend class Gradients;
  friend class Probe;
  friend class Variable;
  template <class Backward>
  friend Variable record(std::string_view, const Inputs&, const Tensor&, Backward&&);

  struct Leaf {  // a node that stands for a parameter
    int node;
    std::uint64_t version;
    std::shared_ptr<Parameter::State> parameter;
  };

  static Tape* of(std::string_view operation, const Inputs& inputs);  // the tape they share; null if all are constants
  static Variable made(Tape* tape, const Tensor& value, int node);
  int append(std::string_view operation, const Tensor& value);
  int append_operation(std::string_view operation, const Inputs& inputs, const Tensor& y);
  int append_operand(const Variable& operand);
  int append_leaf(const std::shared_ptr<Parameter::State>& parameter);
  std::string_view current_layer();
  [[gnu::noinline]] void write_layer(const Scope& scope);
  void release(Node& node);

  void check(std::string_view operation, const Variable& v) const;
  void check_parameters() const;
  void sweep(int last, const Tensor& dy, bool retain_graph);
  void commit();
  static std::size_t index(int node) { return static_cast<std::size_t>(node); }

  bool recording_, in_backward_ = false;
  Life* life_;
  std::vector<Node> nodes_;
  std::vector<Leaf> leaves_;
  std::vector<std::optional<Tensor>> gradients_;  // of each node during a backward; of variables also after it
  std::vector<Probe*> probes_;
  Arena arena_;              // of the backward functions, the lists of inputs and the names of layers
  std::string_view layer_;   // of the scope that recorded last
  std::uint64_t scope_ = 0;  // its serial number
};

// Puts an operation on the tape of its operands and returns its result. `backward` is called as
// backward(dy, d) with a Tensor& and a Gradients& (one that only reads dy takes a const Tensor&), and must capture
// tensors, never Variables. `operation` is a string literal.
//
// The output comes by reference because the closure often captures it as well: moved in, it could arrive empty.
template <class Backward>
Variable record(std::string_view operation, const Inputs& inputs, const Tensor& y, Backward&& backward) {
  Tape* tape = Tape::of(operation, inputs);
  const int node = tape ? tape->append_operation(operation, inputs, y) : -1;
  if (node >= 0 && tape->nodes_[Tape::index(node)].needs_grad) {
    tape->nodes_[Tape::index(node)].backward =
        tape->arena_.make<BackwardClosure<std::remove_cvref_t<Backward>>>(std::forward<Backward>(backward));
  }
  return Tape::made(tape, y, node);
}

// A table a learner can read: number, operation, inputs, shape, layer.
std::ostream& operator<<(std::ostream& out, const Tape& tape);

}  // namespace gradus
