// Life: how a Variable knows whether its tape still holds it.
//
// A Variable may outlive its tape. It therefore points not at the tape but at a Life, which is never freed, and
// remembers the generation at which it was recorded. Clearing or destroying the tape moves the generation on.
#pragma once

#include <gradus/core/scalar.h>

#include <cstdint>

namespace gradus {

class Tape;

struct Life {
  Tape* tape = nullptr;          // null while no tape uses it
  std::uint64_t generation = 0;  // only ever grows
  Life* next = nullptr;          // among those no tape uses

  static Life* begin(Tape* tape);
  static void end(Life* life);
};

}  // namespace gradus
