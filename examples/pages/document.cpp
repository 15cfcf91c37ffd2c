#include <gradus/examples/pages/document.h>
#include <gradus/examples/pages/page.h>

namespace gradus_examples {
namespace {

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string element(const std::string& tag, const std::string& text) {
  return "<" + tag + ">" + escaped(text) + "</" + tag.substr(0, tag.find(' ')) + ">\n";
}

}  // namespace

void Document::heading(const std::string& text) { body_ += element("h2", text); }
void Document::subheading(const std::string& text) { body_ += element("h3", text); }
void Document::paragraph(const std::string& text) { body_ += element("p", text); }
void Document::formula(const std::string& text) { body_ += element("p class=\"formula\"", text); }

void Document::table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows) {
  body_ += "<div class=\"table-holder\"><table>\n<thead><tr>";
  for (const std::string& cell : head) body_ += element("th scope=\"col\"", cell);
  body_ += "</tr></thead>\n<tbody>\n";
  for (const std::vector<std::string>& row : rows) {
    body_ += "<tr>";
    for (const std::string& cell : row) body_ += element(&cell == &row.front() ? "th scope=\"row\"" : "td", cell);
    body_ += "</tr>\n";
  }
  body_ += "</tbody></table></div>\n";
}

void Document::charts(const std::vector<Panel>& panels, double width, double height) {
  body_ += "<div class=\"charts\">\n";
  for (const Panel& panel : panels) {
    std::string svg =
        to_svg({.title = "", .panels = {panel}, .columns = 1, .panel_width = width, .panel_height = height});
    // The panel's title is in the picture; the chart's is for a screen reader alone.
    const std::string label = "aria-label=\"";
    svg.insert(svg.find(label) + label.size(), escaped(panel.title));
    body_ += "<figure>" + svg + "</figure>\n";
  }
  body_ += "</div>\n";
}

std::string Document::html() const {
  const std::string text =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n" +
      element("title", title_) +
      "<link rel=\"icon\" href=\"data:,\">\n<link rel=\"stylesheet\" href=\"base.css\">\n"
      "<link rel=\"stylesheet\" href=\"document.css\">\n</head>\n<body>\n<main>\n" +
      element("h1", title_) + body_ + "</main>\n</body>\n</html>\n";
  const PageFile file{"document.html", text};
  return make_page("document.html", {}, {PageFiles(&file, 1), shared_page()});
}

}  // namespace gradus_examples
