#include <gradus/core/autograd/scope.h>
#include <gradus/core/autograd/tape.h>
#include <gradus/core/error.h>

#include <algorithm>
#include <chrono>

namespace gradus {
Tape::Tape(Recording recording) : recording_(recording == Recording::on), life_(Life::begin(this)) {}

Tape::~Tape() {
  for (Node& node : nodes_) release(node);
  Life::end(life_);
}

void Tape::clear() {
  if (in_backward_) fail("clear", "the tape is in the middle of a backward");
  for (Node& node : nodes_) release(node);
  nodes_.clear();
  inputs_.clear();
  leaves_.clear();
  layers_.clear();
  gradients_.clear();
  contributions_.clear();
  values_.clear();
  times_.clear();
  arena_.reset();
  last_scope_ = 0;
  ++life_->generation;
}

void Tape::release(Node& node) {
  if (node.closure) node.destroy(std::exchange(node.closure, nullptr));
}

// ---- recording

Variable Tape::input(const Tensor& value) { return made(value, recording_ ? append("input", value) : -1); }

Variable Tape::variable(const Tensor& value) {
  if (!recording_) return made(value, -1);
  const int node = append("variable", value);
  nodes_[index(node)].is_leaf = nodes_[index(node)].needs_grad = true;
  return made(value, node);
}

Variable Tape::parameter(const Parameter& parameter) {
  return made(parameter.value(), recording_ ? leaf(parameter.state_) : -1);
}

Tape* Tape::of(const char* operation, Inputs inputs) {
  Tape* tape = nullptr;
  bool has_parameter = false;
  for (const Variable& v : inputs) {
    has_parameter |= v.parameter_ != nullptr;
    if (!v.life_) continue;
    if (v.life_->generation != v.generation_) {
      fail(operation, "an operand of shape ", v.shape(),
           " was recorded on a tape that has since been cleared or destroyed");
    }
    if (tape && tape != v.life_->tape) fail(operation, "its operands are on different tapes");
    tape = v.life_->tape;
  }
  if (has_parameter && !tape && Scope::current()) tape = Scope::current()->tape();
  if (has_parameter && !tape) {
    fail(operation, "no operand is on a tape, so the parameter would get no gradient: use tape.parameter(p)");
  }
  return tape;
}

int Tape::append(const char* operation, const Tensor& value) {
  if (in_backward_) fail(operation, "cannot be recorded in the middle of a backward");
  const int node = size();
  Node& entry = nodes_.emplace_back();
  entry.operation = operation;
  entry.layer = current_layer();
  entry.shape = value.shape();
  if (keep_values_) {
    values_.resize(nodes_.size());
    values_.back() = value;
  }
  if (keep_times_) {
    times_.resize(nodes_.size());
    times_.back().recorded_at = now();
  }
  return node;
}

int Tape::append_operation(const char* operation, Inputs inputs, const Tensor& y) {
  // Constants and parameters are lines of their own, before this one.
  const std::size_t first = inputs_.size();
  for (const Variable& v : inputs) inputs_.push_back(node_of(v));
  const int node = append(operation, y);
  Node& entry = nodes_[index(node)];
  entry.first_input = static_cast<int>(first);
  entry.input_count = static_cast<int>(inputs.size());
  for (std::size_t i = first; i < inputs_.size(); ++i) entry.needs_grad |= nodes_[index(inputs_[i])].needs_grad;
  return node;
}

int Tape::node_of(const Variable& operand) {
  if (operand.node_ >= 0) return operand.node_;
  if (operand.parameter_) return leaf(operand.parameter_);
  return append("constant", operand.value());
}

int Tape::leaf(const std::shared_ptr<Parameter::State>& parameter) {
  Parameter::State& p = *parameter;
  if (p.life == life_ && p.generation == life_->generation) return p.node;
  const int node = append("parameter", p.value);
  nodes_[index(node)].is_leaf = true;
  nodes_[index(node)].needs_grad = !p.frozen;
  leaves_.push_back({node, p.version, parameter});
  p.life = life_;
  p.generation = life_->generation;
  p.node = node;
  return node;
}

int Tape::current_layer() {
  const Scope* scope = Scope::current();
  if (!scope) return -1;
  if (layers_.empty() || scope->serial() != last_scope_) {
    last_scope_ = scope->serial();
    path_.clear();
    scope->append_path(path_);
    char* letters = static_cast<char*>(arena_.allocate(path_.size(), 1));
    std::ranges::copy(path_, letters);
    layers_.emplace_back(letters, path_.size());
  }
  return static_cast<int>(layers_.size()) - 1;
}

// ---- looking at it

void Tape::check(const char* operation, const Variable& v) const {
  if (!v.life_) fail(operation, "this Variable is on no tape");
  if (v.life_->generation != v.generation_) {
    fail(operation, "this Variable was recorded on a tape that has since been cleared or destroyed");
  }
  if (v.life_->tape != this) fail(operation, "this Variable is on another tape");
  if (v.node_ < 0) fail(operation, "this tape records nothing (Recording::off)");
}

const Tensor& Tape::grad(const Variable& v) const {
  check("grad", v);
  const Node& node = nodes_[index(v.node_)];
  if (!node.has_grad) {
    fail("grad", "no gradient here: ",
         std::string_view(node.operation) == "parameter"
             ? "a parameter's is in the parameter itself"
             : "no backward has reached it, or the tape was not told to keep_gradients(true)");
  }
  return gradients_[index(v.node_)];
}

bool Variable::needs_grad() const {
  if (parameter_) return !parameter_->frozen;
  return tape() && node_ >= 0 && tape()->nodes_[Tape::index(node_)].needs_grad;
}

bool Variable::has_grad() const { return tape() && node_ >= 0 && tape()->nodes_[Tape::index(node_)].has_grad; }

const Tensor& Variable::grad() const {
  if (!life_) fail("grad", "this Variable is on no tape");
  if (!tape()) fail("grad", "this Variable was recorded on a tape that has since been cleared or destroyed");
  return tape()->grad(*this);
}

double Tape::now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

int Tape::line_of(const Variable& v) const {
  check("line_of", v);
  return v.node_;
}

Tape::Line Tape::line(int node) const {
  if (node < 0 || node >= size()) fail("line", "the tape has ", size(), " lines, there is no line ", node);
  const Node& n = nodes_[index(node)];
  const auto leaf = std::ranges::find(leaves_, node, &Leaf::node);
  return {
      .operation = n.operation,
      .layer = n.layer < 0 ? std::string_view() : layers_[index(n.layer)],
      .inputs = std::span(inputs_).subspan(index(n.first_input), index(n.input_count)),
      .shape = n.shape,
      .needs_grad = n.needs_grad,
      .parameter = leaf == leaves_.end() ? std::string_view() : std::string_view(leaf->parameter->name),
      .value = keep_values_ && index(node) < values_.size() && values_[index(node)] ? &*values_[index(node)] : nullptr,
      .grad = n.has_grad ? &gradients_[index(node)] : nullptr,
      .contributions = contributions_.size() < index(n.first_input + n.input_count)
                           ? std::span<const std::optional<Tensor>>()
                           : std::span(contributions_).subspan(index(n.first_input), index(n.input_count)),
      .recorded_at = index(node) < times_.size() ? times_[index(node)].recorded_at : 0,
      .backward = index(node) < times_.size() ? times_[index(node)].backward : 0};
}

}  // namespace gradus
