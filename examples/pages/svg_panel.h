// One panel of a chart: title, legend, frame, axes, and its data in between.
#pragma once

#include <gradus/examples/pages/svg.h>
#include <gradus/examples/pages/svg_marks.h>

#include <string>

namespace gradus_examples {

// Draws the panel into a box of the document. Throws std::invalid_argument for bands and cells whose lists have the
// wrong length.
std::string svg_panel(const Panel& panel, const Box& box);

}  // namespace gradus_examples
