#include "targets.h"

#include <gradus/core/io/checksum.h>
#include <gradus/examples/train_mnist/training.h>

#include <cstdio>
#include <stdexcept>

namespace gradus::fuzz {
namespace {

using examples::Training;

const examples::Options& options() {
  static const examples::Options tiny = {.epochs = 3, .batch_size = 4, .hidden = {3}, .learning_rate = 0.01};
  return tiny;
}

// Nine images of one pixel, in two classes.
const Dataset& data() {
  static const Dataset tiny = [] {
    ImageSet images = {.pixels = {}, .labels = {}, .count = 9, .rows = 1, .columns = 1, .classes = 2};
    for (int i = 0; i < 9; ++i) {
      images.pixels.push_back(static_cast<std::uint8_t>(i));
      images.labels.push_back(i % 2);
    }
    return Dataset{images, images};
  }();
  return tiny;
}

void restore(std::string_view bytes) {
  try {
    const Checkpoint checkpoint = parse_checkpoint(bytes, "f");
    const char* const argv[] = {"train_mnist"};
    try {
      examples::resume_options(1, argv, examples::configuration_of(checkpoint, "f"), "f");
    } catch (const std::runtime_error&) {
    }
    Training training(options(), data());
    training.restore(checkpoint, "f");
    const std::string again = format_checkpoint(training.checkpoint());
    training.restore(parse_checkpoint(again, "f"), "f");
    promise(format_checkpoint(training.checkpoint()) == again);
  } catch (const std::runtime_error&) {
  }
}

}  // namespace

std::string sealed(std::string_view bytes) {
  std::string copy(bytes);
  constexpr std::size_t position = 8 + std::string_view("{\"__metadata__\":{\"checksum\":\"").size();
  if (copy.size() < position + 8) return copy;
  copy.replace(position, 8, "00000000");
  char digits[9];
  std::snprintf(digits, sizeof digits, "%08x", crc32(copy));
  return copy.replace(position, 8, digits);
}

void checkpoint(std::string_view bytes) {
  restore(bytes);
  restore(sealed(bytes));
}

std::string valid_checkpoint() {
  Training training(options(), data());
  examples::Progress progress(examples::ProgressMode::quiet);
  const examples::InterruptHandler interrupt;
  examples::EpochMetrics metrics;
  training.run_epoch(progress, interrupt, metrics);
  training.history.push_back("{}");
  return format_checkpoint(training.checkpoint());
}

}  // namespace gradus::fuzz
