// What programs print and write, text by text: it was read once and is kept in reference/recorded. A file there has
// commands, in lines that begin with $, each followed by what it printed and by the files that it wrote. After a change
// that is meant
//
//     GRADUS_RECORD=1 build/tests/examples_tests --gtest_filter='*Recorded*'
//
// writes them again, and git diff shows what became of it; of a new file only the commands have to be there.
#include "examples/printed_text.h"
#include "examples/train_mnist_run.h"

#include <gradus/core/kernels/kernels.h>

#include <algorithm>
#include <map>
#include <set>

namespace gradus::testing {
namespace {

const std::filesystem::path root = GRADUS_TEST_DIR, folder = root / "reference/recorded";

// Appends what lies between two marks and removes all up to its end; false if there is nothing more.
bool take(std::string_view& text, std::string_view before, std::string_view after, std::string& to) {
  const std::size_t begin = text.find(before);
  if (begin == std::string_view::npos) return false;
  const std::size_t end = text.find(after, begin + before.size());
  to += text.substr(begin + before.size(), end - begin - before.size());
  text.remove_prefix(end + after.size());
  return true;
}

bool of_base64(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '/' || c == '='; }

// Long words of base64 as their length and two sums, which say enough of pictures and change little with a last bit.
std::string without_bytes(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && of_base64(text[end])) ++end;
    const bool quoted = i > 0 && text[i - 1] == '"' && end < text.size() && text[end] == '"';
    if (quoted && end - i >= 24) {
      double sum = 0, weighted = 0;
      for (std::size_t k = i; k < end; ++k) {
        const char c = text[k];
        const int six = c >= 'a' ? c - 'a' + 26 : c >= 'A' ? c - 'A' : c >= '0' && c <= '9' ? c - '0' + 52 : 63;
        sum += six;
        weighted += six * static_cast<double>(k - i + 1) / static_cast<double>(end - i);
      }
      char words[80];
      std::snprintf(words, sizeof words, "%zu of base64, %.1f %.1f", end - i, sum, weighted);
      out += words;
    } else {
      out += text.substr(i, end - i);
    }
    if (end < text.size()) out += text[end];
    i = end + 1;
  }
  return out;
}

// Long lists of numbers as their first, their last and two sums.
std::string without_lists(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = text[i] == '[' ? text.find_first_of("[]{}\"", i + 1) : std::string::npos;
    std::vector<double> numbers;
    if (end != std::string::npos && text[end] == ']') {
      std::istringstream in(text.substr(i + 1, end - i - 1));
      for (std::string word; std::getline(in, word, ',');) numbers.push_back(std::strtod(word.c_str(), nullptr));
    }
    if (numbers.size() < 12) {
      out += text[i++];
      continue;
    }
    double sum = 0, weighted = 0;
    for (std::size_t k = 0; k < numbers.size(); ++k) {
      sum += numbers[k];
      weighted += numbers[k] * static_cast<double>(k + 1) / static_cast<double>(numbers.size());
    }
    char words[160];
    std::snprintf(words, sizeof words, "[%zu numbers, %.5g to %.5g, sum %.5g, %.5g]", numbers.size(), numbers.front(),
                  numbers.back(), sum, weighted);
    out += words;
    i = end + 1;
  }
  return out;
}

// Lines that stand there already are left out, and of many marks in a row most.
std::string shortened(const std::string& text) {
  std::set<std::string> before;
  std::string out, kind;
  int run = 0;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (!before.insert(line).second) continue;
    run = line.substr(0, 6) == kind ? run + 1 : 0;
    kind = line.substr(0, 6);
    if (run <= 8 || run % 20 == 0 || !line.starts_with('<')) out += line + '\n';
  }
  return out;
}

// Of a page its data, or its text if it has none: not the styles and scripts.
std::string of_page(std::string_view page) {
  std::string data, body;
  for (std::string_view rest = page; take(rest, "<script type=\"application/json\" id=\"", "</script>", data);)
    data += '\n';
  if (data.empty() && take(page, "<body>", "</body>", body)) return body;
  return replaced(replaced(without_lists(replaced(without_bytes(data), "], [", ", ")), "}, {", "},\n{"), "\\n", "\n");
}

