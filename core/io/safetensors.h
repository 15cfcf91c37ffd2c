// Named tensors to and from safetensors files (https://github.com/huggingface/safetensors, section "Format"):
//
//   8 bytes   n, the length of the header, little-endian
//   n bytes   the header, JSON in UTF-8, padded with spaces:
//             {"__metadata__": {"format": "pt"},
//              "0.weight": {"dtype": "F32", "shape": [256, 784], "data_offsets": [0, 802816]}, ...}
//   the rest  the numbers, little-endian, row-major; data_offsets count from here, and leave no byte unused
//
// With the keys and layouts of Layer::state_dict() these are the files that PyTorch's users write and read.
#pragma once

#include <gradus/core/io/state.h>

#include <string_view>

namespace gradus {

using Metadata = std::vector<std::pair<std::string, std::string>>;  // keys all different

struct Safetensors {
  StateDict state;  // in the header's order
  Metadata metadata;
};

// Tensors are written as F32 (F64 in the double build), counters as I64 without axes, lists of integers as I64 with
// one. Integers come first in the data, so that everything is aligned. Throws std::invalid_argument if a name occurs
// twice, is "__metadata__" or is no UTF-8.
std::string format_safetensors(const StateDict& state, const Metadata& metadata = {});
// The same to a file, as write_file does it: whatever happens, the old one or the new one. Throws std::runtime_error
// naming the file if it cannot be written.
void save_safetensors(const std::string& path, const StateDict& state, const Metadata& metadata = {});

// F32 and F64 are understood, whichever Scalar is, and I64 with one axis or none. Nothing in the file is trusted: all
// of it is checked before anything is allocated. Throws std::runtime_error, one line that begins with `name` and names
// the key.
Safetensors parse_safetensors(std::string_view bytes, const std::string& name);
Safetensors load_safetensors(const std::string& path);

// The value under a key, or null.
const std::string* find(const Metadata& metadata, std::string_view key);

}  // namespace gradus
