// train_mnist on a data set of its own kind: 200 + 50 images of 5x4 pixels in three classes.
#pragma once

#include "examples/run_program.h"

#include <gradus/core/io/json.h>

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

// A number in a line of metrics; -1 where there is none.
inline double field(const std::string& line, const std::string& name) {
  const Json metrics = parse_json(line);
  for (const JsonMember& member : *metrics.object()) {
    if (member.key != name) continue;
    if (const std::int64_t* integer = member.value.integer()) return static_cast<double>(*integer);
    if (const double* number = std::get_if<double>(&member.value.value)) return *number;
  }
  return -1;
}

// The lines of metrics without what differs from run to run.
inline std::string metrics_without_times(const std::string& path) {
  std::string text;
  for (const std::string& line : lines(read_file(path))) {
    text += line.substr(0, line.find("\"train_seconds\"")) + line.substr(line.find("\"train_loss\"")) + '\n';
  }
  return text;
}

}  // namespace gradus::testing
