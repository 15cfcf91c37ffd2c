// What main.cpp, compiled for float as all programs, asks of the grader, compiled for double. No type of the library
// may appear here.
#pragma once

#include <iosfwd>
#include <string>

namespace check_exercises {

struct Tally {
  int right = 0, wrong = 0, not_done = 0;
};

// Prints a line about each exercise and where to go on.
Tally all(std::ostream& out);

// One exercise, by its name or number: the verdict, and the numbers it was tried on. Throws std::invalid_argument if
// there is none of that name.
Tally one(std::ostream& out, const std::string& which);

}  // namespace check_exercises
