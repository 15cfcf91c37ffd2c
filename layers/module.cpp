#include <gradus/core/autograd/scope.h>
#include <gradus/core/error.h>
#include <gradus/layers/module.h>
#include <gradus/layers/observer.h>

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <typeinfo>

namespace gradus {

Tape* Module::tape_of(const Inputs& inputs) {
  Tape* tape = nullptr;
  for (int i = 0; i < inputs.size() && !tape; ++i) tape = inputs[i].tape();
  return tape;
}

void Module::tell_observers(const Inputs& inputs, const Variable& y) const {
  for (const Observer* o = Observer::innermost; o; o = o->outer_) o->call_(*this, inputs, y);
}

const std::string& Module::kind() const {
  if (kind_.empty()) {
    int status = 0;
    char* demangled = abi::__cxa_demangle(typeid(*this).name(), nullptr, nullptr, &status);
    kind_ = demangled ? demangled : "Module";
    std::free(demangled);
    // Without its namespaces, but with template arguments, which may have their own.
    std::size_t begin = kind_.size();
    for (int depth = 0; begin > 0 && (depth > 0 || kind_[begin - 1] != ':'); --begin) {
      depth += (kind_[begin - 1] == '>') - (kind_[begin - 1] == '<');
    }
    kind_.erase(0, begin);
  }
  return kind_;
}

// ---- registration

void Module::check_name(const std::string& name) const {
  if (name.empty() || name.find('.') != std::string::npos) {
    fail("register", kind(), " cannot call a part \"", name, "\": a name is not empty and has no dot");
  }
  const auto taken = [&](const auto& entry) { return entry.name == name; };
  if (std::ranges::any_of(parameters_, taken) || std::ranges::any_of(buffers_, taken) ||
      std::ranges::any_of(counters_, taken) || std::ranges::any_of(generators_, taken) ||
      std::ranges::any_of(children_, [&](const auto& child) { return child->name_ == name; })) {
    fail("register", kind(), " has a part called \"", name, "\" already");
  }
}

template <class T>
T& Module::add(std::vector<Entry<T>>& entries, const std::string& name, T value) {
  check_name(name);
  entries.push_back({name, std::make_unique<T>(std::move(value))});
  return *entries.back().value;
}

Parameter& Module::register_parameter(const std::string& name, Tensor value) {
  return add(parameters_, name, Parameter(name, std::move(value)));
}
Parameter& Module::register_parameter(const std::string& name, const Parameter& shared) {
  return add(parameters_, name, shared.share());
}
Tensor& Module::register_buffer(const std::string& name, Tensor value) { return add(buffers_, name, std::move(value)); }
std::int64_t& Module::register_counter(const std::string& name, std::int64_t value) {
  return add(counters_, name, value);
}
Rng& Module::register_generator(const std::string& name, Rng rng) { return add(generators_, name, rng); }

Module& Module::register_module(const std::string& name, std::unique_ptr<Module> module) {
  check_name(name);
  if (!module) fail("register", kind(), " got no module to call \"", name, "\"");
  module->name_ = name;
  children_.push_back(std::move(module));
  return *children_.back();
}

// ---- traversal

template <class Visitor>
void Module::visit(const std::string& prefix, const Visitor& visitor) const {
  visitor(prefix, *this);
  for (const auto& child : children_) child->visit(prefix + child->name_ + ".", visitor);
}

void Module::train(bool on) {
  training_ = on;
  for (const auto& child : children_) child->train(on);
}

std::vector<Named<Parameter>> Module::named_parameters() const {
  std::vector<Named<Parameter>> found;
  visit("", [&](const std::string& prefix, const Module& module) {
    for (const auto& [name, parameter] : module.parameters_) {
      const auto same = [&p = *parameter](const Named<Parameter>& other) { return other.value->same_as(p); };
      if (std::ranges::none_of(found, same)) found.push_back({prefix + name, parameter.get()});
    }
  });
  return found;
}

std::vector<Parameter*> Module::parameters() const {
  std::vector<Parameter*> found;
  for (const auto& [name, parameter] : named_parameters()) found.push_back(parameter);
  return found;
}

template <class T>
std::vector<Named<T>> Module::all(std::vector<Entry<T>> Module::*entries) const {
  std::vector<Named<T>> found;
  visit("", [&](const std::string& prefix, const Module& module) {
    for (const auto& entry : module.*entries) found.push_back({prefix + entry.name, entry.value.get()});
  });
  return found;
}

std::vector<Named<Tensor>> Module::buffers() const { return all(&Module::buffers_); }
std::vector<Named<std::int64_t>> Module::counters() const { return all(&Module::counters_); }
std::vector<Named<Rng>> Module::generators() const { return all(&Module::generators_); }

void Module::zero_grad() {
  for (Parameter* parameter : parameters()) parameter->zero_grad();
}

// ---- state

StateDict Module::state_dict() const {
  StateDict state;
  visit("", [&](const std::string& prefix, const Module& module) {
    for (const auto& entry : module.parameters_) state.emplace_back(prefix + entry.name, entry.value->value());
    for (const auto& entry : module.buffers_) state.emplace_back(prefix + entry.name, *entry.value);
    for (const auto& entry : module.counters_) state.emplace_back(prefix + entry.name, *entry.value);
  });
  return state;
}

void Module::load_state_dict(const StateDict& state) {
  std::string problems;
  std::vector<bool> used(state.size(), false);
  const auto find = [&](const std::string& name) -> const StateValue* {
    const auto entry = std::ranges::find(state, name, &StateDict::value_type::first);
    if (entry == state.end()) {
      problems += "; missing " + name;
      return nullptr;
    }
    used[static_cast<std::size_t>(entry - state.begin())] = true;
    return &entry->second;
  };
  // First everything is checked, and what is to be done put down; nothing changes unless all fits.
  std::vector<std::pair<Parameter*, Tensor>> parameters;
  std::vector<std::pair<Tensor*, Tensor>> buffers;
  std::vector<std::pair<std::int64_t*, std::int64_t>> counters;
  const auto tensor = [&](const std::string& name, const Shape& shape) -> const Tensor* {
    const StateValue* value = find(name);
    if (!value) return nullptr;
    const Tensor* t = std::get_if<Tensor>(value);
    if (t && t->shape() == shape) return t;
    problems += text("; ", name, " should be ", shape, ", got ",
                     t                                              ? text(t->shape())
                     : std::holds_alternative<std::int64_t>(*value) ? "an integer"
                                                                    : "a list");
    return nullptr;
  };
  visit("", [&](const std::string& prefix, const Module& module) {
    for (const auto& entry : module.parameters_) {
      const Tensor* t = tensor(prefix + entry.name, entry.value->shape());
      if (t) parameters.emplace_back(entry.value.get(), *t);
    }
    for (const auto& entry : module.buffers_) {
      if (const Tensor* t = tensor(prefix + entry.name, entry.value->shape()))
        buffers.emplace_back(entry.value.get(), *t);
    }
    for (const auto& entry : module.counters_) {
      const StateValue* value = find(prefix + entry.name);
      if (!value) continue;
      if (const auto* count = std::get_if<std::int64_t>(value)) {
        counters.emplace_back(entry.value.get(), *count);
      } else {
        problems += text("; ", prefix, entry.name, " should be an integer, got a ",
                         std::holds_alternative<Tensor>(*value) ? "tensor" : "list");
      }
    }
  });
  for (std::size_t i = 0; i < state.size(); ++i) {
    if (!used[i]) problems += "; unexpected " + state[i].first;
  }
  if (!problems.empty()) fail("load_state_dict", "nothing was loaded", problems);
  for (auto& [parameter, value] : parameters) parameter->set_value(value);
  for (auto& [buffer, value] : buffers) *buffer = value;
  for (auto& [counter, value] : counters) *counter = value;
}

ModeGuard::ModeGuard(Module& module, bool training) {
  const auto remember = [this](const auto& self, Module& each) -> void {
    modes_.emplace_back(&each, each.training());
    for (const auto& child : each.children()) self(self, *child);
  };
  remember(remember, module);
  module.train(training);
}

ModeGuard::~ModeGuard() {
  // From the outermost in: train() reaches all below, which then get their own back.
  for (const auto& [module, training] : modes_) module->train(training);
}

}  // namespace gradus
