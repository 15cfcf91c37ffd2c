// What --save and --load read and write: weights as safetensors, with the net's kind and its alphabet in the metadata.
#pragma once

#include <gradus/core/io/safetensors.h>
#include <gradus/examples/names/words.h>
#include <gradus/layers/module.h>

namespace gradus::examples::letters {

void save_weights(const std::string& path, const Module& net, NetKind kind, const Alphabet& alphabet);

struct Weights {
  std::string path;
  NetKind kind;
  Alphabet alphabet;
  StateDict state;

  // Throws std::runtime_error if they are not the net's.
  void put_into(Module& net) const;
};
// Throws std::runtime_error, one line that begins with the path, if they are not of this program.
Weights load_weights(const std::string& path);

// The value under a key. Throws std::runtime_error if it is missing.
const std::string& require(const Metadata& metadata, const char* key);

}  // namespace gradus::examples::letters
