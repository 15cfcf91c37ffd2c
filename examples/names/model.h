// The nets of `names`: each is shown letters and gives logits for the one that comes next.
#pragma once

#include <gradus/examples/names/options.h>
#include <gradus/layers/attention.h>
#include <gradus/layers/embedding.h>
#include <gradus/layers/layer_norm.h>
#include <gradus/layers/sequential.h>
#include <gradus/optim/optimizer.h>

namespace gradus::examples::letters {

// Three letters, a learned vector for each, side by side through a hidden layer (Bengio et al. 2003, "A neural
// probabilistic language model", with batch normalization).
class Mlp : public IndexLayer {
 public:
  Mlp(std::int64_t letters, Rng& rng);

 private:
  Variable forward(const Indices& x) override;  // [n, 3] -> [n, letters]

  Embedding& embed_;
  Sequential& rest_;
};

// One block of a transformer. Both parts only add to what passes by, each having looked at it normalized.
class Block : public Layer {
 public:
  Block(std::int64_t width, std::int64_t heads, Rng& rng);

 private:
  Variable forward(const Variable& x) override;  // [n, t, width], as the result

  LayerNorm& norm1_;
  CausalSelfAttention& attention_;
  LayerNorm& norm2_;
  Sequential& mlp_;
};

// A small transformer (Radford et al. 2019): at each place it sees that letter and all before it.
class Gpt : public IndexLayer {
 public:
  Gpt(std::int64_t letters, Rng& rng);

 private:
  Variable forward(const Indices& x) override;  // [n, t] -> [n, t, letters], t <= 16

  Embedding &token_, &position_;
  Sequential& blocks_;
  LayerNorm& norm_;
  Linear& head_;
};

std::unique_ptr<IndexLayer> make_net(NetKind kind, std::int64_t letters, Rng& rng);
std::unique_ptr<Optimizer> make_optimizer(const Options& options, Module& net);

// Logits for the letter after `word`, in evaluation.
Tensor guess(IndexLayer& net, NetKind kind, const Word& word);

// Words drawn letter by letter, each as probable as the net says.
std::vector<Word> invent(IndexLayer& net, NetKind kind, std::int64_t count, std::uint64_t seed);

}  // namespace gradus::examples::letters
