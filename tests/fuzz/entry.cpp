// libFuzzer's entry point; GRADUS_FUZZ_TARGET is the target that this program is for.
#include "targets.h"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  gradus::fuzz::GRADUS_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
