// A page of headings, paragraphs, tables and charts, for a program that has measured something and says what it saw.
//
//   Document page("The bug museum");
//   page.heading("How training goes");
//   page.paragraph("...");
//   page.charts({panel, panel});
//   write_file("museum.html", page.html());
//
// Each heading begins a card. Charts stand beside each other where there is room. Text is text: < and & are written as
// they are.
#pragma once

#include <gradus/examples/pages/svg.h>

#include <string>
#include <vector>

namespace gradus_examples {

class Document {
 public:
  explicit Document(std::string title) : title_(std::move(title)) {}

  void heading(const std::string& text);
  void subheading(const std::string& text);
  void paragraph(const std::string& text);
  // Letters are set in italics, those behind a _ as an index: "dx_i = γ s dy_i".
  void formula(const std::string& text);
  // The first cell of each row is its name; what looks like a number stands to the right.
  void table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows);
  void charts(const std::vector<Panel>& panels, double width = 320, double height = 300);

  std::string html() const;

 private:
  void card(const std::string& heading);

  std::string title_, body_;
  bool in_card_ = false;
};

}  // namespace gradus_examples
