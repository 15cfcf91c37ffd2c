// Embedding: a row of numbers for each token, learned: y = w[index].
#pragma once

#include <gradus/core/error.h>
#include <gradus/layers/layer.h>

namespace gradus {

class Embedding : public IndexLayer {
 public:
  // The parameter "weight" [rows, width] starts normal with deviation 1, as PyTorch's. Throws std::invalid_argument
  // unless rows, width > 0.
  Embedding(std::int64_t rows, std::int64_t width, Rng& rng);

  Parameter& weight() { return weight_; }
  std::string describe() const override {
    return text("Embedding(", weight_.shape()[0], ", ", weight_.shape()[1], ')');
  }

 private:
  Variable forward(const Indices& indices) override { return embedding(weight_, indices); }

  Parameter& weight_;
};

}  // namespace gradus
