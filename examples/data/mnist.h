// MNIST, wherever it is.
#pragma once

#include <gradus/core/io/dataset.h>
#include <gradus/examples/base.h>

#include <filesystem>

namespace gradus_examples {

// The data set in a folder; without one, MNIST as the build has unpacked it, from wherever the program is started: in
// the build tree it was compiled in, in ../data/mnist beside the executable, in build/data/mnist or in data/mnist.
Dataset load_mnist(const std::string& folder = "");
std::string mnist_folder(const std::string& folder = "");  // where that is
// Where it may be for this executable; its path is empty where the system does not tell.
std::vector<std::string> mnist_folders(const std::filesystem::path& executable);

// The first of the folders that holds training images. Throws std::runtime_error listing all of them.
std::string first_data_dir(const std::vector<std::string>& folders);

}  // namespace gradus_examples
