#include <gradus/examples/mutate/watched_layer.h>

#include <algorithm>

namespace gradus::examples {

Variable WatchedLayer::operator()(const Variable& x) {
  Tape* tape = x.tape();
  if (!tape || !tape->recording()) return layer_(x);
  if (!watch_ || !watch_->watches(*tape)) watch_.emplace(*tape, watcher_);
  const int first = tape->size();
  const Variable y = layer_(x);
  watch_->calls.push_back({first, tape->size(), tape->node_of(x), x.size(0)});
  return y;
}

bool WatchedLayer::Watch::watches(const Tape& t) const {
  return std::ranges::find(t.probes(), this) != t.probes().end();
}

void WatchedLayer::Watch::contributed(int node, int input, const Tensor& dy, Tensor& dx) {
  const auto call = std::ranges::find_if(calls, [&](const Call& c) { return c.first <= node && node < c.last; });
  if (call == calls.end()) return;  // another layer's
  Place place{0, input, times[input]++};
  for (int before = call->first; before < node; ++before) place.operation += !tape().node(before).inputs.empty();

  const Tape::Node& from = tape().node(node);
  const int target = from.inputs[static_cast<std::size_t>(input)];
  const Tape::Node& to = tape().node(target);
  const std::string name(target == call->x ? "x" : to.parameter.empty() ? to.operation : to.parameter);
  const auto [last, is_last] = latest.try_emplace(place, dx);
  dx = watcher({place, std::string(from.operation), name, dy, Tensor(dx), call->samples,
                static_cast<int>(call - calls.begin()), is_last ? nullptr : &last->second});
}

}  // namespace gradus::examples
