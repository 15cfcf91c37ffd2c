// The page about a step downhill: one number and its slope, two numbers and a valley, one neuron.
#pragma once

#include <gradus/core/autograd/variable.h>

#include <string>

namespace gradus::examples {

// The mean squared error of y = w x on the page's five points, recorded on the tape of w.
Variable slope_loss(Tape& tape, Parameter& w);

// The page as text. It has the first steps as the library takes them, for its script to be held against.
std::string slope_page();

}  // namespace gradus::examples
