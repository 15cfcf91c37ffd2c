// The analysis as text, as a picture, and as a page.
#pragma once

#include <gradus/examples/gradcheck_microscope/analysis.h>

#include <iosfwd>
#include <string>

namespace microscope {

void print(std::ostream& out, const Analysis& analysis);
std::string to_svg(const Analysis& analysis);
std::string to_html(const Analysis& analysis);

}  // namespace microscope
