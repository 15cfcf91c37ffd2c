// The analysis in sentences.
#pragma once

#include <gradus/examples/gradcheck_microscope/analysis.h>

#include <string>
#include <vector>

namespace microscope {

std::vector<std::string> remarks(const Analysis& analysis);

// 3.2e-05 -> "3.2e-5"
std::string scientific(double number);

}  // namespace microscope
