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

}  // namespace

Dataset load_dataset(const std::string& folder) {
  Dataset data{load_set(folder, "train"), load_set(folder, "t10k")};
  auto& [train, test] = data;
  if (train.rows != test.rows || train.columns != test.columns) {
    throw std::runtime_error(text(folder, ": training images of ", train.rows, " x ", train.columns,
                                  " pixels, but test images of ", test.rows, " x ", test.columns, " pixels"));
  }
  train.classes = test.classes = 1 + std::max(std::ranges::max(train.labels), std::ranges::max(test.labels));
  return data;
}

}  // namespace gradus_base
