// Reads values.txt: PyTorch's numbers by name, in the order of the file.
#pragma once

#include <gradus/core/tensor/tensor.h>

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace gradus {

class Reference {
 public:
  Reference() {
    std::ifstream file(GRADUS_TEST_DIR "/reference/values.txt");
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with('#')) continue;
      std::istringstream in(line);
      std::string name;
      std::size_t rank = 0;
      in >> name >> rank;
      std::vector<std::int64_t> sizes(rank);
      for (std::int64_t& size : sizes) in >> size;
      const Shape shape{std::span<const std::int64_t>(sizes)};
      std::vector<Scalar> numbers(static_cast<std::size_t>(shape.count()));
      for (Scalar& number : numbers) in >> number;
      if (!in) throw std::runtime_error("values.txt: cannot read " + name);
      entries_.emplace_back(name, Tensor(shape, numbers));
    }
  }

  Tensor operator()(const std::string& name) const {
    for (const auto& [known, value] : entries_) {
      if (known == name) return value;
    }
    throw std::runtime_error("values.txt has no " + name);
  }

  // All names that begin with prefix + ".", without it.
  std::vector<std::pair<std::string, Tensor>> all(const std::string& prefix) const {
    std::vector<std::pair<std::string, Tensor>> found;
    for (const auto& [name, value] : entries_) {
      if (name.starts_with(prefix + ".")) found.emplace_back(name.substr(prefix.size() + 1), value);
    }
    return found;
  }

 private:
  std::vector<std::pair<std::string, Tensor>> entries_;
};

inline const Reference& reference() {
  static const Reference values;
  return values;
}

}  // namespace gradus
