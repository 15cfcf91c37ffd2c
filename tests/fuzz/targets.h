// What the fuzzers call with every input they think of (README.md). A target must return: an escaped exception, a
// sanitizer's complaint or a broken promise is a finding.
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>

namespace gradus::fuzz {

void csv(std::string_view bytes);
void idx(std::string_view bytes);
void safetensors(std::string_view bytes);
void checkpoint(std::string_view bytes);
void command_line(std::string_view bytes);

inline void promise(bool kept) {
  if (!kept) std::abort();
}

// A valid checkpoint of the training that the target restores into, to begin with.
std::string valid_checkpoint();
// With the right checksum, which no fuzzer would guess, so that what lies behind it is reached.
std::string sealed(std::string_view bytes);

}  // namespace gradus::fuzz
