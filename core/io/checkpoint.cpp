#include <gradus/core/error.h>
#include <gradus/core/io/checkpoint.h>
#include <gradus/core/io/checksum.h>
#include <gradus/core/io/file.h>
#include <gradus/core/io/json.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>

namespace gradus::examples {
namespace {

constexpr std::string_view format_name = "gradus checkpoint ";
constexpr std::string_view version = "2";
constexpr std::string_view no_checksum = "00000000";
// How every checkpoint begins, after the eight bytes of the header's length; then come the checksum's digits.
constexpr std::string_view beginning = "{\"__metadata__\":{\"checksum\":\"";
constexpr std::size_t checksum_position = 8 + beginning.size();

std::string checksum_of(std::string_view bytes) {
  std::uint32_t crc = crc32(bytes.substr(0, checksum_position));
  crc = crc32(no_checksum, crc);
  crc = crc32(bytes.substr(checksum_position + no_checksum.size()), crc);
  char digits[9];
  std::snprintf(digits, sizeof digits, "%08x", crc);
  return digits;
}

[[noreturn]] void fail(const std::string& message) { throw std::runtime_error(message); }

std::string slot_key(std::size_t slot, const std::string& what) { return text("optimizer.", slot, '.', what); }
std::string state_key(std::size_t slot, std::size_t i) { return slot_key(slot, text("state.", i)); }

}  // namespace

std::string format_checkpoint(const Checkpoint& checkpoint) {
  Metadata metadata = {{"checksum", std::string(no_checksum)}, {"format", text(format_name, version)}};
  metadata.insert(metadata.end(), checkpoint.metadata.begin(), checkpoint.metadata.end());
  std::string bytes = format_safetensors(checkpoint.state, metadata);
  bytes.replace(checksum_position, no_checksum.size(), checksum_of(bytes));
  return bytes;
}

void save_checkpoint(const std::string& path, const Checkpoint& checkpoint) {
  write_file(path, format_checkpoint(checkpoint));
}

Checkpoint parse_checkpoint(std::string_view bytes, const std::string& name) {
  // First the checksum: what it finds damaged is not worth interpreting.
  const bool sealed =
      bytes.size() >= checksum_position + no_checksum.size() && bytes.substr(8, beginning.size()) == beginning;
  if (sealed) {
    const std::string_view written = bytes.substr(checksum_position, no_checksum.size());
    const std::string actual = checksum_of(bytes);
    if (written != actual) fail(text(name, ": is damaged: its checksum is ", actual, ", not ", json_quote(written)));
  }
  Safetensors file = parse_safetensors(bytes, name);
  if (!sealed || !is_checkpoint(file.metadata)) fail(name + ": is not a checkpoint (--load takes weights alone)");
  const std::string found = find(file.metadata, "format")->substr(format_name.size());
  if (found != version) fail(text(name, ": is a checkpoint of version ", found, "; this program reads ", version));
  std::erase_if(file.metadata, [](const auto& entry) { return entry.first == "checksum" || entry.first == "format"; });
  return {std::move(file.state), std::move(file.metadata)};
}

Checkpoint load_checkpoint(const std::string& path) { return parse_checkpoint(read_file(path), path); }

bool is_checkpoint(const Metadata& metadata) {
  const std::string* format = find(metadata, "format");
  return format && format->starts_with(format_name);
}

StateDict training_state(const Layer& model, Optimizer& optimizer) {
  StateDict state;
  for (const auto& [key, value] : model.state_dict()) state.emplace_back("model." + key, value);
  for (const auto& [key, rng] : model.generators()) state.emplace_back("generator." + key, random_state(*rng));
  for (std::size_t i = 0; i < optimizer.slots().size(); ++i) {
    const Optimizer::Slot& slot = optimizer.slots()[i];
    state.emplace_back(slot_key(i, "steps"), slot.steps);
    for (std::size_t j = 0; j < slot.state.size(); ++j) state.emplace_back(state_key(i, j), slot.state[j]);
  }
  return state;
}

void restore_training_state(StateDict state, Layer& model, Optimizer& optimizer) {
  StateDict of_model;
  for (auto& [key, value] : state) {
    if (key.starts_with("model.")) of_model.emplace_back(key.substr(6), std::move(value));
  }
  std::erase_if(state, [](const auto& entry) { return entry.first.starts_with("model."); });

  std::vector<std::pair<Rng*, Rng::State>> generators;
  for (const auto& [key, rng] : model.generators()) {
    generators.emplace_back(rng, random_state(take<std::vector<std::int64_t>>(state, "generator." + key)));
  }
  std::vector<std::int64_t> steps;
  std::vector<std::vector<Tensor>> moments;
  for (std::size_t i = 0; i < optimizer.slots().size(); ++i) {
    steps.push_back(take<std::int64_t>(state, slot_key(i, "steps")));
    if (steps.back() < 0) fail(text(slot_key(i, "steps"), " is negative: ", steps.back()));
    moments.emplace_back();
    for (std::string key = state_key(i, 0); find(state, key); key = state_key(i, moments.back().size())) {
      moments.back().push_back(take<Tensor>(state, key));
      const Shape &is = moments.back().back().shape(), &should_be = optimizer.slots()[i].parameter.shape();
      if (is != should_be) fail(text(key, " should be ", should_be, ", got ", is));
    }
  }
  if (!state.empty()) fail("unexpected " + state[0].first);

  try {
    model.load_state_dict(of_model);
  } catch (const std::invalid_argument& error) {
    fail(error.what());
  }
  for (const auto& [rng, words] : generators) rng->set_state(words);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    optimizer.slots()[i].steps = steps[i];
    optimizer.slots()[i].state = std::move(moments[i]);
  }
}

template <class T>
T take(StateDict& state, const std::string& key) {
  const auto entry = std::ranges::find(state, key, &StateDict::value_type::first);
  if (entry == state.end()) fail("missing " + key);
  T* value = std::get_if<T>(&entry->second);
  if (!value) fail(key + " is of another type");
  T result = std::move(*value);
  state.erase(entry);
  return result;
}
template Tensor take(StateDict&, const std::string&);
template std::int64_t take(StateDict&, const std::string&);
template std::vector<std::int64_t> take(StateDict&, const std::string&);

std::vector<std::int64_t> random_state(const Rng& rng) { return {rng.state().begin(), rng.state().end()}; }

Rng::State random_state(const std::vector<std::int64_t>& words) {
  Rng::State state;
  if (words.size() != state.size()) fail(text("random state has ", words.size(), " numbers instead of ", state.size()));
  std::ranges::transform(words, state.begin(), [](std::int64_t word) { return static_cast<std::uint64_t>(word); });
  // From zeros alone xoshiro makes only zeros.
  if (std::ranges::count(words, 0) == 4) fail("random state is zero");
  return state;
}

}  // namespace gradus::examples
