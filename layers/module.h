// Module: what has parameters, buffers, random state and parts, each with a name ("0.weight",
// "encoder.1.running_mean"), and a mode. Layer (layer.h) is the Module that maps one Variable to one; a Module of
// several Variables, or of Indices, declares its own operator() and computes in call():
//
//   class Mix : public Module {
//    public:
//     Mix() : share_(register_parameter("share", Tensor(0.5))) {}
//     Variable operator()(const Variable& a, const Variable& b) {
//       return call({a, b}, [&] { return a * share_ + b * (1 - share_); });
//     }
//    private:
//     Parameter& share_;
//   };
//
// What is registered lives on the heap, so the references stay good when a module is moved. Modules cannot be copied.
#pragma once

#include <gradus/core/autograd/ops.h>
#include <gradus/core/autograd/scope.h>
#include <gradus/core/io/state.h>
#include <gradus/core/tensor/random.h>

#include <memory>
#include <string>
#include <vector>

namespace gradus {

template <class T>
struct Named {
  std::string name;  // with the path: "1.running_mean"
  T* value;
};

class Module {
 public:
  Module() = default;
  Module(Module&&) = default;
  Module& operator=(Module&&) = default;
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  virtual ~Module() = default;

  // Training or evaluation, of this module and all below. New ones are in training.
  void train(bool on = true);
  void eval() { train(false); }
  bool training() const { return training_; }

  // Of this module and all below, depth first in order of registration. A parameter with two owners is listed once,
  // where it is met first.
  std::vector<Parameter*> parameters() const;
  std::vector<Named<Parameter>> named_parameters() const;
  std::vector<Named<Tensor>> buffers() const;
  std::vector<Named<std::int64_t>> counters() const;
  std::vector<Named<Rng>> generators() const;
  void zero_grad();

  // Parameters, buffers and counters with PyTorch's keys.
  StateDict state_dict() const;
  // Throws std::invalid_argument that lists missing, unexpected and misshapen entries; then nothing was loaded.
  void load_state_dict(const StateDict& state);
  // The same of the generators: what a training needs to go on, and a trained model does not.
  StateDict random_state() const;
  void load_random_state(const StateDict& state);

  const std::string& kind() const;                   // its class: "Linear"
  const std::string& name() const { return name_; }  // what its parent calls it
  const std::vector<std::unique_ptr<Module>>& children() const { return children_; }
  virtual std::string describe() const { return kind(); }  // "Linear(784, 256)"

 protected:
  // Computes this module: what body() records carries its path, and so do error texts; observers are told.
  template <class Body>
  Variable call(const Inputs& inputs, const Body& body) {
    return call(inputs, tape_of(inputs), body);
  }
  template <class Body>
  Variable call(const Indices& indices, const Body& body) {
    return call(Inputs({}), indices.tape(), body);
  }

  // Each throws std::invalid_argument if the name is empty, has a dot, or is taken.
  Parameter& register_parameter(const std::string& name, Tensor value);
  // A second owner of another module's parameter (tied weights); its gradients add.
  Parameter& register_parameter(const std::string& name, const Parameter& shared);
  Tensor& register_buffer(const std::string& name, Tensor value);
  std::int64_t& register_counter(const std::string& name, std::int64_t value);
  // Random state: not part of the state dict, but of checkpoints and gradient checks.
  Rng& register_generator(const std::string& name, Rng rng);
  Module& register_module(const std::string& name, std::unique_ptr<Module> module);
  template <class M, class... Arguments>
  M& register_module(const std::string& name, Arguments&&... arguments) {
    auto module = std::make_unique<M>(std::forward<Arguments>(arguments)...);
    return static_cast<M&>(register_module(name, std::unique_ptr<Module>(std::move(module))));
  }

 private:
  template <class T>
  struct Entry {
    std::string name;
    std::unique_ptr<T> value;
  };
  template <class T>
  T& add(std::vector<Entry<T>>& entries, const std::string& name, T value);
  template <class T>
  std::vector<Named<T>> all(std::vector<Entry<T>> Module::*entries) const;
  template <class Body>
  Variable call(const Inputs& inputs, Tape* tape, const Body& body) {
    const Scope scope(name_, label(), tape);
    const Variable y = body();
    tell_observers(inputs, y);
    return y;
  }
  const std::string& label() const;  // kind() in small letters, for paths
  static Tape* tape_of(const Inputs& inputs);
  void tell_observers(const Inputs& inputs, const Variable& y) const;
  void check_name(const std::string& name) const;
  template <class Visitor>
  void visit(const std::string& prefix, const Visitor& visitor) const;

  std::vector<Entry<Parameter>> parameters_;
  std::vector<Entry<Tensor>> buffers_;
  std::vector<Entry<std::int64_t>> counters_;
  std::vector<Entry<Rng>> generators_;
  std::vector<std::unique_ptr<Module>> children_;
  std::string name_;
  mutable std::string kind_, label_;
  bool training_ = true;
};

// Sets a mode for as long as it lives, then puts every module's own mode back.
class ModeGuard {
 public:
  ModeGuard(Module& module, bool training);
  ~ModeGuard();
  ModeGuard(const ModeGuard&) = delete;
  ModeGuard& operator=(const ModeGuard&) = delete;

 private:
  std::vector<std::pair<Module*, bool>> modes_;
};

}  // namespace gradus
