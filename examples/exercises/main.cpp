// Grades the exercises beside this file: what the target check_exercises runs.
#include <gradus/examples/command_line/arguments.h>
#include <gradus/examples/exercises/check.h>

#include <iostream>

using namespace gradus;

int run(int argc, char** argv) {
  std::string which;
  bool strict = false;
  examples::Arguments arguments("grade_exercises",
                                "Grades the backward functions in examples/exercises: right, not done yet, or what "
                                "the mistake seems to be.");
  arguments.add_positional("EXERCISE", "only this one, by name or number, with the numbers it is tried on", which, {},
                           examples::Presence::optional);
  arguments.add_flag("--strict", "exit with 1 unless all that was graded is right", strict);
  arguments.parse(argc, argv);
  check_exercises::Tally tally;
  if (which.empty()) {
    tally = check_exercises::all(std::cout);
  } else {
    try {
      tally = check_exercises::one(std::cout, which);
    } catch (const std::invalid_argument& error) {
      throw examples::UsageError("EXERCISE", error.what());
    }
  }
  return strict && tally.wrong + tally.not_done > 0 ? 1 : 0;
}

int main(int argc, char** argv) { return examples::run_program(argc, argv, run); }
