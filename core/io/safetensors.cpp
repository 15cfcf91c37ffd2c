#include <gradus/core/error.h>
#include <gradus/core/io/file.h>
#include <gradus/core/io/json.h>
#include <gradus/core/io/safetensors.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <unordered_set>

namespace gradus {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are copied from and to files as they lie in memory");

constexpr std::size_t length_bytes = 8;
constexpr std::uint64_t longest_header = 100'000'000;  // as in the format's own library
constexpr const char* scalar_type = sizeof(Scalar) == 4 ? "F32" : "F64";
constexpr const char* metadata_key = "__metadata__";

// ---- writing

using Integers = std::vector<std::int64_t>;

std::string_view bytes_of(const StateValue& value) {
  const auto bytes = [](const auto* first, std::size_t count) {
    return std::string_view(reinterpret_cast<const char*>(first), count * sizeof(*first));
  };
  if (const auto* t = std::get_if<Tensor>(&value)) return bytes(t->data(), t->values().size());
  if (const auto* list = std::get_if<Integers>(&value)) return bytes(list->data(), list->size());
  return bytes(&std::get<std::int64_t>(value), 1);
}

std::string shape_of(const StateValue& value) {
  if (const auto* list = std::get_if<Integers>(&value)) return text('[', list->size(), ']');
  std::string shape = "[";
  if (const auto* t = std::get_if<Tensor>(&value)) {
    for (const std::int64_t size : t->shape()) shape += text(shape.size() > 1 ? "," : "", size);
  }
  return shape + "]";
}

void check_name(const std::string& name, std::unordered_set<std::string_view>& names) {
  if (!is_utf8(name)) fail("save", "the name ", json_quote(name), " is not UTF-8");
  if (name == metadata_key) fail("save", "a tensor cannot be called ", metadata_key);
  if (!names.insert(name).second) fail("save", "there are two values called ", name);
}

std::string metadata_text(const Metadata& metadata) {
  std::string json = text('"', metadata_key, "\":{");
  std::unordered_set<std::string_view> keys;
  for (const auto& [key, value] : metadata) {
    check_name(key, keys);
    if (!is_utf8(value)) fail("save", "the metadata ", key, " is not UTF-8");
    json += text(keys.size() > 1 ? "," : "", json_quote(key), ':', json_quote(value));
  }
  return json + "}";
}

// ---- reading

struct Entry {  // of the header
  std::string_view key;
  std::string_view type;
  std::vector<std::int64_t> sizes;
  std::size_t begin = 0, end = 0, count = 0;
};

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  Safetensors read() {
    const std::size_t header_bytes = header_length();
    data_ = bytes_.substr(length_bytes + header_bytes);
    const Json header = parse_header(bytes_.substr(length_bytes, header_bytes));
    const Json::Object* members = header.object();
    if (!members) problem("the header is not an object");
    Safetensors result;
    std::vector<Entry> entries;
    for (const auto& [key, value] : *members) {
      if (key == metadata_key) {
        result.metadata = metadata(value);
      } else {
        entries.push_back(entry(key, value));
      }
    }
    check_cover(entries);
    for (const Entry& e : entries) result.state.emplace_back(e.key, value(e));
    return result;
  }

 private:
  template <class... Parts>
  [[noreturn]] void problem(const Parts&... parts) const {
    throw std::runtime_error(text(name_, ": ", parts...));
  }
  template <class... Parts>
  [[noreturn]] void problem_with(std::string_view key, const Parts&... parts) const {
    problem(json_quote(key.substr(0, 200)), ' ', parts...);
  }

  std::size_t header_length() const {
    if (bytes_.size() < length_bytes) {
      problem("truncated: a safetensors file has at least 8 bytes, this has ", bytes_.size());
    }
    std::uint64_t length = 0;
    std::memcpy(&length, bytes_.data(), length_bytes);
    if (length > longest_header) {
      problem("the header claims ", length, " bytes, more than ", longest_header, ": is this a safetensors file?");
    }
    if (length > bytes_.size() - length_bytes) {
      problem("truncated: the header claims ", length, " bytes, ", bytes_.size() - length_bytes, " follow");
    }
    return static_cast<std::size_t>(length);
  }

