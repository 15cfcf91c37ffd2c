// What has no numbers in it (the command line, pages) is built once, for float and for double alike. It stands in
// namespace gradus_examples, and programs see it as their own: gradus::examples::run_program.
#pragma once

#include <gradus/core/base.h>

namespace gradus_examples {
using namespace gradus_base;
}

namespace gradus::examples {
using namespace gradus_examples;
}

namespace gradus_double::examples {
using namespace gradus_examples;
}
