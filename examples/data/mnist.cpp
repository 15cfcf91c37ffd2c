#include <gradus/examples/data/mnist.h>

#include <filesystem>
#include <stdexcept>

namespace gradus_examples {

namespace fs = std::filesystem;

Dataset load_mnist(const std::string& folder) { return load_dataset(mnist_folder(folder)); }

std::string mnist_folder(const std::string& chosen) {
  if (!chosen.empty()) return chosen;
  std::error_code error;
  return first_data_dir(mnist_folders(fs::read_symlink("/proc/self/exe", error)));
}

std::vector<std::string> mnist_folders(const fs::path& executable) {
  std::vector<std::string> folders = {GRADUS_MNIST};
  if (const fs::path folder = executable.parent_path(); !folder.empty()) {
    folders.push_back((folder.parent_path() / "data/mnist").string());
  }
  folders.insert(folders.end(), {"build/data/mnist", "data/mnist"});
  return folders;
}

std::string first_data_dir(const std::vector<std::string>& folders) {
  std::string tried;
  for (const std::string& folder : folders) {
    std::error_code error;  // a folder that may not be searched counts as missing
    for (const char* file : {"train-images-idx3-ubyte", "train-images.idx3-ubyte"}) {
      if (fs::exists(fs::path(folder) / file, error)) return folder;
    }
    tried += (tried.empty() ? "" : ", ") + folder;
  }
  throw std::runtime_error("cannot find MNIST's files; tried the folders " + tried + " (--data-dir names another)");
}

}  // namespace gradus_examples
