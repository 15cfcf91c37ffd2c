// What main.cpp, compiled for float, asks of check.cpp, compiled for double.
#pragma once

#include <cstdint>
#include <iosfwd>

namespace gradus_double::examples {

// Checks the gradients of both layers against central differences and prints a line about each. True if all agree.
bool check_gradients(std::ostream& out);

// Spoils what RMSNorm's backward gives, in one way after another, and prints which checks notice.
void show_mutants(std::ostream& out, std::uint64_t seed);

}  // namespace gradus_double::examples