  Json parse_header(std::string_view header) const {
    if (!header.starts_with('{')) problem("the header does not begin with {");
    try {
      return parse_json(header, 8);
    } catch (const std::runtime_error& error) {
      problem("the header is wrong: ", error.what());
    }
  }

  Metadata metadata(const Json& json) const {
    const Json::Object* members = json.object();
    if (!members) problem_with(metadata_key, "is not an object");
    Metadata result;
    for (const auto& [key, value] : *members) {
      if (!value.string()) problem_with(metadata_key, "holds something other than text: ", json_quote(key));
      result.emplace_back(key, *value.string());
    }
    return result;
  }

  std::vector<std::int64_t> whole_numbers(std::string_view key, const char* what, const Json& json) const {
    const Json::Array* items = json.array();
    if (!items) problem_with(key, "has no list as ", what);
    std::vector<std::int64_t> numbers;
    for (const Json& item : *items) {
      if (!item.integer() || *item.integer() < 0) problem_with(key, "has something other than whole numbers as ", what);
      numbers.push_back(*item.integer());
    }
    return numbers;
  }

  Entry entry(std::string_view key, const Json& json) const {
    const Json::Object* members = json.object();
    if (!members) problem_with(key, "is not an object");
    const auto part = [&](const char* name) -> const Json& {
      const auto found = std::ranges::find(*members, name, &JsonMember::key);
      if (found == members->end()) problem_with(key, "has no ", name);
      return found->value;
    };
    Entry e;
    e.key = key;
    if (!part("dtype").string()) problem_with(key, "has no text as dtype");
    e.type = *part("dtype").string();
    e.sizes = whole_numbers(key, "shape", part("shape"));
    const std::vector<std::int64_t> offsets = whole_numbers(key, "data_offsets", part("data_offsets"));
    if (members->size() != 3) problem_with(key, "has more than dtype, shape and data_offsets");
    if (offsets.size() != 2) problem_with(key, "has ", offsets.size(), " data_offsets instead of 2");
    if (offsets[0] > offsets[1] || static_cast<std::uint64_t>(offsets[1]) > data_.size()) {
      problem_with(key, "lies at bytes ", offsets[0], " to ", offsets[1], " of ", data_.size());
    }
    e.begin = static_cast<std::size_t>(offsets[0]);
    e.end = static_cast<std::size_t>(offsets[1]);
    check_size(e);
    return e;
  }

  void check_size(Entry& e) const {
    const bool integers = e.type == "I64";
    if (!integers && e.type != "F32" && e.type != "F64") {
      problem_with(e.key, "is of type ", json_quote(e.type.substr(0, 40)), "; F32, F64 and I64 can be read");
    }
    const int most_axes = integers ? 1 : Shape::max_rank;
    if (e.sizes.size() > static_cast<std::size_t>(most_axes)) {
      problem_with(e.key, "has ", e.sizes.size(), " axes; ", e.type, " can have ", most_axes);
    }
    const std::size_t item = e.type == "F32" ? 4 : 8;
    // An empty axis makes all of it empty, but the other sizes must still be possible ones.
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    std::int64_t product = 1;
    for (const std::int64_t size : e.sizes) {
      if (size > 0 && product > most / 8 / size) problem_with(e.key, "has a shape beyond 64 bits");
      product *= std::max<std::int64_t>(1, size);
    }
    if (std::ranges::count(e.sizes, 0)) product = 0;
    e.count = static_cast<std::size_t>(product);
    if (e.count * item != e.end - e.begin) {
      problem_with(e.key, "takes ", e.count * item, " bytes, but has bytes ", e.begin, " to ", e.end);
    }
  }

