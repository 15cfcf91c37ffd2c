// What has no numbers in it (errors, threads, buffers, files, JSON) is built once, for float and for double alike. It
// stands in namespace gradus_base, and both builds of the library see it as their own: gradus::set_threads(2).
#pragma once

namespace gradus_base {}

namespace gradus {
using namespace gradus_base;
}

namespace gradus_double {
using namespace gradus_base;
}
