// What was measured, as text and as a page.
#pragma once

#include <gradus/examples/batchnorm_terms/run.h>

#include <string>
#include <vector>

namespace gradus::examples {

std::string table_head(const Run& run);
// The rows of its latest epoch, one for each normalization.
std::string table_rows(const Run& run);
// What the numbers say, in a few sentences.
std::string conclusion(const Run& run);

// The runs that the page compares: plain gradient descent first, then what changes the picture.
std::vector<Setting> compared_settings(double learning_rate);
std::string report_page(const std::vector<Run>& runs, const RunOptions& options);

}  // namespace gradus::examples
