// A layer that is watched from outside: whoever watches is told what each backward function in it gives to each of its
// inputs, and may replace it.
#pragma once

#include <gradus/core/autograd/probe.h>
#include <gradus/examples/base.h>
#include <gradus/layers/layer.h>

#include <compare>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gradus::examples {

// A d.add(input, ...) in a layer's backward: the same for every call of the layer.
struct Place {
  int operation = 0;  // of those that a call records, counted from 0
  int input = 0;
  int time = 0;  // 1 if it is the second d.add of that input
  auto operator<=>(const Place&) const = default;
};

struct Contribution {
  Place place;
  std::string operation, input;  // "linear", "weight"
  const Tensor &dy, &dx;
  std::int64_t samples;  // rows of the layer's x
  int call;              // of the calls on this tape, counted from 0
  const Tensor* latest;  // what the last call on this tape gave at this place; null in the last call itself
};

class WatchedLayer {
 public:
  // Returns what takes dx's place.
  using Watcher = std::function<Tensor(const Contribution&)>;

  // REQUIRES: the layer outlives this.
  WatchedLayer(Layer& layer, Watcher watcher) : layer_(layer), watcher_(std::move(watcher)) {}
  Variable operator()(const Variable& x);

 private:
  struct Call {
    int first, last, x;  // nodes
    std::int64_t samples;
  };
  struct Watch : Probe {
    Watch(Tape& tape, const Watcher& watcher) : Probe(tape), watcher(watcher) {}
    bool watches(const Tape& t) const;
    void contributed(int node, int input, const Tensor& dy, Tensor& dx) override;
    void passed(int) override { times.clear(); }
    void backward_begins() override { latest.clear(); }
    void cleared() override { calls.clear(); }

    const Watcher& watcher;
    std::vector<Call> calls;
    std::map<int, int> times;        // how often the running backward has added to each input
    std::map<Place, Tensor> latest;  // the walk is backwards: what comes first is the last call's
  };

  Layer& layer_;
  Watcher watcher_;
  std::optional<Watch> watch_;
};

}  // namespace gradus::examples
