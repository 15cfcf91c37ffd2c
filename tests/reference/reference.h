// Reads reference.safetensors: PyTorch's numbers by name, in the order in which make_reference.py computed them.
#pragma once

#include <gradus/core/io/safetensors.h>

#include <sstream>
#include <stdexcept>
#include <string>

namespace gradus {

class Reference {
 public:
  Reference() : file_(load_safetensors(GRADUS_TEST_DIR "/reference/reference.safetensors")) {}

  const StateValue& value(const std::string& name) const {
    if (const StateValue* value = find(file_.state, name)) return *value;
    throw std::runtime_error("reference.safetensors has no " + name);
  }
  Tensor operator()(const std::string& name) const { return std::get<Tensor>(value(name)); }

  // All values whose names begin with prefix + ".", without it.
  StateDict all(const std::string& prefix) const {
    StateDict found;
    std::istringstream names(*find(file_.metadata, "names"));
    for (std::string name; names >> name;) {
      if (name.starts_with(prefix + ".")) found.emplace_back(name.substr(prefix.size() + 1), value(name));
    }
    return found;
  }

 private:
  Safetensors file_;
};

inline const Reference& reference() {
  static const Reference values;
  return values;
}

}  // namespace gradus
