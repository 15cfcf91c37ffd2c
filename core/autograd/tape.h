// Tape: the list of operations as they were computed, and backpropagation along it.
//
// An operation can only use what exists already, so the order of recording is a topological order: a backward is one
// loop from the end to the start, and every node's gradient is complete when the loop reaches it. A node holds the
// operation's name, its inputs and a backward function; the tape owns the nodes, the nodes own the tensors they saved.
// Nothing points the other way, so nothing leaks.
//
// Thread safety: a tape and its Variables belong to one thread at a time.
#pragma once

#include <gradus/core/autograd/arena.h>
#include <gradus/core/autograd/variable.h>

#include <functional>
#include <initializer_list>
#include <iosfwd>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

namespace gradus {

class Gradients;

// The operands of an operation, as written: record("add", {a, b}, ...).
using Inputs = std::initializer_list<std::reference_wrapper<const Variable>>;

enum class Recording { on, off };
// Whether a backward keeps what the nodes saved, so that another backward can pass; by default it lets go of it.
enum class Graph { released, kept };

// Found by Tape::detect_anomaly.
class AnomalyError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
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

  // Adds d loss / d p to the gradient of each parameter p, and brings those of tape.variable(). `loss` has one element.
  // Parameters change after the whole sweep: if it throws they are as before.
  // Throws std::invalid_argument if the loss is not on this tape, was recorded before the last clear(), needs no
  // gradient or has more than one element; if what it needs was released by an earlier backward; or if a parameter
  // was changed since the forward that used it.
  void backward(const Variable& loss, Graph graph = Graph::released);
  // The same from any y, given dy = d loss / d y.
  void backward(const Variable& y, const Tensor& dy, Graph graph = Graph::released);

  // Forgets everything recorded but keeps the memory. What was recorded before may no longer be used.
  void clear();

  // For looking at: keep the gradient of every node after a backward and what each of its users contributed to it, the
  // value of every node as it is recorded, and when each was recorded and how long its backward took.
  void keep_gradients(bool keep) { keep_gradients_ = keep; }
  void keep_values(bool keep) { keep_values_ = keep; }
  void keep_times(bool keep) { keep_times_ = keep; }
  // For finding where a NaN or an infinity begins: the first operation whose value, or whose backward's result, is not
  // finite throws AnomalyError with its name, layer, shapes and the range of what went in. Without recording as well.
  void detect_anomaly(bool detect) { detect_anomaly_ = detect; }
  bool recording() const { return recording_; }

  int size() const { return static_cast<int>(nodes_.size()); }
  // One line of the tape, valid until it is cleared.
  struct Line {
    std::string_view operation, layer;  // "matmul", "0.linear"
    std::span<const int> inputs;        // earlier lines
    const Shape& shape;
    bool needs_grad;
    std::string_view parameter;  // its name, on the line that stands for one
    const Tensor *value, *grad;  // null if not kept
    // What the last backward gave to each input, kept with the gradients; empty if not kept.
    std::span<const std::optional<Tensor>> contributions;
    double recorded_at, backward;  // seconds; 0 if not kept
  };
  Line line(int node) const;
  // Which line a Variable is. Throws std::invalid_argument if it is not on this tape.
  int line_of(const Variable& v) const;

  const Tensor& grad(const Variable& v) const;

 private:
  friend class Gradients;
  friend class Variable;
  template <class Backward>
  friend Variable record(const char*, Inputs, const Tensor&, Backward);

  // A node's backward function with what it captured, which lives in the arena.
  using Run = void (*)(void* closure, const Tensor& dy, Gradients& d);
  using Destroy = void (*)(void* closure);
  struct Node {
    const char* operation = nullptr;
    int first_input = 0, input_count = 0;  // in inputs_
    int layer = -1;                        // in layers_; -1 for none
    bool needs_grad = false, is_leaf = false, has_grad = false, released = false;
    void* closure = nullptr;
    Run run = nullptr;
    Destroy destroy = nullptr;
    Shape shape;
  };
  struct Times {
    double recorded_at = 0, backward = 0;
  };
  struct Leaf {  // a node that stands for a parameter
    int node;
    std::uint64_t version;
    std::shared_ptr<Parameter::State> parameter;
  };

