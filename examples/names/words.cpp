#include <gradus/core/error.h>
#include <gradus/core/io/checksum.h>
#include <gradus/core/io/json.h>
#include <gradus/examples/names/words.h>

#include <algorithm>
#include <functional>
#include <set>

namespace gradus::examples::letters {
namespace {

// "né" as "n", "é": every byte but those of the form 10xxxxxx begins a character.
std::vector<std::string_view> characters(std::string_view utf8) {
  std::vector<std::string_view> result;
  for (std::size_t begin = 0, end = 0; begin < utf8.size(); begin = end) {
    for (end = begin + 1; end < utf8.size() && (utf8[end] & 0xc0) == 0x80;) ++end;
    result.push_back(utf8.substr(begin, end - begin));
  }
  return result;
}

std::string_view without_spaces_around(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(" \t\r") + 1 - first);
}

bool has_control_character(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; });
}

struct Line {
  std::size_t number;
  std::string_view word;
};

std::vector<Line> lines_of(std::string_view bytes, const std::string& name) {
  if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);  // a byte-order mark
  std::vector<Line> lines;
  for (std::size_t number = 1; !bytes.empty(); ++number) {
    const std::string_view line = bytes.substr(0, bytes.find('\n'));
    bytes.remove_prefix(std::min(bytes.size(), line.size() + 1));
    const std::string_view word = without_spaces_around(line);
    if (!is_utf8(word)) throw std::runtime_error(text(name, ": line ", number, " is no UTF-8"));
    if (has_control_character(word)) {
      throw std::runtime_error(text(name, ": line ", number, " has a control character"));
    }
    if (!word.empty()) lines.push_back({number, word});
  }
  return lines;
}

}  // namespace

Alphabet::Alphabet(std::string_view letters) {
  if (!is_utf8(letters) || has_control_character(letters)) throw std::runtime_error("its alphabet is no text");
  for (const std::string_view letter : characters(letters)) letters_.emplace_back(letter);
  if (letters_.empty()) throw std::runtime_error("its alphabet is empty");
  if (std::ranges::adjacent_find(letters_, std::greater_equal()) != letters_.end()) {
    throw std::runtime_error("its alphabet is not in order, each letter once");
  }
}

std::int32_t Alphabet::number(std::string_view letter) const {
  const auto found = std::ranges::lower_bound(letters_, letter);
  return found == letters_.end() || *found != letter ? 0 : static_cast<std::int32_t>(found - letters_.begin()) + 1;
}

std::string Alphabet::text() const {
  std::string all;
  for (const std::string& letter : letters_) all += letter;
  return all;
}

std::string Alphabet::spell(const Word& word) const {
  std::string spelt;
  for (const std::int32_t letter : word) spelt += letters_[static_cast<std::size_t>(letter) - 1];
  return spelt;
}

Words read_words(std::string_view bytes, const std::string& name, const std::optional<Alphabet>& alphabet) {
  const std::vector<Line> lines = lines_of(bytes, name);
  if (lines.size() < 10) {
    throw std::runtime_error(text(name, ": has ", lines.size(), lines.size() == 1 ? " word" : " words",
                                  ", a line each, and 10 are needed, of which one is held out"));
  }
  std::string letters;
  if (!alphabet) {
    std::set<std::string_view> met;
    for (const Line& line : lines) {
      for (const std::string_view letter : characters(line.word)) met.insert(letter);
    }
    for (const std::string_view letter : met) letters += letter;
  }
  Words words = {alphabet ? *alphabet : Alphabet(letters), {}, {}, crc32(bytes)};
  for (std::size_t i = 0; i < lines.size(); ++i) {
    Word& word = (i % 10 == 9 ? words.held_out : words.training).emplace_back();
    for (const std::string_view letter : characters(lines[i].word)) {
      word.push_back(words.alphabet.number(letter));
      if (word.back() != 0) continue;
      throw std::runtime_error(text(name, ": line ", lines[i].number, " has the letter ", letter,
                                    ", which is not in the alphabet of the weights"));
    }
  }
  return words;
}

std::int64_t block(NetKind kind) { return kind == NetKind::mlp ? 3 : 16; }

Word shown(NetKind kind, const Word& word) {
  const auto size = static_cast<std::size_t>(block(kind));
  Word row(size, edge);
  if (kind == NetKind::mlp) {
    const std::size_t count = std::min(size, word.size());
    std::copy_n(word.end() - static_cast<std::ptrdiff_t>(count), count, row.end() - static_cast<std::ptrdiff_t>(count));
  } else {
    std::copy_n(word.begin(), std::min(size - 1, word.size()), row.begin() + 1);
  }
  return row;
}

Examples make_examples(NetKind kind, const std::vector<Word>& words) {
  Examples examples;
  examples.shown = static_cast<std::size_t>(block(kind));
  examples.guessed = kind == NetKind::mlp ? 1 : examples.shown;
  const auto add = [&](const Word& row) {
    examples.x.insert(examples.x.end(), row.begin(), row.end());
    ++examples.count;
  };
  for (const Word& word : words) {
    Word ended = word;
    ended.push_back(edge);
    if (kind == NetKind::mlp) {
      for (std::size_t i = 0; i < ended.size(); ++i) {
        add(shown(kind, Word(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(i))));
        examples.y.push_back(ended[i]);
      }
    } else {
      add(shown(kind, word));
      examples.cut += ended.size() > examples.guessed;
      ended.resize(examples.guessed, nothing);
      examples.y.insert(examples.y.end(), ended.begin(), ended.end());
    }
  }
  return examples;
}

void gather(const Examples& examples, std::span<const std::size_t> rows, Batch& batch) {
  std::size_t guessed = 1;
  for (const std::size_t row : rows) {
    const std::int32_t* const y = examples.y.data() + row * examples.guessed;
    while (guessed < examples.guessed && y[guessed] != nothing) ++guessed;
  }
  const std::size_t shown = examples.shown - (examples.guessed - guessed);
  batch.shape = {std::ssize(rows), static_cast<std::int64_t>(shown)};
  batch.x.resize(rows.size() * shown);
  batch.y.resize(rows.size() * guessed);
  auto x = batch.x.begin(), y = batch.y.begin();
  for (const std::size_t row : rows) {
    x = std::copy_n(examples.x.data() + row * examples.shown, shown, x);
    y = std::copy_n(examples.y.data() + row * examples.guessed, guessed, y);
  }
  batch.letters = std::ssize(batch.y) - std::ranges::count(batch.y, nothing);
}

}  // namespace gradus::examples::letters
