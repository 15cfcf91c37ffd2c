// Finished runs, kept in a file as JSON lines.
#pragma once

#include <gradus/examples/base.h>

#include <cstdint>
#include <string>
#include <vector>

namespace gradus::examples {

struct Result {
  std::string name;  // of the variant
  std::string key;   // all that it depends on apart from the data: variants.h
  std::string data;
  std::uint64_t seed = 0;
  double seconds = 0;
  std::string failure = {};  // why it broke off, if it did
  // Of each epoch; accuracies are fractions.
  std::vector<double> train_loss = {}, train_accuracy = {}, held_out_loss = {}, held_out_accuracy = {};
};

class Results {
 public:
  // Reads what the file has; there need be none. Throws std::runtime_error naming file and line for anything else than
  // what add() writes.
  explicit Results(const std::string& path);

  const Result* find(const std::string& key, const std::string& data) const;  // null if there is none
  // The file is then the one before or the one with this result, whatever happens. Others in it stay.
  void add(const Result& result);

 private:
  std::string path_, text_;
  std::vector<Result> results_;
};

}  // namespace gradus::examples
