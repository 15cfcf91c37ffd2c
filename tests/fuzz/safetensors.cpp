#include "targets.h"

#include <gradus/core/io/json.h>
#include <gradus/core/io/safetensors.h>
#include <gradus/layers/batch_norm.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/sequential.h>

#include <stdexcept>

namespace gradus::fuzz {
namespace {

void json(std::string_view bytes) {
  try {
    const Json value = parse_json(bytes);
    promise(is_utf8(bytes));
    if (value.string()) promise(*parse_json(json_quote(*value.string())).string() == *value.string());
  } catch (const std::runtime_error&) {
  }
}

void load(const StateDict& state) {
  static Rng rng(1);
  static Sequential model = [] {
    Sequential m;
    m.add<Linear>(2, 3, rng);
    m.add<BatchNorm1d>(3);
    return m;
  }();
  try {
    model.load_state_dict(state);
  } catch (const std::invalid_argument&) {
  }
}

}  // namespace

void safetensors(std::string_view bytes) {
  json(bytes);
  try {
    const Safetensors first = parse_safetensors(bytes, "f");
    const std::string written = format_safetensors(first.state, first.metadata);
    const Safetensors second = parse_safetensors(written, "f");
    promise(format_safetensors(second.state, second.metadata) == written);
    load(first.state);
  } catch (const std::runtime_error&) {
  }
}

}  // namespace gradus::fuzz
