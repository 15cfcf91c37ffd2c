// A list of words, the alphabet of its letters, and what the two nets learn from it.
#pragma once

#include <gradus/core/tensor/shape.h>
#include <gradus/examples/base.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gradus::examples::letters {

enum class NetKind { mlp, gpt };

constexpr std::int32_t edge = 0;      // stands before the first letter of a word, and after the last
constexpr std::int32_t nothing = -1;  // the label of a place where nothing is to be guessed

using Word = std::vector<std::int32_t>;  // the numbers of its letters, without edges

// Letters are characters of UTF-8; their numbers count from 1, in the order of their bytes.
class Alphabet {
 public:
  // All letters, one after another. Throws std::runtime_error unless they are in order, each once.
  explicit Alphabet(std::string_view letters);

  std::int64_t size() const { return static_cast<std::int64_t>(letters_.size()) + 1; }  // the edge is one of them
  const std::vector<std::string>& letters() const { return letters_; }
  std::int32_t number(std::string_view letter) const;  // 0 if it has none
  std::string text() const;                            // as it was made
  std::string spell(const Word& word) const;

 private:
  std::vector<std::string> letters_;  // sorted
};

struct Words {
  Alphabet alphabet;
  std::vector<Word> training, held_out;  // every tenth is held out
  std::uint32_t checksum;                // of the text they come from
};

// Of a text with a word a line; spaces around a word and empty lines do not count. Without an alphabet, the letters
// that occur make one. Throws std::runtime_error, one line that begins with the text's name and has the number of the
// line, for what is no UTF-8, a control character, a letter that is not in the alphabet, and fewer than 10 words.
Words read_words(std::string_view bytes, const std::string& name, const std::optional<Alphabet>& alphabet);

// The letters that a net is shown in order to guess the one after `word`: for mlp the last 3, for gpt all from the edge
// on, at most 16, with edges behind them to fill the row.
Word shown(NetKind kind, const Word& word);
std::int64_t block(NetKind kind);  // how many that are: 3 or 16

// Rows of what is shown, and what should be guessed from it: of an mlp the next letter, of a gpt the next one at each
// of its places.
struct Examples {
  std::size_t count = 0;               // of rows
  std::size_t shown = 0, guessed = 0;  // letters a row
  std::vector<std::int32_t> x, y;      // [count, shown], [count, guessed]
  std::size_t cut = 0;                 // words longer than a gpt's row: their last letters are left out
};
Examples make_examples(NetKind kind, const std::vector<Word>& words);

// Some rows of them. Those of a gpt end where the longest word among them has ended: nothing is to be guessed behind
// it, and no place before attends to what is left out.
struct Batch {
  Shape shape;                     // of x: [rows, letters shown]
  std::vector<std::int32_t> x, y;  // [rows, letters shown], [rows, letters guessed]
  std::int64_t letters = 0;        // to be guessed in all
};
void gather(const Examples& examples, std::span<const std::size_t> rows, Batch& batch);

}  // namespace gradus::examples::letters
