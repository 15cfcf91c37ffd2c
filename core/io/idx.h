// IDX, the file format of MNIST: a magic number, the length of each dimension (all big-endian, 32 bits), then bytes.
//
//   labels: 00 00 08 01, n, then n bytes            images: 00 00 08 03, n, rows, columns, then n*rows*columns bytes
//
// Every function throws std::runtime_error, one line that names the file and the numbers, for a wrong magic number, a
// length that disagrees with the file's size, and zero items. Lengths are checked before anything is allocated.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace gradus::examples {

struct IdxImages {
  std::vector<std::uint8_t> pixels;  // [count, rows, columns], 0 to 255
  std::int64_t count = 0;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
};

// From memory; errors begin with `name`.
IdxImages parse_images(std::span<const std::uint8_t> bytes, const std::string& name);
std::vector<std::int32_t> parse_labels(std::span<const std::uint8_t> bytes, const std::string& name);

// From a file, which must be a regular one (a pipe is refused: its size is not known beforehand).
IdxImages load_images(const std::string& path);
std::vector<std::int32_t> load_labels(const std::string& path);

}  // namespace gradus::examples
