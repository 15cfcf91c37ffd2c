// What was measured, as text and as a picture.
#pragma once

#include <gradus/examples/covariate_shift/network.h>
#include <gradus/examples/pages/svg.h>

#include <string>

namespace gradus::examples {

struct Measurement {
  double accuracy = 0;  // on the test images
  Percentiles input;    // of the watched sigmoid
};

struct Record {
  std::int64_t step = 0;
  Measurement without, with;  // batch normalization
};

std::string table_head();
std::string table_row(const Record& record);

// What the numbers say, in a few sentences.
std::string conclusion(const std::vector<Record>& records);

// Three panels: the accuracies, and the percentiles without and with batch normalization on the same scale.
Chart figure(const std::vector<Record>& records, const std::string& subtitle);

}  // namespace gradus::examples
