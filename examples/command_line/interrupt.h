// Ctrl-C: the first asks the program to stop in good order, the second kills it at once.
#pragma once

#include <gradus/examples/base.h>

namespace gradus_examples {

// While one of these lives, the first SIGINT only sets a flag, which the training loop polls:
//
//   InterruptHandler interrupt;
//   for (...) {
//     if (interrupt.requested()) { print what is known; return kInterruptedExitCode; }
//   }
//
// The system takes the handler away as it delivers the signal, so a second SIGINT ends the process. One at a time;
// the destructor restores what was there before.
class InterruptHandler {
 public:
  InterruptHandler();
  ~InterruptHandler();
  InterruptHandler(const InterruptHandler&) = delete;
  InterruptHandler& operator=(const InterruptHandler&) = delete;

  bool requested() const;
};

inline constexpr int kInterruptedExitCode = 130;  // 128 + SIGINT, as shells report it

}  // namespace gradus_examples
