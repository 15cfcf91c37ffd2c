// Recording: what a forward appends to the tape.
#include <gradus/core/autograd/probe.h>
#include <gradus/core/autograd/scope.h>
#include <gradus/core/error.h>

#include <algorithm>

namespace gradus {

Tape::Tape(Recording recording) : recording_(recording == Recording::on), life_(Life::begin(this)) {}

Tape::~Tape() {
  for (Node& node : nodes_) release(node);
  for (Probe* probe : probes_) probe->tape_ = nullptr;
  Life::end(life_);
}

void Tape::clear() {
  if (in_backward_) fail("clear", "the tape is in the middle of a backward");
  for (Node& node : nodes_) release(node);
  nodes_.clear();
  leaves_.clear();
  gradients_.clear();
  arena_.reset();
  scope_ = 0;
  ++life_->generation;
  for (Probe* probe : probes_) probe->cleared();
}

void Tape::release(Node& node) {
  if (node.backward) std::exchange(node.backward, nullptr)->~BackwardFunction();
}

Variable Tape::made(Tape* tape, const Tensor& value, int node) {
  return Variable(value, tape ? tape->life_ : nullptr, node);
}

Variable Tape::input(const Tensor& value) { return made(this, value, recording_ ? append("input", value) : -1); }

Variable Tape::variable(const Tensor& value) {
  if (!recording_) return made(this, value, -1);
  const int node = append("variable", value);
  nodes_.back().is_leaf = nodes_.back().needs_grad = true;
  return made(this, value, node);
}

Variable Tape::parameter(const Parameter& parameter) {
  return made(this, parameter.value(), recording_ ? append_leaf(parameter.state_) : -1);
}

Indices Tape::indices(std::span<const std::int32_t> values, const Shape& shape) {
  return Indices(values, shape, life_);
}

Indices Tape::indices(std::span<const std::int32_t> values) {
  return indices(values, {static_cast<std::int64_t>(values.size())});
}

Tape* Tape::of(std::string_view operation, const Inputs& inputs) {
  Tape* tape = nullptr;
  bool has_parameter = false;
  for (int i = 0; i < inputs.size(); ++i) {
    const Variable& v = inputs[i];
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

int Tape::append(std::string_view operation, const Tensor& value) {
  if (in_backward_) fail(operation, "cannot be recorded in the middle of a backward");
  const int number = size();
  nodes_.emplace_back(operation, current_layer(), value.shape());
  for (Probe* probe : probes_) probe->recorded(number, value);
  return number;
}

int Tape::append_operation(std::string_view operation, const Inputs& inputs, const Tensor& y) {
  for (Probe* probe : probes_) probe->computed(operation, inputs, y);
  if (!recording_) return -1;
  // Constants and parameters are nodes of their own, before this one.
  const auto count = static_cast<std::size_t>(inputs.size());
  int* numbers = static_cast<int*>(arena_.allocate(count * sizeof(int), alignof(int)));
  bool needs_grad = false;
  for (std::size_t i = 0; i < count; ++i) {
    numbers[i] = append_operand(inputs[static_cast<int>(i)]);
    needs_grad |= nodes_[index(numbers[i])].needs_grad;
  }
  const int number = append(operation, y);
  nodes_.back().inputs = {numbers, count};
  nodes_.back().needs_grad = needs_grad;
  return number;
}

int Tape::append_operand(const Variable& operand) {
  if (operand.node_ >= 0) return operand.node_;
  if (operand.parameter_) return append_leaf(operand.parameter_);
  return append("constant", operand.value());
}

// A parameter has one node on the tape, however often it is used.
int Tape::append_leaf(const std::shared_ptr<Parameter::State>& parameter) {
  Parameter::State& p = *parameter;
  if (p.life == life_ && p.generation == life_->generation) return p.node;
  p.node = append("parameter", p.value);
  p.life = life_;
  p.generation = life_->generation;
  Node& node = nodes_.back();
  node.parameter = p.name;
  node.is_leaf = true;
  node.needs_grad = !p.frozen;
  leaves_.push_back({p.node, p.version, parameter});
  return p.node;
}

// The path of a layer is written down once for all that it records.
std::string_view Tape::current_layer() {
  const Scope* scope = Scope::current();
  if (scope && scope->serial() != scope_) write_layer(*scope);
  return scope ? layer_ : std::string_view{};
}

void Tape::write_layer(const Scope& scope) {
  scope_ = scope.serial();
  const std::size_t size = scope.path_size();
  char* letters = static_cast<char*>(arena_.allocate(size, 1));
  scope.write_path(letters + size);
  layer_ = {letters, size};
}

// ---- what is asked of it

void Tape::check(std::string_view operation, const Variable& v) const {
  if (!v.life_) fail(operation, "this Variable is on no tape");
  if (v.life_->generation != v.generation_) {
    fail(operation, "this Variable was recorded on a tape that has since been cleared or destroyed");
  }
  if (v.life_->tape != this) fail(operation, "this Variable is on another tape");
  if (v.node_ < 0) fail(operation, "this tape records nothing (Recording::off)");
}

const Tape::Node& Tape::node(int number) const {
  if (number < 0 || number >= size()) fail("node", "the tape has ", size(), " nodes, there is no node ", number);
  return nodes_[index(number)];
}

int Tape::node_of(const Variable& v) const {
  check("node_of", v);
  return v.node_;
}

bool Variable::needs_grad() const {
  if (parameter_) return !parameter_->frozen;
  return tape() && node_ >= 0 && tape()->nodes_[Tape::index(node_)].needs_grad;
}

bool Variable::has_grad() const {
  if (!tape() || node_ < 0 || Tape::index(node_) >= tape()->gradients_.size()) return false;
  return tape()->gradients_[Tape::index(node_)].has_value();
}

const Tensor& Variable::grad() const {
  if (!life_) fail("grad", "this Variable is on no tape");
  if (!tape()) fail("grad", "this Variable was recorded on a tape that has since been cleared or destroyed");
  if (has_grad()) return *tape()->gradients_[Tape::index(node_)];
  tape()->check("grad", *this);
  const Tape::Node& node = tape()->nodes_[Tape::index(node_)];
  fail("grad", "no gradient here: ",
       !node.parameter.empty()            ? "a parameter's is in the parameter itself"
       : node.is_leaf || !node.needs_grad ? "no backward has reached it"
                                          : "a tape does not keep those of results, a History of it does");
}

Probe::Probe(Tape& tape) : tape_(&tape) { tape.probes_.push_back(this); }

Probe::~Probe() {
  if (tape_) std::erase(tape_->probes_, this);
}

}  // namespace gradus
