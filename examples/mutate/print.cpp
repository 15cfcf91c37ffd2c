#include <gradus/examples/command_line/format.h>
#include <gradus/examples/mutate/mutate.h>

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <ostream>
#include <sstream>

namespace gradus::examples {
namespace {

struct Check {
  std::string_view name;
  bool Mutant::*noticed;
  std::string_view meaning;
};

constexpr std::array<Check, 5> checks = {{
    {"values", &Mutant::values, "the outputs are what they should be"},
    {"sum", &Mutant::sum, "the gradient of sum(y) agrees with a numeric one, at one forward and one backward"},
    {"squares", &Mutant::squares, "the same of sum(y^2)"},
    {"gradcheck", &Mutant::gradcheck, "the library's: random weights on y, several forwards, parameters varied"},
    {"training", &Mutant::training,
     "a small network around the layer ends with the usual loss; beside it, how many times that it was"},
}};

std::string loss_text(const Mutant& mutant) {
  if (!std::isfinite(mutant.loss)) return "diverged";
  return (mutant.loss < 100 ? format_fixed(mutant.loss, 2) : format_count(mutant.loss)) + " x";
}

}  // namespace

std::vector<const Mutant*> MutationReport::unnoticed() const {
  std::vector<const Mutant*> result;
  for (const Mutant& mutant : mutants) {
    if (!mutant.gradcheck) result.push_back(&mutant);
  }
  return result;
}

std::ostream& operator<<(std::ostream& out, const MutationReport& report) {
  std::ostringstream text;  // widths are the stream's own, and the caller's stay
  text << "Mutants of " << report.title << ": a mistake each in what its backward gives. Who notices?\n\n"
       << pad("", 27) << "values   sum   squares  gradcheck  training\n";
  std::string place;
  for (const Mutant& mutant : report.mutants) {
    if (mutant.place != place) text << (place = mutant.place) << '\n';
    const auto yes = [&](bool noticed) { return noticed ? "yes" : "-"; };
    text << "  " << pad(mutant.mutation, 25) << std::setw(6) << yes(mutant.values) << std::setw(6) << yes(mutant.sum)
         << std::setw(10) << yes(mutant.squares) << std::setw(11) << yes(mutant.gradcheck) << std::setw(10)
         << yes(mutant.training) << std::setw(11) << loss_text(mutant) << '\n';
  }
  const auto count = [&](const Check& check) { return std::ranges::count_if(report.mutants, check.noticed); };
  text << pad(std::to_string(report.mutants.size()) + " mutants, noticed", 27);
  for (std::size_t i = 0; i < checks.size(); ++i) {
    constexpr std::array<int, 5> widths = {6, 6, 10, 11, 10};
    text << std::setw(widths[i]) << count(checks[i]);
  }
  text << "\n\n";
  for (const Check& check : checks) text << pad(check.name, 11) << check.meaning << '\n';
  text << "\nA backward that is wrong changes no output, and a network often trains with it: least of all does it mind "
          "a\n"
          "factor, which Adam divides away. Left out is what changes nothing here: a transposition where nothing is "
          "square.\n";
  return out << text.str();
}

}  // namespace gradus::examples
