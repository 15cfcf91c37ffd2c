#include <gradus/examples/command_line/interrupt.h>

#include <signal.h>

#include <atomic>

namespace gradus_examples {

namespace {

// A handler may touch nothing but lock-free atomics.
std::atomic<bool> signalled = false;
static_assert(std::atomic<bool>::is_always_lock_free);

struct sigaction previous_action;

extern "C" void note_interrupt(int) { signalled = true; }

}  // namespace

InterruptHandler::InterruptHandler() {
  signalled = false;
  struct sigaction action {};
  action.sa_handler = note_interrupt;
  sigemptyset(&action.sa_mask);
  // SA_RESETHAND makes the second signal deadly; SA_RESTART keeps the first from failing a read or write.
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
  sigaction(SIGINT, &action, &previous_action);
}

InterruptHandler::~InterruptHandler() { sigaction(SIGINT, &previous_action, nullptr); }

bool InterruptHandler::requested() const { return signalled; }

}  // namespace gradus_examples
