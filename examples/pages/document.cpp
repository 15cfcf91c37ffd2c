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

// The bytes of the letter at `i`, with a hat if there is one: Latin or small Greek. 0 if there is none.
std::size_t letter(const std::string& text, std::size_t i) {
  const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
  const unsigned lower = byte(i) | 0x20U;
  std::size_t size = lower >= 'a' && lower <= 'z' ? 1 : 0;
  if ((byte(i) == 0xce && byte(i + 1) >= 0xb1) || byte(i) == 0xcf) size = 2;
  return size > 0 && byte(i + size) == 0xcc && byte(i + size + 1) == 0x82 ? size + 2 : size;
}

// Letters in italics, and those behind a _ below the line.
std::string formula_text(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const bool below = text[i] == '_';
    const std::size_t start = i + (below ? 1 : 0);
    std::size_t end = start;
    while (const std::size_t size = letter(text, end)) end += size;
    if (end == start) {
      out += escaped(text.substr(i++, 1));
      continue;
    }
    const std::string italic = "<i>" + text.substr(start, end - start) + "</i>";
    out += below ? "<sub>" + italic + "</sub>" : italic;
    i = end;
  }
  return out;
}

}  // namespace

void Document::card(const std::string& heading) {
  body_ += (in_card_ ? "</section>\n" : "") + std::string("<section class=\"card\">\n") + heading;
  in_card_ = true;
}

void Document::heading(const std::string& text) { card(element("h2", text)); }
void Document::subheading(const std::string& text) { card(element("h3", text)); }
void Document::paragraph(const std::string& text) { body_ += element("p", text); }
void Document::formula(const std::string& text) { body_ += "<p class=\"formula\">" + formula_text(text) + "</p>\n"; }

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
      element("h1", title_) + body_ + (in_card_ ? "</section>\n" : "") + "</main>\n</body>\n</html>\n";
  const PageFile file{"document.html", text};
  return make_page("document.html", {}, {PageFiles(&file, 1), shared_page()});
}

}  // namespace gradus_examples
