// What main.cpp, compiled for float, asks of check.cpp, compiled for double. No type of the library may appear here,
// and no include of it: each half has its own.
#pragma once

#include <iosfwd>

namespace custom_layer {

// Checks the gradients of both layers against central differences and prints a line about each. True if all agree.
bool check_gradients(std::ostream& out);

}  // namespace custom_layer
