// Layer: a function with parameters. Layers nest, and their parts have names: "0.weight", "encoder.1.running_mean".
//
// A layer of one's own registers what it owns in its constructor and overrides forward():
//
//   class Scale : public Layer {
//    public:
//     explicit Scale(std::int64_t features) : factor_(register_parameter("factor", Tensor::full({features}, 1))) {}
//    private:
//     Variable forward(const Variable& x) override { return x * factor_; }
//     Parameter& factor_;
//   };
//
// What is registered lives on the heap, so the references stay good when a layer is moved. Layers cannot be copied.
#pragma once

#include <gradus/core/autograd/ops.h>
#include <gradus/core/io/state.h>
#include <gradus/core/tensor/random.h>

#include <memory>
#include <string>
#include <vector>

namespace gradus {

// How a parameter lies in memory compared with how PyTorch shows it, and therefore state dicts and files.
enum class Layout { same, transposed };

template <class T>
struct Named {
  std::string name;  // with the path: "1.running_mean"
  T* value;
};

class Layer {
 public:
  Layer() = default;
  Layer(Layer&&) = default;
  Layer& operator=(Layer&&) = default;
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;
  virtual ~Layer() = default;

  // Computes the layer. Nodes it records carry its path, and so do its error texts.
  Variable operator()(const Variable& x);

  // Training or evaluation, of this layer and all below. New layers are in training.
  void train(bool on = true);
  void eval() { train(false); }
  bool training() const { return training_; }

  // Of this layer and all below, depth first in order of registration. A parameter with two owners is listed once,
  // where it is met first.
  std::vector<Parameter*> parameters() const;
  std::vector<Named<Parameter>> named_parameters() const;
  std::vector<Named<Tensor>> buffers() const;
  std::vector<Named<std::int64_t>> counters() const;
  std::vector<Named<Rng>> generators() const;
  void zero_grad();

  // Parameters, buffers and counters with PyTorch's keys and layout.
  StateDict state_dict() const;
  // Throws std::invalid_argument that lists missing, unexpected and misshapen entries; then nothing was loaded.
  void load_state_dict(const StateDict& state);

  const std::string& kind() const;                   // its class: "Linear"
  const std::string& name() const { return name_; }  // what its parent calls it
  const std::vector<std::unique_ptr<Layer>>& children() const { return children_; }
  virtual std::string describe() const { return kind(); }  // "Linear(784, 256)"

 protected:
  virtual Variable forward(const Variable& x) = 0;

  // Each throws std::invalid_argument if the name is empty, has a dot, or is taken. Only a matrix can be transposed.
  Parameter& register_parameter(const std::string& name, Tensor value, Layout layout = Layout::same);
  // A second owner of another layer's parameter (tied weights); its gradients add.
  Parameter& register_parameter(const std::string& name, const Parameter& shared, Layout layout = Layout::same);
  Tensor& register_buffer(const std::string& name, Tensor value);
  std::int64_t& register_counter(const std::string& name, std::int64_t value);
  // Random state: not part of the state dict, but of checkpoints and gradient checks.
  Rng& register_generator(const std::string& name, Rng rng);
  Layer& register_layer(const std::string& name, std::unique_ptr<Layer> layer);
  template <class L, class... Arguments>
  L& register_layer(const std::string& name, Arguments&&... arguments) {
    auto layer = std::make_unique<L>(std::forward<Arguments>(arguments)...);
    return static_cast<L&>(register_layer(name, std::unique_ptr<Layer>(std::move(layer))));
  }

 private:
  template <class T>
  struct Entry {
    std::string name;
    std::unique_ptr<T> value;
    Layout layout = Layout::same;
  };
  template <class T>
  T& add(std::vector<Entry<T>>& entries, const std::string& name, T value, Layout layout = Layout::same);
  void check_name(const std::string& name) const;
  template <class Visitor>
  void visit(const std::string& prefix, const Visitor& visitor) const;

  std::vector<Entry<Parameter>> parameters_;
  std::vector<Entry<Tensor>> buffers_;
  std::vector<Entry<std::int64_t>> counters_;
  std::vector<Entry<Rng>> generators_;
  std::vector<std::unique_ptr<Layer>> children_;
  std::string name_;
  mutable std::string kind_;
  bool training_ = true;
};

// Sets a mode for as long as it lives, then puts every layer's own mode back.
class ModeGuard {
 public:
  ModeGuard(Layer& layer, bool training);
  ~ModeGuard();
  ModeGuard(const ModeGuard&) = delete;
  ModeGuard& operator=(const ModeGuard&) = delete;

 private:
  std::vector<std::pair<Layer*, bool>> modes_;
};

}  // namespace gradus
