// The page: the figure, why the layer helps as the paper has it, what is disputed, and where it helps most.
#pragma once

#include <gradus/examples/covariate_shift/sweep.h>

namespace gradus::examples {

// `noisy` belongs to the steps of `records`.
std::string report_page(const std::vector<Record>& records, const std::vector<Measurement>& noisy,
                        const std::vector<Sweep>& sweeps, std::int64_t sweep_steps, std::int64_t batch_size,
                        const std::string& setting);

}  // namespace gradus::examples