// Of weights the text in front of them.
std::string of_weights(const std::string& bytes) {
  static const std::regex checksum("\"checksum\":\"[0-9a-f]*\"");
  std::size_t size = 0;
  for (const std::size_t i : {2u, 1u, 0u}) size = 256 * size + static_cast<unsigned char>(bytes[i]);
  const std::string text = std::regex_replace(bytes.substr(8, size), checksum, "\"checksum\":\"\"");
  return std::to_string(bytes.size() - 8 - size) + " bytes " + replaced(text, "\\n", "\n");
}

class Recorded : public TrainMnist, public ::testing::WithParamInterface<std::string> {
 protected:
  TemporaryFolder out_;
  std::map<std::string, std::string> files_;  // written so far
  // What stands for folders in the commands.
  const std::vector<std::pair<std::string, std::string>> names_ = {
      {"DATA", folder_.string()}, {"HERE", (root / "reference/programs").string()}, {"OUT", out_.string()}};

  std::string with_folders(std::string text) {
    for (const auto& [name, path] : names_) text = replaced(text, name, path);
    return text;
  }
  std::string with_names(std::string text) {
    for (const auto& [name, path] : names_) text = replaced(text, path, name);
    return text;
  }

  std::string run_and_tell(const std::string& command) {
    const Outcome outcome = run_program("(" + with_folders(command) + ")");
    std::string told = outcome.output + outcome.errors;
    if (outcome.exit_code != 0) told += "exit code " + std::to_string(outcome.exit_code) + '\n';
    std::map<std::string, std::string> written;
    for (const auto& entry : std::filesystem::directory_iterator(out_.string())) {
      if (entry.is_regular_file()) written[entry.path().filename().string()] = read_file(entry.path());
    }
    for (const auto& [name, bytes] : written) {
      std::string& before = files_[name];
      if (before == bytes) continue;
      before = bytes;
      told += "== " + name + '\n';
      told += name.ends_with(".html")  ? shortened(of_page(bytes))
              : name.ends_with(".svg") ? shortened(bytes)
              : name.ends_with(".st")  ? of_weights(bytes)
                                       : bytes;
      if (!told.ends_with('\n')) told += '\n';
    }
    return with_names(told);
  }
};

// With marks for what differs from run to run.
std::string with_marks(const std::string& told) {
  static const std::regex key(R"((\\?"[a-z_]*(seconds|per_second|_us)\\?": )-?[0-9.e+-]+)");
  static const std::regex rate("[0-9,]+( samples/s)");
  std::string marked;
  std::istringstream in(told);
  for (std::string line; std::getline(in, line);) {
    line = std::regex_replace(line, a_time(), "@");
    line = std::regex_replace(std::regex_replace(line, key, "$1#"), rate, "#$1");
    bool in_word = false;
    for (std::size_t i = 0; i < line.size();) {
      const Number n = in_word ? Number() : number_at(std::string_view(line).substr(i));
      const bool none = n.length > 0 && n.value != 0 && std::abs(n.value) < kNothing;
      in_word = n.length == 0 && std::isalnum(static_cast<unsigned char>(line[i])) != 0;
      const std::size_t length = std::max<std::size_t>(n.length, 1);
      marked += none ? "~" : line.substr(i, length);
      i += length;
    }
    marked += '\n';
  }
  return marked;
}

TEST_P(Recorded, IsWhatWasRead) {
  const std::filesystem::path path = folder / (GetParam() + ".txt");
  const std::string expected = read_file(path);
  std::string found;
  for (const std::string& line : lines(expected)) {
    if (line.starts_with("$ ")) found += line + '\n' + run_and_tell(line.substr(2));
  }
  if (std::getenv("GRADUS_RECORD")) std::ofstream(path, std::ios::binary) << with_marks(found);
  const std::string difference = where_they_differ(found, read_file(path));
  const std::string level = kernels::active().level;
  if (!difference.empty() && level != "x86-64-v3" && level != "x86-64-v4") {
    GTEST_SKIP() << "recorded where a multiply-add rounds once, and here it may round twice: " << difference;
  }
  EXPECT_EQ(difference, "") << "If this is meant, record it anew: see the head of tests/examples/recorded_test.cpp";
}

std::vector<std::string> recorded() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.push_back(entry.path().stem().string());
  std::ranges::sort(names);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Programs, Recorded, ::testing::ValuesIn(recorded()),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace gradus::testing
