// Checkpoints: the state of a training between two steps, from which it goes on later as if it had not stopped.
//
// The file is a safetensors file (core/io/safetensors.h) whose metadata begins with
//
//   "checksum": CRC-32 of the whole file, in which these eight hexadecimal digits are read as "00000000"
//   "format":   "gradus checkpoint 2"  (in version 1 a Linear's weight and momenta lay as [in, out])
//
// What follows is the program's own. The checksum covers every byte, so that any damage is noticed.
#pragma once

#include <gradus/core/io/safetensors.h>

namespace gradus {

struct Checkpoint {
  StateDict state;
  Metadata metadata;  // without the two above
};

std::string format_checkpoint(const Checkpoint& checkpoint);
void save_checkpoint(const std::string& path, const Checkpoint& checkpoint);  // as write_file: the old one or the new

// Throw std::runtime_error, one line that begins with the file's name, if it is no checkpoint, of another version, or
// damaged.
Checkpoint parse_checkpoint(std::string_view bytes, const std::string& name);
Checkpoint load_checkpoint(const std::string& path);

// Whether a safetensors file with this metadata is a checkpoint, of any version.
bool is_checkpoint(const Metadata& metadata);

}  // namespace gradus