  static Variable constant(const Tensor& value) { return Variable(value, nullptr, -1); }
  static Tape* of(const char* operation, Inputs inputs);  // the tape the operands share; null if they are constants
  void check(const char* operation, const Variable& v) const;
  int append(const char* operation, const Tensor& value);
  int append_operation(const char* operation, Inputs inputs, const Tensor& y);
  int node_of(const Variable& operand);
  int leaf(const std::shared_ptr<Parameter::State>& parameter);
  int current_layer();
  void check_parameters() const;
  void sweep(int last, const Tensor& dy, Graph graph);
  void step_back(int node, Graph graph);
  static double now();
  static std::size_t index(int node) { return static_cast<std::size_t>(node); }
  static void check_value(const char* operation, Inputs inputs, const Tensor& y);
  void check_gradient(int node, int input, const Tensor& dy, const Tensor& dx) const;
  void commit();
  void release(Node& node);
  Variable made(const Tensor& value, int node) { return Variable(value, life_, node); }

  std::vector<Node> nodes_;
  std::vector<int> inputs_;
  std::vector<Leaf> leaves_;
  std::vector<std::string_view> layers_;
  std::vector<Tensor> gradients_;
  std::vector<std::optional<Tensor>> contributions_;  // one for each of inputs_
  std::vector<std::optional<Tensor>> values_;
  std::vector<Times> times_;
  Arena arena_;
  std::uint64_t last_scope_ = 0;
  std::string path_;  // kept for its memory
  bool recording_, in_backward_ = false, keep_gradients_ = false, keep_values_ = false, keep_times_ = false,
                   detect_anomaly_ = false;
  Life* life_;
};

// What a backward function writes its results into.
class Gradients {
 public:
  // Whether input i wants a gradient: if not, it need not be computed.
  bool needs(int input) const;
  // Adds to the gradient of input i. Throws std::invalid_argument if the shape is not the input's.
  void add(int input, Tensor dx);

 private:
  friend class Tape;
  Gradients(Tape& tape, int node, const Tensor& dy) : tape_(tape), node_(node), dy_(dy) {}
  int target(int input) const;
  void accept(int node, Tensor dx);

  Tape& tape_;
  int node_;
  const Tensor& dy_;
};

// Puts an operation on the tape of its operands and returns its result. `backward` is called as
// backward(const Tensor& dy, Gradients& d) and must capture tensors, never Variables. `operation` is a string literal.
//
// The output comes by reference because the closure often captures it as well: moved in, it could arrive empty.
template <class Backward>
Variable record(const char* operation, Inputs inputs, const Tensor& y, Backward backward) {
  static_assert(alignof(Backward) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__, "the arena aligns no further");
  Tape* tape = Tape::of(operation, inputs);
  if (!tape) return Tape::constant(y);
  if (tape->detect_anomaly_) Tape::check_value(operation, inputs, y);
  if (!tape->recording_) return tape->made(y, -1);
  const int node = tape->append_operation(operation, inputs, y);
  Tape::Node& entry = tape->nodes_[static_cast<std::size_t>(node)];
  if (entry.needs_grad) {
    entry.closure = new (tape->arena_.allocate(sizeof(Backward), alignof(Backward))) Backward(std::move(backward));
    entry.run = [](void* closure, const Tensor& dy, Gradients& d) { (*static_cast<Backward*>(closure))(dy, d); };
    entry.destroy = [](void* closure) { static_cast<Backward*>(closure)->~Backward(); };
  }
  return tape->made(y, node);
}

// A table a learner can read: number, operation, inputs, shape, layer.
std::ostream& operator<<(std::ostream& out, const Tape& tape);

}  // namespace gradus
