// What a training reads and writes: weights, networks for other programs, checkpoints.
#include <gradus/core/error.h>
#include <gradus/core/io/checksum.h>
#include <gradus/core/io/file.h>
#include <gradus/examples/data/mnist.h>
#include <gradus/examples/train_mnist/onnx.h>
#include <gradus/examples/train_mnist/pytorch.h>
#include <gradus/examples/train_mnist/training.h>
#include <gradus/examples/training/state.h>

#include <filesystem>
#include <sstream>

namespace gradus::examples {
namespace {

std::uint32_t checksum(const ImageSet& images, std::uint32_t before) {
  const auto bytes = [](const auto& numbers) {
    return std::string_view(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(numbers[0]));
  };
  return crc32(bytes(images.labels), crc32(bytes(images.pixels), before));
}

const std::string& require(const Checkpoint& checkpoint, const char* key) {
  const std::string* value = find(checkpoint.metadata, key);
  if (!value) throw std::runtime_error(text("it has no ", key, ": it is not of this program"));
  return *value;
}

}  // namespace

std::string describe_data(const Dataset& data) {
  return text(data.train.count, " + ", data.test.count, " images of ", data.train.rows, 'x', data.train.columns, ", ",
              data.train.classes, " classes, checksum ", std::hex, checksum(data.test, checksum(data.train, 0)));
}

void Training::load(const std::string& path) {
  const Safetensors file = load_safetensors(path);
  if (is_checkpoint(file.metadata)) throw std::runtime_error(path + ": is a checkpoint: --resume goes on from it");
  try {
    model_.load_state_dict(file.state);
  } catch (const std::invalid_argument& error) {
    throw std::runtime_error(text(path, ": is not of this network: ", error.what()));
  }
}

// "pt" is what PyTorch's users expect there: layouts are PyTorch's.
void Training::save(const std::string& path) const { save_safetensors(path, model_.state_dict(), {{"format", "pt"}}); }

void Training::save_onnx(const std::string& path) { write_file(path, onnx_model(model_, data_.train.image_size())); }

void Training::save_pytorch(const std::string& path) {
  write_file(path,
             pytorch_program(model_, options_, std::filesystem::absolute(mnist_folder(options_.data_dir)).string()));
}

void Training::begin_report() {
  if (options_.report.empty()) return;
  recorder_ = std::make_unique<Recorder>(model_, data_.train, train_count_, options_.label_smoothing);
  recorder_->measure(epoch_);
}

void Training::write_report(Ending ending, const std::string& failure) {
  if (!recorder_) return;
  model_.load_state_dict(recorder_->state());
  write_file(options_.report, report_page({.options = options_,
                                           .data = data_,
                                           .recorder = *recorder_,
                                           .model = model_,
                                           .held_out = held_out_batches_,
                                           .history = history,
                                           .train_count = train_count_,
                                           .ending = ending,
                                           .failure = failure}));
}

Checkpoint Training::checkpoint() {
  Checkpoint checkpoint;
  checkpoint.state = training_state(model_, *optimizer_);
  checkpoint.state.emplace_back("epoch", epoch_);
  checkpoint.state.emplace_back("step", step_);
  checkpoint.state.emplace_back("generator", random_state(rng_));
  const auto& order = train_batches_.order();
  checkpoint.state.emplace_back("order", std::vector<std::int64_t>(order.begin(), order.end()));
  if (data_description_.empty()) data_description_ = describe_data(data_);  // once: it reads all images
  std::string lines;
  for (const std::string& line : history) lines += line + '\n';
  checkpoint.metadata = {{"configuration", configuration(options_)}, {"data", data_description_}, {"metrics", lines}};
  return checkpoint;
}

void Training::save_checkpoint() {
  if (options_.checkpoint.empty()) return;
  gradus::save_checkpoint(options_.checkpoint, checkpoint());
  saved_epoch_ = epoch_;
}

void Training::restore(const Checkpoint& checkpoint, const std::string& name) {
  try {
    data_description_ = describe_data(data_);
    if (const std::string there = require(checkpoint, "data"); there != data_description_) {
      throw std::runtime_error("was trained on other data: " + there + "; here " + data_description_);
    }
    StateDict state = checkpoint.state;
    const auto epoch = take<std::int64_t>(state, "epoch"), step = take<std::int64_t>(state, "step");
    if (epoch < 0 || epoch > 1'000'000 || step != epoch * train_batches_.full_batches()) {
      throw std::runtime_error(text("step ", step, " is not the end of epoch ", epoch));
    }
    if (epoch > options_.epochs) {
      throw std::runtime_error(text("has ", epoch, " epochs behind it, more than --epochs ", options_.epochs));
    }
    std::vector<std::string> lines;
    std::istringstream in(require(checkpoint, "metrics"));
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    if (static_cast<std::int64_t>(lines.size()) != epoch) {
      throw std::runtime_error(text("has metrics of ", lines.size(), " epochs, but epoch ", epoch));
    }
    const Rng::State generator = random_state(take<std::vector<std::int64_t>>(state, "generator"));
    const auto order = take<std::vector<std::int64_t>>(state, "order");
    train_batches_.set_order(order);
    restore_training_state(std::move(state), model_, *optimizer_);
    rng_.set_state(generator);
    epoch_ = epoch;
    if (options_.checkpoint == options_.resume) saved_epoch_ = epoch;
    step_ = step;
    history = std::move(lines);
  } catch (const std::exception& error) {
    throw std::runtime_error(name + ": " + error.what());
  }
}

const std::string& configuration_of(const Checkpoint& checkpoint, const std::string& name) {
  try {
    return require(checkpoint, "configuration");
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(name + ": " + error.what());
  }
}

}  // namespace gradus::examples
