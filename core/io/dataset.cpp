#include <gradus/core/io/dataset.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace gradus::examples {

namespace fs = std::filesystem;

namespace {

// The two spellings in use: train-images-idx3-ubyte and train-images.idx3-ubyte.
std::vector<std::string> spellings(const std::string& dir, const std::string& stem, const std::string& type) {
  return {(fs::path(dir) / (stem + "-" + type)).string(), (fs::path(dir) / (stem + "." + type)).string()};
}

bool exists(const std::string& path) {
  std::error_code error;  // a folder that may not be searched counts as missing
  return fs::exists(path, error);
}

std::string join(const std::vector<std::string>& paths) {
  std::string text;
  for (const std::string& path : paths) text += (text.empty() ? "" : ", ") + path;
  return text;
}

std::string find_file(const std::string& dir, const std::string& stem, const std::string& type) {
  const std::vector<std::string> paths = spellings(dir, stem, type);
  for (const std::string& path : paths) {
    if (exists(path)) return path;
  }
  for (const std::string& path : paths) {
    if (exists(path + ".gz")) {
      throw std::runtime_error(path + ".gz is compressed; unpack it: gunzip -k " + path + ".gz");
    }
  }
  throw std::runtime_error("cannot find " + stem + "; tried " + join(paths));
}

std::string size_text(const ImageSet& set) {
  return std::to_string(set.rows) + " x " + std::to_string(set.columns) + " pixels";
}

ImageSet load_set(const std::string& dir, const std::string& prefix) {
  // Both are looked for before either is read.
  const std::string images_path = find_file(dir, prefix + "-images", "idx3-ubyte");
  const std::string labels_path = find_file(dir, prefix + "-labels", "idx1-ubyte");
  IdxImages images = load_images(images_path);
  std::vector<std::int32_t> labels = load_labels(labels_path);
  if (static_cast<std::int64_t>(labels.size()) != images.count) {
    throw std::runtime_error(labels_path + ": " + std::to_string(labels.size()) + " labels, but " +
                             std::to_string(images.count) + " images in " + images_path);
  }
  return {std::move(images.pixels), std::move(labels), images.count, images.rows, images.columns};
}

// The folder of the running program; empty where the system does not tell.
fs::path executable_folder() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path();
}

}  // namespace

Dataset load_dataset(const std::string& dir) {
  Dataset data;
  data.train = load_set(dir, "train");
  data.test = load_set(dir, "t10k");
  if (data.train.rows != data.test.rows || data.train.columns != data.test.columns) {
    throw std::runtime_error(dir + ": training images of " + size_text(data.train) + ", but test images of " +
                             size_text(data.test));
  }
  const int largest = std::max(*std::max_element(data.train.labels.begin(), data.train.labels.end()),
                               *std::max_element(data.test.labels.begin(), data.test.labels.end()));
  data.train.classes = data.test.classes = largest + 1;
  return data;
}

std::string default_data_dir() {
  std::vector<std::string> folders;
#ifdef GRADUS_MNIST_DIR
  folders.push_back(GRADUS_MNIST_DIR);
#endif
  if (const fs::path folder = executable_folder(); !folder.empty()) {
    folders.push_back((folder.parent_path() / "data/mnist").string());
  }
  folders.push_back("build/data/mnist");
  folders.push_back("data/mnist");
  return first_data_dir(folders);
}

std::string first_data_dir(const std::vector<std::string>& folders) {
  for (const std::string& folder : folders) {
    for (const std::string& path : spellings(folder, "train-images", "idx3-ubyte")) {
      if (exists(path)) return folder;
    }
  }
  throw std::runtime_error("cannot find MNIST's files; tried the folders " + join(folders) +
                           " (--data-dir names another)");
}

}  // namespace gradus::examples
