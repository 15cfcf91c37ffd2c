#include <gradus/core/error.h>
#include <gradus/core/io/file.h>
#include <gradus/core/io/idx.h>

#include <algorithm>
#include <cstdio>
#include <limits>

namespace gradus_base {
namespace {

std::string hexadecimal(std::uint32_t value) {
  char digits[11];
  std::snprintf(digits, sizeof digits, "0x%08x", value);
  return digits;
}

}  // namespace

Idx parse_idx(std::span<const std::uint8_t> file, IdxKind kind, const std::string& name) {
  const bool images = kind == IdxKind::images;
  const std::size_t axes = images ? 3 : 1, header = 4 + 4 * axes;
  const auto magic = static_cast<std::uint32_t>(0x800 + axes);  // 08: unsigned bytes
  const auto refuse = [&](const auto&... problem) { throw std::runtime_error(text(name, ": ", problem...)); };
  const auto word = [&](std::size_t i) {
    std::uint32_t value = 0;
    for (const std::uint8_t byte : file.subspan(4 * i, 4)) value = value << 8 | byte;
    return value;
  };
  if (file.size() >= 2 && file[0] == 0x1f && file[1] == 0x8b) {
    refuse("is compressed by gzip; unpack it: mv ", name, ' ', name, ".gz && gunzip ", name, ".gz");
  }
  if (file.size() >= 4 && word(0) != magic) {
    refuse("wrong magic number: expected ", hexadecimal(magic), images ? " (images)" : " (labels)", ", got ",
           hexadecimal(word(0)));
  }
  if (file.size() < header) refuse("truncated: the header takes ", header, " bytes, the file has ", file.size());

  Idx idx;
  for (std::size_t axis = 1; axis <= axes; ++axis) idx.sizes.push_back(word(axis));
  const std::string what = images ? text(idx.sizes[0], " images of ", idx.sizes[1], " x ", idx.sizes[2], " pixels")
                                  : text(idx.sizes[0], " labels");
  if (std::ranges::count(idx.sizes, 0) > 0) refuse("holds nothing: ", what);
  std::int64_t expected = 1;
  for (const std::int64_t size : idx.sizes) {
    if (expected > (std::numeric_limits<std::int64_t>::max() - 16) / size) {
      refuse("claims ", what, ", more than any file can hold");
    }
    expected *= size;
  }
  expected += static_cast<std::int64_t>(header);
  if (const auto actual = static_cast<std::int64_t>(file.size()); actual != expected) {
    refuse(actual < expected ? "truncated: " : "overlong: ", what, " take ", expected, " bytes, the file has ", actual);
  }
  idx.bytes.assign(file.begin() + static_cast<std::ptrdiff_t>(header), file.end());
  return idx;
}

Idx read_idx(const std::string& path, IdxKind kind) {
  const std::string file = read_file(path);
  return parse_idx({reinterpret_cast<const std::uint8_t*>(file.data()), file.size()}, kind, path);
}

}  // namespace gradus_base