  // Every byte must belong to one value, so that nothing overlaps and nothing can hide in between.
  void check_cover(const std::vector<Entry>& entries) const {
    std::vector<const Entry*> sorted;
    for (const Entry& e : entries) sorted.push_back(&e);
    std::ranges::sort(sorted, {}, [](const Entry* e) { return std::pair(e->begin, e->end); });
    std::size_t end = 0;
    for (const Entry* e : sorted) {
      if (e->begin < end) problem_with(e->key, "overlaps another value at byte ", e->begin);
      if (e->begin > end) problem("bytes ", end, " to ", e->begin, " belong to no value");
      end = e->end;
    }
    if (end != data_.size()) problem("bytes ", end, " to ", data_.size(), " belong to no value");
  }

  // Nothing is said about alignment, so the bytes are copied.
  template <class From, class To>
  void copy(const Entry& e, To* to) const {
    const char* from = data_.data() + e.begin;
    for (std::size_t i = 0; i < e.count; ++i) {
      From number;
      std::memcpy(&number, from + i * sizeof(From), sizeof(From));
      to[i] = static_cast<To>(number);
    }
  }

  StateValue value(const Entry& e) const {
    if (e.type == "I64") {
      Integers integers(e.count);
      copy<std::int64_t>(e, integers.data());
      if (e.sizes.empty()) return integers[0];
      return integers;
    }
    Tensor t = Tensor::uninitialized(Shape(std::span<const std::int64_t>(e.sizes)));
    if (e.count == 0) return t;
    e.type == "F32" ? copy<float>(e, t.mutable_data()) : copy<double>(e, t.mutable_data());
    return t;
  }

  std::string_view bytes_, data_;
  const std::string& name_;
};

}  // namespace

std::string format_safetensors(const StateDict& state, const Metadata& metadata) {
  std::vector<std::size_t> begins(state.size());
  std::size_t data_bytes = 0;
  for (const bool integers : {true, false}) {
    for (std::size_t i = 0; i < state.size(); ++i) {
      if (std::holds_alternative<Tensor>(state[i].second) == integers) continue;
      begins[i] = data_bytes;
      data_bytes += bytes_of(state[i].second).size();
    }
  }

  std::string header = "{";
  if (!metadata.empty()) header += metadata_text(metadata);
  std::unordered_set<std::string_view> names;
  for (std::size_t i = 0; i < state.size(); ++i) {
    const auto& [name, value] = state[i];
    check_name(name, names);
    header += text(header.size() > 1 ? "," : "", json_quote(name), ":{\"dtype\":\"",
                   std::holds_alternative<Tensor>(value) ? scalar_type : "I64", "\",\"shape\":", shape_of(value),
                   ",\"data_offsets\":[", begins[i], ',', begins[i] + bytes_of(value).size(), "]}");
  }
  header += '}';
  header.resize((header.size() + 7) / 8 * 8, ' ');

  const std::uint64_t length = header.size();
  std::string bytes(length_bytes + header.size() + data_bytes, '\0');
  std::memcpy(bytes.data(), &length, length_bytes);
  header.copy(bytes.data() + length_bytes, header.size());
  for (std::size_t i = 0; i < state.size(); ++i) {
    const std::string_view data = bytes_of(state[i].second);
    data.copy(bytes.data() + length_bytes + header.size() + begins[i], data.size());
  }
  return bytes;
}

void save_safetensors(const std::string& path, const StateDict& state, const Metadata& metadata) {
  write_file(path, format_safetensors(state, metadata));
}

Safetensors parse_safetensors(std::string_view bytes, const std::string& name) { return Reader(bytes, name).read(); }
Safetensors load_safetensors(const std::string& path) { return parse_safetensors(read_file(path), path); }

const std::string* find(const Metadata& metadata, std::string_view key) {
  const auto found = std::ranges::find(metadata, key, &Metadata::value_type::first);
  return found == metadata.end() ? nullptr : &found->second;
}

}  // namespace gradus
