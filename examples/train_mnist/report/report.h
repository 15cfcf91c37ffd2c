// The page of --report: a training run as its learner sees it.
#pragma once

#include <string>

namespace gradus::examples {

// The page, from what its scripts expect as "run" and "network" (JSON).
std::string report_page(const std::string& run, const std::string& network);

}  // namespace gradus::examples
