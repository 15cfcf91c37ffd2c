// IDX, the file format of MNIST: a magic number that tells the kind, the size of each axis (all big-endian, 32 bits),
// then bytes.
//
//   labels: 00 00 08 01, n, then n bytes            images: 00 00 08 03, n, rows, columns, then n*rows*columns bytes
#pragma once

#include <gradus/core/base.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace gradus_base {

enum class IdxKind { labels = 1, images = 3 };  // by the number of axes

struct Idx {
  std::vector<std::int64_t> sizes;  // [n] or [n, rows, columns]
  std::vector<std::uint8_t> bytes;  // row-major
};

// Both throw std::runtime_error, one line that begins with the file's name, for a wrong magic number, a length that
// disagrees with the file's size, and zero items. Nothing in the file is trusted: sizes are checked before anything is
// allocated.
Idx parse_idx(std::span<const std::uint8_t> file, IdxKind kind, const std::string& name);
Idx read_idx(const std::string& path, IdxKind kind);

}  // namespace gradus_base
