#include <gradus/core/io/checkpoint.h>
#include <gradus/examples/names/options.h>
#include <gradus/examples/names/weights.h>

namespace gradus::examples::letters {

// "pt" is what PyTorch's users expect there: layouts are PyTorch's.
void save_weights(const std::string& path, const Module& net, NetKind kind, const Alphabet& alphabet) {
  save_safetensors(path, net.state_dict(), {{"format", "pt"}, {"model", name_of(kind)}, {"alphabet", alphabet.text()}});
}

Weights load_weights(const std::string& path) {
  Safetensors file = load_safetensors(path);
  if (is_checkpoint(file.metadata)) throw std::runtime_error(path + ": is a checkpoint: --resume goes on from it");
  try {
    const std::string& model = require(file.metadata, "model");
    const bool is_mlp = model == name_of(NetKind::mlp);
    if (!is_mlp && model != name_of(NetKind::gpt)) throw std::runtime_error("is of a model \"" + model + '"');
    return {path, is_mlp ? NetKind::mlp : NetKind::gpt, Alphabet(require(file.metadata, "alphabet")),
            std::move(file.state)};
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(path + ": " + error.what());
  }
}

void Weights::put_into(Module& net) const {
  try {
    net.load_state_dict(state);
  } catch (const std::invalid_argument& error) {
    throw std::runtime_error(path + ": is not of this net: " + error.what());
  }
}

const std::string& require(const Metadata& metadata, const char* key) {
  const std::string* value = find(metadata, key);
  if (!value) throw std::runtime_error(std::string("has no ") + key + " in its metadata: it is not of this program");
  return *value;
}

}  // namespace gradus::examples::letters
