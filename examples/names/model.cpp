#include <gradus/examples/names/model.h>
#include <gradus/layers/batch_norm.h>
#include <gradus/layers/gelu.h>
#include <gradus/layers/tanh.h>
#include <gradus/optim/muon.h>
#include <gradus/optim/rmsprop.h>
#include <gradus/optim/sgd.h>

namespace gradus::examples::letters {

Mlp::Mlp(std::int64_t letters, Rng& rng)
    : embed_(register_module<Embedding>("embed", letters, 10, rng)), rest_(register_module<Sequential>("rest")) {
  rest_.add<Linear>(block(NetKind::mlp) * 10, 200, rng, LinearOptions{.bias = false});
  rest_.add<BatchNorm1d>(200);
  rest_.add<Tanh>();
  rest_.add<Linear>(200, letters, rng);
}

Variable Mlp::forward(const Indices& x) { return rest_(flatten(embed_(x))); }

Block::Block(std::int64_t width, std::int64_t heads, Rng& rng)
    : norm1_(register_module<LayerNorm>("norm1", width)),
      attention_(register_module<CausalSelfAttention>("attention", width, heads, rng)),
      norm2_(register_module<LayerNorm>("norm2", width)),
      mlp_(register_module<Sequential>("mlp")) {
  mlp_.add<Linear>(width, 4 * width, rng);
  mlp_.add<GELU>();
  mlp_.add<Linear>(4 * width, width, rng);
}

Variable Block::forward(const Variable& x) {
  const Variable y = x + attention_(norm1_(x));
  return y + mlp_(norm2_(y));
}

Gpt::Gpt(std::int64_t letters, Rng& rng)
    : token_(register_module<Embedding>("token", letters, 64, rng)),
      position_(register_module<Embedding>("position", block(NetKind::gpt), 64, rng)),
      blocks_(register_module<Sequential>("blocks")),
      norm_(register_module<LayerNorm>("norm", 64)),
      head_(register_module<Linear>("head", 64, letters, rng, LinearOptions{.bias = false})) {
  for (int i = 0; i < 4; ++i) blocks_.add<Block>(64, 4, rng);
}

Variable Gpt::forward(const Indices& x) {
  return head_(norm_(blocks_(token_(x) + rows(position_.weight(), 0, x.shape()[1]))));
}

std::unique_ptr<IndexLayer> make_net(NetKind kind, std::int64_t letters, Rng& rng) {
  if (kind == NetKind::mlp) return std::make_unique<Mlp>(letters, rng);
  return std::make_unique<Gpt>(letters, rng);
}

std::unique_ptr<Optimizer> make_optimizer(const Options& options, Module& net) {
  const std::vector<Parameter*> parameters = net.parameters();
  const double rate = options.learning_rate;
  switch (options.optimizer) {
    case OptimizerKind::sgd:
      return std::make_unique<SGD>(parameters, SGDOptions{.learning_rate = rate});
    case OptimizerKind::adam:
      return std::make_unique<Adam>(parameters, AdamOptions{.learning_rate = rate});
    case OptimizerKind::rmsprop:
      return std::make_unique<RMSprop>(parameters, RMSpropOptions{.learning_rate = rate});
    case OptimizerKind::muon:
      return std::make_unique<Muon>(parameters, MuonOptions{.learning_rate = rate});
    default:
      return std::make_unique<AdamW>(parameters, AdamOptions{.learning_rate = rate});
  }
}

Tensor guess(IndexLayer& net, NetKind kind, const Word& word) {
  const ModeGuard evaluation(net, false);
  Tape tape(Recording::off);
  const Tensor logits = net(tape.indices(shown(kind, word), {1, block(kind)})).value();
  if (kind == NetKind::mlp) return logits.reshape({-1});
  const auto last = static_cast<std::int64_t>(word.size());
  return logits.reshape(logits.shape().without(0)).rows(last, last + 1).reshape({-1});
}

std::vector<Word> invent(IndexLayer& net, NetKind kind, std::int64_t count, std::uint64_t seed) {
  const std::size_t longest = kind == NetKind::mlp ? 40 : static_cast<std::size_t>(block(kind));
  Rng rng(seed);
  std::vector<Word> words(static_cast<std::size_t>(count));
  for (Word& word : words) {
    while (word.size() < longest) {
      const Tensor p = softmax(guess(net, kind, word));
      Scalar left = rng.uniform();
      std::int32_t letter = 0;
      for (left -= p.data()[0]; left >= 0 && letter + 1 < p.count(); left -= p.data()[letter]) ++letter;
      if (letter == edge) break;
      word.push_back(letter);
    }
  }
  return words;
}

}  // namespace gradus::examples::letters
