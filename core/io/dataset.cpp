#include <gradus/core/error.h>
#include <gradus/core/io/dataset.h>
#include <gradus/core/io/idx.h>

#include <algorithm>
#include <filesystem>

namespace gradus_base {
namespace {

namespace fs = std::filesystem;

// Two spellings are in use: train-images-idx3-ubyte and train-images.idx3-ubyte.
std::string find_file(const fs::path& folder, const std::string& name, const std::string& type) {
  const std::string paths[] = {(folder / (name + "-" + type)).string(), (folder / (name + "." + type)).string()};
  std::error_code error;  // a folder that may not be searched counts as missing
  for (const std::string& path : paths) {
    if (fs::exists(path, error)) return path;
  }
  for (const std::string& path : paths) {
    if (!fs::exists(path + ".gz", error)) continue;
    throw std::runtime_error(text(path, ".gz is compressed; unpack it: gunzip -k ", path, ".gz"));
  }
  throw std::runtime_error(text("cannot find ", name, "; tried ", paths[0], ", ", paths[1]));
}

ImageSet load_set(const std::string& folder, const std::string& name) {
  // Both are looked for before either is read.
  const std::string images_path = find_file(folder, name + "-images", "idx3-ubyte");
  const std::string labels_path = find_file(folder, name + "-labels", "idx1-ubyte");
  Idx images = read_idx(images_path, IdxKind::images);
  const Idx labels = read_idx(labels_path, IdxKind::labels);
  const std::int64_t count = images.sizes[0];
  if (labels.sizes[0] != count) {
    throw std::runtime_error(
        text(labels_path, ": ", labels.sizes[0], " labels, but ", count, " images in ", images_path));
  }
  return {std::move(images.bytes), {labels.bytes.begin(), labels.bytes.end()}, count, images.sizes[1], images.sizes[2]};
}

// "emnist-letters" where the folder has emnist-letters-train-images-idx3-ubyte; empty if there is no such file, or one
// in MNIST's form beside it.
std::string emnist_split(const std::string& folder) {
  const std::string_view tail = "-train-images-idx3-ubyte";
  std::string split;
  std::error_code error;
  for (const char* name : {"train-images-idx3-ubyte", "train-images.idx3-ubyte"}) {
    if (fs::exists(fs::path(folder) / name, error)) return {};
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("emnist-") || !name.ends_with(tail)) continue;
    const std::string found = name.substr(0, name.size() - tail.size());
    if (!split.empty()) {
      throw std::runtime_error(text(folder, ": has ", std::min(split, found), " and ", std::max(split, found),
                                    ", but one set is trained on: put it into a folder of its own"));
    }
    split = found;
  }
  return split;
}

// EMNIST stores its images by columns, and its letters' labels begin at 1.
void set_upright(ImageSet& set) {
  std::vector<std::uint8_t> upright(set.pixels.size());
  for (std::int64_t n = 0; n < set.count; ++n) {
    const auto from = set.image(n);
    const auto to = std::span(upright).subspan(static_cast<std::size_t>(n * set.image_size()));
    for (std::int64_t i = 0; i < set.rows; ++i)
      for (std::int64_t j = 0; j < set.columns; ++j)
        to[static_cast<std::size_t>(j * set.rows + i)] = from[static_cast<std::size_t>(i * set.columns + j)];
  }
  set.pixels = std::move(upright);
  std::swap(set.rows, set.columns);
}

Dataset load_emnist(const std::string& folder, const std::string& split) {
  Dataset data{load_set(folder, split + "-train"), load_set(folder, split + "-test")};
  const std::int32_t least = std::min(std::ranges::min(data.train.labels), std::ranges::min(data.test.labels));
  for (ImageSet* set : {&data.train, &data.test}) {
    set_upright(*set);
    for (std::int32_t& label : set->labels) label -= least;
  }
  return data;
}

}  // namespace

Dataset load_dataset(const std::string& folder) {
  const std::string split = emnist_split(folder);
  Dataset data =
      split.empty() ? Dataset{load_set(folder, "train"), load_set(folder, "t10k")} : load_emnist(folder, split);
  auto& [train, test] = data;
  if (train.rows != test.rows || train.columns != test.columns) {
    throw std::runtime_error(text(folder, ": training images of ", train.rows, " x ", train.columns,
                                  " pixels, but test images of ", test.rows, " x ", test.columns, " pixels"));
  }
  train.classes = test.classes = 1 + std::max(std::ranges::max(train.labels), std::ranges::max(test.labels));
  return data;
}

}  // namespace gradus_base
