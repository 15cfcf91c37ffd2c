#include <gradus/layers/state_guard.h>

namespace gradus {

StateGuard::StateGuard(const Module& module) {
  for (const auto& [name, buffer] : module.buffers()) buffers_.emplace_back(buffer, *buffer);
  for (const auto& [name, counter] : module.counters()) counters_.emplace_back(counter, *counter);
  for (const auto& [name, generator] : module.generators()) generators_.emplace_back(generator, *generator);
}

void StateGuard::restore() const {
  for (const auto& [buffer, value] : buffers_) *buffer = value;
  for (const auto& [counter, value] : counters_) *counter = value;
  for (const auto& [generator, value] : generators_) *generator = value;
}

}  // namespace gradus
