#include <gradus/core/error.h>
#include <gradus/core/kernels/parallel.h>
#include <gradus/core/tensor/shape.h>
#include <gradus/examples/batchnorm_derivation/clock.h>
#include <gradus/examples/command_line/format.h>
#include <gradus/examples/support/batch_norm_timing.h>

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <ostream>
#include <string>
#include <vector>

namespace batchnorm_derivation {
namespace {

using gradus::examples::BatchNormTimes;
using gradus::examples::format_fixed;

struct Measurement {
  std::string shape;
  BatchNormTimes times;
};

std::string list(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// "1.9 to 2.8 times. ..." and for each shape whether that is what the article says.
void judge(const char* what, const std::vector<Measurement>& measurements, double BatchNormTimes::*form,
           std::ostream& out) {
  std::vector<std::string> below, within, above;
  double least = 1e300, most = 0;
  for (const auto& [shape, times] : measurements) {
    const double gain = std::round(10 * times.staged / (times.*form)) / 10;  // as it is printed
    least = std::min(least, gain);
    most = std::max(most, gain);
    (gain < 3 ? below : gain <= 10 ? within : above).push_back(shape);
  }
  out << "\n"
      << what << ":\n  " << format_fixed(least, 1) << " to " << format_fixed(most, 1) << " times as fast as staged.\n";
  const auto line = [&](const char* verdict, const std::vector<std::string>& shapes) {
    if (!shapes.empty()) out << "  " << verdict << ' ' << list(shapes) << '\n';
  };
  line("The claim holds at", within);
  line("It does not hold, the gain is smaller, at", below);
  line("The gain is even greater than claimed at", above);
}

}  // namespace

void measure(std::ostream& out) {
  out << "                  time of one backward, microseconds         gain over staged\n"
      << "shape            staged  simplified     fused    a copy    simplified     fused\n";
  std::vector<Measurement> measurements;
  for (const auto& [n, c] : {std::pair(64, 100), {128, 256}, {1024, 1024}, {4096, 1024}}) {
    const std::string shape = gradus::text(gradus::Shape{n, c});
    const BatchNormTimes t = gradus::examples::time_batch_norm_backward(n, c);
    out << std::left << std::setw(13) << shape << std::right << std::setw(10) << format_fixed(t.staged, 1)
        << std::setw(12) << format_fixed(t.simplified, 1) << std::setw(10) << format_fixed(t.fused, 1) << std::setw(10)
        << format_fixed(t.copy, 1) << std::setw(14) << format_fixed(t.staged / t.simplified, 1) << std::setw(10)
        << format_fixed(t.staged / t.fused, 1) << std::endl;
    measurements.push_back({shape, t});
  }
  out << "(the layer's backward alone, in float, with " << gradus::threads()
      << (gradus::threads() == 1 ? " thread" : " threads")
      << ", the best of several rounds; a copy is of one array)\n\n"
      << "The article: the last equation is \"about 3 to 10 times faster\" than the staged form.\n";
  judge("The algebra alone (simplified: the equation array by array, as the article writes it)", measurements,
        &BatchNormTimes::simplified, out);
  judge("The algebra, and what it leaves fused into two sweeps over memory (the layer's default)", measurements,
        &BatchNormTimes::fused, out);
}

}  // namespace batchnorm_derivation
