#include <gradus/core/io/file.h>
#include <gradus/core/io/json.h>
#include <gradus/examples/names/report.h>
#include <gradus/examples/pages/base64.h>
#include <gradus/examples/pages/page.h>

#include <bit>

namespace gradus_examples {
PageFiles names_files();
}

namespace gradus::examples::letters {
namespace {

// Little-endian, in base64.
JsonText floats(const Tensor& t) {
  std::string bytes;
  for (const Scalar x : t.values()) {
    const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(x));
    for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(bits >> shift & 255);
  }
  return base64(bytes);
}

JsonText state_json(const Module& net) {
  JsonText json = JsonText::written("{}");
  for (const auto& [key, value] : net.state_dict()) {
    if (const auto* tensor = std::get_if<Tensor>(&value)) json.add(key, floats(*tensor));
  }
  return json;
}

void add_attention(JsonText& list, const Module& module) {
  if (const auto* attention = dynamic_cast<const CausalSelfAttention*>(&module)) list.add(floats(attention->weights()));
  for (const auto& child : module.children()) add_attention(list, *child);
}

// What the program makes of a word, for the page's script to be held against: logits after each of its beginnings, and
// where each head looks in the whole of it.
JsonText check_json(IndexLayer& net, NetKind kind, const Alphabet& alphabet, const Word& word) {
  JsonText logits = JsonText::written("[]"), attention = logits;
  for (auto end = word.begin();; ++end) {
    logits.add(floats(guess(net, kind, Word(word.begin(), end))));
    if (end == word.end()) break;
  }
  add_attention(attention, net);
  return {{"word", alphabet.spell(word)}, {"logits", logits}, {"attention", attention}};
}

}  // namespace

void write_report(const Options& options, const Words& words, Training& training, const std::vector<Word>& invented) {
  std::vector<Word> held_out;
  for (std::size_t i = 0; i < words.held_out.size(); i += 1 + words.held_out.size() / 6) {
    held_out.push_back(words.held_out[i]);
    const auto most = static_cast<std::size_t>(block(options.model)) - 1;
    if (options.model == NetKind::gpt && held_out.back().size() > most) held_out.back().resize(most);
  }
  const JsonText json = {
      {"model", name_of(options.model)},
      {"block", block(options.model)},
      {"letters", words.alphabet.letters()},
      {"state", state_json(training.net())},
      {"trainingWords", words.training.size()},
      {"steps", training.steps()},
      {"history", json_list(training.history(), JsonText::written)},
      {"invented", json_list(invented, [&](const Word& word) -> JsonText { return words.alphabet.spell(word); })},
      {"checks", json_list(held_out, [&](const Word& word) {
         return check_json(training.net(), options.model, words.alphabet, word);
       })}};
  write_file(options.report, make_page("names.html", {{"net", json.str()}}, {names_files(), shared_page()}));
}

}  // namespace gradus::examples::letters
