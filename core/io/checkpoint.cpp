#include <gradus/core/error.h>
#include <gradus/core/io/checkpoint.h>
#include <gradus/core/io/checksum.h>
#include <gradus/core/io/file.h>
#include <gradus/core/io/json.h>

#include <algorithm>
#include <cstdio>

namespace gradus {
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
  const auto refuse = [&](const auto&... problem) { throw std::runtime_error(text(name, ": ", problem...)); };
  // First the checksum: what it finds damaged is not worth interpreting.
  const bool sealed =
      bytes.size() >= checksum_position + no_checksum.size() && bytes.substr(8, beginning.size()) == beginning;
  if (sealed) {
    const std::string_view written = bytes.substr(checksum_position, no_checksum.size());
    const std::string actual = checksum_of(bytes);
    if (written != actual) refuse("is damaged: its checksum is ", actual, ", not ", json_quote(written));
  }
  Safetensors file = parse_safetensors(bytes, name);
  if (!sealed || !is_checkpoint(file.metadata)) refuse("is not a checkpoint, but weights alone");
  const std::string found = find(file.metadata, "format")->substr(format_name.size());
  if (found != version) refuse("is a checkpoint of version ", found, "; this program reads ", version);
  std::erase_if(file.metadata, [](const auto& entry) { return entry.first == "checksum" || entry.first == "format"; });
  return {std::move(file.state), std::move(file.metadata)};
}

Checkpoint load_checkpoint(const std::string& path) { return parse_checkpoint(read_file(path), path); }

bool is_checkpoint(const Metadata& metadata) {
  const std::string* format = find(metadata, "format");
  return format && format->starts_with(format_name);
}

}  // namespace gradus
