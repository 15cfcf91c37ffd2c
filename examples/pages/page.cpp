#include <gradus/examples/pages/page.h>

#include <stdexcept>

namespace gradus_examples {
namespace {

std::string_view content_of(std::string_view name, std::initializer_list<PageFiles> files) {
  for (const PageFiles& list : files) {
    for (const PageFile& file : list) {
      if (file.name == name) return file.content;
    }
  }
  throw std::logic_error("page: no file " + std::string(name) + " was embedded");
}

// Replaces `before` NAME `after`, wherever it stands, by what `content` gives for NAME.
template <class Content>
std::string fill(std::string_view text, std::string_view before, std::string_view after, Content content) {
  std::string out;
  while (true) {
    const std::size_t start = text.find(before);
    if (start == std::string_view::npos) return out.append(text);
    const std::size_t name = start + before.size(), end = text.find(after, name);
    if (end == std::string_view::npos) throw std::logic_error("page: " + std::string(before) + " does not end");
    out.append(text.substr(0, start)).append(content(text.substr(name, end - name)));
    text.remove_prefix(end + after.size());
  }
}

// "</script>" in a string of the data must not end the element; JSON may write < as an escape.
std::string escape_json(std::string_view json) {
  std::string out;
  for (const char c : json) out += c == '<' ? std::string("\\u003c") : std::string(1, c);
  return out;
}

}  // namespace

std::string make_page(const std::string& html, const std::map<std::string, std::string>& data,
                      std::initializer_list<PageFiles> files) {
  std::map<std::string, std::string> left = data;
  const auto insert_data = [&](std::string_view id) {
    auto entry = left.extract(std::string(id));
    if (entry.empty()) throw std::logic_error("page: no data for " + std::string(id));
    return "<script type=\"application/json\" id=\"" + std::string(id) + "\">" + escape_json(entry.mapped()) +
           "</script>";
  };
  const auto insert_style = [&](std::string_view name) {
    return "<style>\n" + std::string(content_of(name, files)) + "</style>";
  };
  const auto insert_script = [&](std::string_view name) {
    return "<script>\n" + std::string(content_of(name, files)) + "</script>";
  };
  // The scripts come last, so that nothing in them or in the data is taken for a place to fill.
  std::string page = fill(content_of(html, files), "<link rel=\"stylesheet\" href=\"", "\">", insert_style);
  page = fill(page, "<script type=\"application/json\" id=\"", "\"></script>", insert_data);
  if (!left.empty()) throw std::logic_error("page: " + html + " has no place for the data " + left.begin()->first);
  return fill(page, "<script src=\"", "\"></script>", insert_script);
}

}  // namespace gradus_examples
