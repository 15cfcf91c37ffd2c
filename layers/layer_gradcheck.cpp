#include <gradus/core/error.h>
#include <gradus/layers/layer_gradcheck.h>

#include <algorithm>

namespace gradus {
namespace {

// What a forward may change besides what it returns. Put back at the latest when the check ends, be it by an error.
class Snapshot {
 public:
  explicit Snapshot(const Layer& layer) {
    for (const auto& [name, buffer] : layer.buffers()) buffers_.emplace_back(buffer, *buffer);
    for (const auto& [name, counter] : layer.counters()) counters_.emplace_back(counter, *counter);
    for (const auto& [name, generator] : layer.generators()) generators_.emplace_back(generator, *generator);
  }

  ~Snapshot() { restore(); }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  void restore() const {
    for (const auto& [buffer, value] : buffers_) *buffer = value;
    for (const auto& [counter, value] : counters_) *counter = value;
    for (const auto& [generator, value] : generators_) *generator = value;
  }

 private:
  std::vector<std::pair<Tensor*, Tensor>> buffers_;
  std::vector<std::pair<std::int64_t*, std::int64_t>> counters_;
  std::vector<std::pair<Rng*, Rng>> generators_;
};

}  // namespace

GradcheckReport gradcheck(Layer& layer, const Tensor& x, const GradcheckOptions& options) {
  const Snapshot snapshot(layer);
  GradcheckOptions with_restore = options;
  with_restore.restore = [&] {
    snapshot.restore();
    if (options.restore) options.restore();
  };
  GradcheckReport report;
  for (const bool training : {true, false}) {
    const ModeGuard mode(layer, training);
    const double worst = report.worst_error;
    report = gradcheck([&](const Variable& input) { return layer(input); }, x, layer.parameters(), with_restore);
    report.worst_error = std::max(report.worst_error, worst);
    report.message = text(layer.kind(), training ? " in training: " : " in evaluation: ", report.message);
    if (!report.ok) return report;
  }
  return report;
}

}  // namespace gradus
