// Checkpoints: a training put down between two steps, to go on from later as if nothing had happened.
//
// The file is a safetensors file (core/io/safetensors.h) whose metadata begins with
//
//   "checksum": CRC-32 of the whole file, in which these eight hexadecimal digits are read as "00000000"
//   "format":   "gradus checkpoint 2"  (in version 1 a Linear's weight and momenta lay as [in, out])
//
// What follows is the program's own. The checksum covers every byte, so that any damage is noticed.
#pragma once

#include <gradus/core/io/safetensors.h>
#include <gradus/layers/layer.h>
#include <gradus/optim/optimizer.h>

#include <string>

namespace gradus::examples {

struct Checkpoint {
  StateDict state;
  Metadata metadata;  // without the two above
};

std::string format_checkpoint(const Checkpoint& checkpoint);
void save_checkpoint(const std::string& path, const Checkpoint& checkpoint);  // as write_file

// Throw std::runtime_error, one line that begins with the file's name, if it is no checkpoint, of another version, or
// damaged.
Checkpoint parse_checkpoint(std::string_view bytes, const std::string& name);
Checkpoint load_checkpoint(const std::string& path);

// Whether a safetensors file with this metadata is a checkpoint, of any version.
bool is_checkpoint(const Metadata& metadata);

// A model and its optimizer: parameters, buffers and counters as "model.<key>", random state as "generator.<key>", and
// for each of the optimizer's slots "optimizer.<i>.steps" and "optimizer.<i>.state.<j>".
StateDict training_state(const Layer& model, Optimizer& optimizer);
// Puts it back. Throws std::runtime_error if something is missing, unexpected or does not fit; then nothing changed.
void restore_training_state(StateDict state, Layer& model, Optimizer& optimizer);

// Takes the value under a key out of the state. Throws std::runtime_error if it is missing or of another type.
template <class T>
T take(StateDict& state, const std::string& key);

std::vector<std::int64_t> random_state(const Rng& rng);
// Throws std::runtime_error unless it is the state of a generator.
Rng::State random_state(const std::vector<std::int64_t>& words);

}  // namespace gradus::examples
