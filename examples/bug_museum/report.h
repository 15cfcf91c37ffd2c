// The museum as a page.
#pragma once

#include <gradus/examples/bug_museum/checks.h>
#include <gradus/examples/bug_museum/training.h>

#include <optional>
#include <string>
#include <vector>

namespace gradus::examples {

// What the museum shows first, on the page and in the terminal.
inline constexpr const char* kMoral =
    "A wrong backward rarely stops a training. Most of these networks learn, some as well as the one that is right: a "
    "loss "
    "that falls, or a good accuracy, is no evidence. Neither is a gradient check in which every sample gets the same "
    "gradient from above. What notices every one of the mistakes is a check with random weights on the output, several "
    "calls before one backward, and parameters that are not what they are in a new layer. Here that is one line, "
    "gradcheck.";

// The columns of the table of checks, and what each means.
struct Column {
  std::string name, meaning;
};
const std::vector<Column>& columns();

struct Exhibit {
  Findings findings;
  Outcome spirals;
  std::optional<Outcome> mnist;
};

// What a mistake costs in accuracy, at the worse of the two trainings; 1 if one of them diverged.
double harm(const Exhibit& exhibit, const Exhibit& right);

// Less is no harm: chance makes differences of a few tenths of a percentage point.
inline constexpr double kNoHarm = 0.005;

// The first exhibit is the right backward. The curves of the others stand in the order of the harm.
std::string report_page(const std::vector<Exhibit>& exhibits);

}  // namespace gradus::examples
