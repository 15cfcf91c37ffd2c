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

const std::string& Module::label() const {
  if (label_.empty()) {
    for (const char letter : kind()) {
      label_ += letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    }
  }
  return label_;
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
  StateReader reader(state);
  const auto read = [&](bool set) {
    visit("", [&](const std::string& prefix, const Module& module) {
      for (const auto& entry : module.parameters_) {
        const Tensor* value = reader.tensor(prefix + entry.name, entry.value->shape());
        if (set) entry.value->set_value(*value);
      }
      for (const auto& entry : module.buffers_) {
        const Tensor* value = reader.tensor(prefix + entry.name, entry.value->shape());
        if (set) *entry.value = *value;
      }
      for (const auto& entry : module.counters_) {
        const std::int64_t* value = reader.count(prefix + entry.name);
        if (set) *entry.value = *value;
      }
    });
  };
  read(false);
  reader.check("load_state_dict");
  read(true);
}

StateDict Module::random_state() const {
  StateDict state;
  for (const auto& [key, rng] : generators()) state.emplace_back(key, gradus::random_state(*rng));
  return state;
}

void Module::load_random_state(const StateDict& state) {
  StateReader reader(state);
  std::vector<std::pair<Rng*, std::optional<Rng::State>>> read;
  for (const auto& [key, rng] : generators()) read.emplace_back(rng, reader.random(key));
  reader.check("load_random_state");
  for (const auto& [rng, words] : read) rng->set_state(*words);
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
