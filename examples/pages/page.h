// Pages: a report as one HTML file that asks nothing of any network.
//
// A page is written as any other: an .html file that names its style and scripts, each in a file of its own. The
// build puts the bytes of these files into the program (examples/pages/embed.cmake):
//
//   gradus_embed(my_program my_page page/*)
//
// defines `PageFiles my_page()`, which the program declares and hands to make_page.
#pragma once

#include <gradus/examples/base.h>

#include <map>
#include <span>
#include <string>
#include <string_view>

namespace gradus_examples {

struct PageFile {
  std::string_view name, content;  // the name is without folders: "report.css"
};
using PageFiles = std::span<const PageFile>;

// What pages share: base.css (colours in light and dark, type, buttons), format.js (numbers and heat colours), plot.js,
// operations.js (what operations compute, forward and backward), autograd.js (a tape of them) and optimizer.js.
PageFiles shared_page();

// Puts a page together from the file `html` of one of `files`:
//
//   <link rel="stylesheet" href="report.css">                becomes the style itself
//   <script src="report.js"></script>                        becomes the script itself
//   <script type="application/json" id="run"></script>       gets the text that `data` has for "run"
//
// Each is looked for as written here. Throws std::logic_error, naming it, if a file that the page names was not
// embedded, if `data` has something the page has no place for, or the other way round.
std::string make_page(const std::string& html, const std::map<std::string, std::string>& data,
                      std::initializer_list<PageFiles> files);

}  // namespace gradus_examples
