// train_mnist on a data set of its own kind: 200 + 50 images of 5x4 pixels in three classes.
#pragma once

#include "examples/run_program.h"
#include "pattern.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace gradus::testing {

inline void write_idx(const std::filesystem::path& path, int kind, const std::vector<int>& sizes,
                      const std::string& bytes) {
  std::string file = {0, 0, 8, static_cast<char>(kind)};
  for (const int size : sizes) {
    for (const int shift : {24, 16, 8, 0}) file += static_cast<char>(size >> shift & 255);
  }
  std::ofstream(path, std::ios::binary) << file << bytes;
}

// Image i is of class i % 3: one of three rows is bright.
inline void write_set(const TemporaryFolder& folder, const std::string& name, int count) {
  std::string pixels, labels;
  for (int i = 0; i < count; ++i) {
    labels += static_cast<char>(i % 3);
    for (int p = 0; p < 20; ++p) pixels += static_cast<char>(p / 4 == i % 3 ? 200 + i % 50 : (i * 7 + p * 13) % 60);
  }
  write_idx(folder / (name + "-images-idx3-ubyte"), 3, {count, 5, 4}, pixels);
  write_idx(folder / (name + "-labels-idx1-ubyte"), 1, {count}, labels);
}

class TrainMnist : public ::testing::Test {
 protected:
  TrainMnist() {
    write_set(folder_, "train", 200);
    write_set(folder_, "t10k", 50);
  }
  Outcome run(const std::string& flags) {
    return run_program("train_mnist --data-dir " + folder_.string() + " --hidden 16,8 --batch-size 20 " + flags);
  }
  std::string path(const std::string& name) { return (folder_ / name).string(); }

  TemporaryFolder folder_;
};

inline std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) result.push_back(line);
  return result;
}

inline double field(const std::string& json, const std::string& name) {
  const std::vector<Match> found = find_all(json, "\"" + name + "\": ([-0-9.e]+)");
  return found.empty() ? -1 : std::stod(found[0].groups[1]);
}

}  // namespace gradus::testing
