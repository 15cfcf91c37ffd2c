#include <gradus/core/io/idx.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <stdexcept>

namespace gradus::examples {

namespace {

constexpr std::uint32_t kLabelsMagic = 0x00000801;  // 08: unsigned bytes, 01: one dimension
constexpr std::uint32_t kImagesMagic = 0x00000803;  // 08: unsigned bytes, 03: three dimensions

[[noreturn]] void fail(const std::string& name, const std::string& problem) {
  throw std::runtime_error(name + ": " + problem);
}

std::uint32_t big_endian(std::span<const std::uint8_t> bytes, std::size_t word) {
  std::uint32_t value = 0;
  for (const std::uint8_t byte : bytes.subspan(4 * word, 4)) value = value << 8U | byte;
  return value;
}

std::string hexadecimal(std::uint32_t value) {
  char text[11];
  std::snprintf(text, sizeof text, "0x%08x", value);
  return text;
}

struct Header {
  std::uint64_t count = 0;
  std::uint64_t rows = 1;
  std::uint64_t columns = 1;
  std::uint64_t header_bytes = 0;
  std::uint64_t payload_bytes = 0;
};

// "60000 images of 28 x 28 pixels" or "60000 labels"
std::string describe(const Header& header, bool images) {
  if (!images) return std::to_string(header.count) + " labels";
  return std::to_string(header.count) + " images of " + std::to_string(header.rows) + " x " +
         std::to_string(header.columns) + " pixels";
}

// `begin` holds the first bytes of a file of `file_bytes` bytes, at least its header if it is that long.
Header read_header(std::span<const std::uint8_t> begin, std::uint64_t file_bytes, std::uint32_t magic,
                   const std::string& name) {
  const bool images = magic == kImagesMagic;
  Header header;
  header.header_bytes = images ? 16 : 8;
  if (begin.size() >= 2 && begin[0] == 0x1f && begin[1] == 0x8b) {
    fail(name, "is compressed by gzip; unpack it: mv " + name + " " + name + ".gz && gunzip " + name + ".gz");
  }
  if (begin.size() >= 4 && big_endian(begin, 0) != magic) {
    fail(name, "wrong magic number: expected " + hexadecimal(magic) + (images ? " (images)" : " (labels)") + ", got " +
                   hexadecimal(big_endian(begin, 0)));
  }
  if (begin.size() < header.header_bytes) {
    fail(name, "truncated: the header takes " + std::to_string(header.header_bytes) + " bytes, the file has " +
                   std::to_string(file_bytes));
  }
  header.count = big_endian(begin, 1);
  if (images) {
    header.rows = big_endian(begin, 2);
    header.columns = big_endian(begin, 3);
  }
  const std::uint64_t item_bytes = header.rows * header.columns;  // both below 2^32, so this fits
  if (header.count == 0 || item_bytes == 0) fail(name, "holds nothing: " + describe(header, images));
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  if (header.count > (kMost - header.header_bytes) / item_bytes) {
    fail(name, "claims " + describe(header, images) + ", more than any file can hold");
  }
  header.payload_bytes = header.count * item_bytes;
  const std::uint64_t expected = header.header_bytes + header.payload_bytes;
  if (file_bytes != expected) {
    fail(name, std::string(file_bytes < expected ? "truncated: " : "overlong: ") + describe(header, images) + " take " +
                   std::to_string(expected) + " bytes, the file has " + std::to_string(file_bytes));
  }
  return header;
}

IdxImages make_images(const Header& header, std::vector<std::uint8_t> pixels) {
  return {std::move(pixels), static_cast<std::int64_t>(header.count), static_cast<std::int64_t>(header.rows),
          static_cast<std::int64_t>(header.columns)};
}

// Header and payload of a file, whose size is known before its contents are read.
std::pair<Header, std::vector<std::uint8_t>> load(const std::string& path, std::uint32_t magic) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) fail(path, "cannot read: " + error.message());
  if (fs::is_directory(status)) fail(path, "cannot read: it is a folder");
  if (!fs::is_regular_file(status)) fail(path, "cannot read: it is not a regular file");  // a pipe would block

  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) fail(path, "cannot read: " + std::string(std::strerror(errno)));
  const std::uint64_t file_bytes = fs::file_size(path, error);
  if (error) fail(path, "cannot read: " + error.message());

  std::array<std::uint8_t, 16> begin{};
  const std::size_t begin_bytes = std::min<std::uint64_t>(file_bytes, magic == kImagesMagic ? 16 : 8);
  file.read(reinterpret_cast<char*>(begin.data()), static_cast<std::streamsize>(begin_bytes));
  if (!file) fail(path, "cannot read its header");
  const Header header = read_header(std::span(begin).first(begin_bytes), file_bytes, magic, path);
  std::vector<std::uint8_t> payload(header.payload_bytes);
  file.read(reinterpret_cast<char*>(payload.data()), static_cast<std::streamsize>(payload.size()));
  if (!file) fail(path, "cannot read all of its " + std::to_string(file_bytes) + " bytes");
  return {header, std::move(payload)};
}

}  // namespace

IdxImages parse_images(std::span<const std::uint8_t> bytes, const std::string& name) {
  const Header header = read_header(bytes, bytes.size(), kImagesMagic, name);
  const auto pixels = bytes.subspan(header.header_bytes);
  return make_images(header, {pixels.begin(), pixels.end()});
}

std::vector<std::int32_t> parse_labels(std::span<const std::uint8_t> bytes, const std::string& name) {
  const Header header = read_header(bytes, bytes.size(), kLabelsMagic, name);
  const auto labels = bytes.subspan(header.header_bytes);
  return {labels.begin(), labels.end()};
}

IdxImages load_images(const std::string& path) {
  auto [header, pixels] = load(path, kImagesMagic);
  return make_images(header, std::move(pixels));
}

std::vector<std::int32_t> load_labels(const std::string& path) {
  const auto [header, labels] = load(path, kLabelsMagic);
  return {labels.begin(), labels.end()};
}

}  // namespace gradus::examples
