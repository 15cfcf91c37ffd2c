// A training that was put down between two steps and taken up again, as core/io/state.h shows it, ends with the same
// bits as one that was not.
#include "error_of.h"

#include <gradus/gradus.h>

#include <gtest/gtest.h>

#include <functional>
#include <memory>

using namespace gradus;

namespace {

struct Session {
  using Make = std::function<std::unique_ptr<Optimizer>(const std::vector<Parameter*>&)>;

  explicit Session(const Make& make, std::uint64_t seed = 1) : rng(seed) {
    model.add<Linear>(3, 4, rng);
    model.add<BatchNorm1d>(4);
    model.add<ReLU>();
    model.add<Dropout>(0.5, rng);
    model.add<Linear>(4, 2, rng);
    optimizer = make(model.parameters());
  }
  void train(int steps) {
    for (int i = 0; i < steps; ++i) {
      Tape tape;
      const Variable y = model(tape.input(rng.normal({5, 3})));
      optimizer->zero_grad();
      tape.backward(mse(y, tape.input(Tensor::full({5, 2}, 1))));
      optimizer->step();
    }
  }
  std::string save() const {
    Checkpoint c;
    add_part(c.state, "model", model.state_dict());
    add_part(c.state, "optimizer", optimizer->state_dict());
    add_part(c.state, "random", model.random_state());
    c.state.emplace_back("generator", random_state(rng));
    return format_checkpoint(c);
  }
  void load(const std::string& bytes) {
    StateDict state = parse_checkpoint(bytes, "c").state;
    model.load_state_dict(take_part(state, "model"));
    optimizer->load_state_dict(take_part(state, "optimizer"));
    model.load_random_state(take_part(state, "random"));
    rng.set_state(random_state(take<std::vector<std::int64_t>>(state, "generator")));
    EXPECT_TRUE(state.empty());
  }

  Rng rng;
  Sequential model;
  std::unique_ptr<Optimizer> optimizer;
};

template <class O, class Options>
Session::Make with(const Options& options) {
  return [=](const std::vector<Parameter*>& parameters) { return std::make_unique<O>(parameters, options); };
}

TEST(Resuming, EndsWithTheSameBits) {
  const Session::Make makes[] = {with<SGD>(SGDOptions{.learning_rate = 0.1, .momentum = 0.9}),
                                 with<Adam>(AdamOptions{}), with<AdamW>(AdamOptions{}), with<RMSprop>(RMSpropOptions{}),
                                 with<Muon>(MuonOptions{})};
  for (const Session::Make& make : makes) {
    Session whole(make), first(make), second(make, 2);
    whole.train(7);
    first.train(3);
    second.train(1);  // whatever it did before is forgotten
    second.load(first.save());
    second.train(4);
    EXPECT_EQ(second.save(), whole.save());
  }
}

// Momenta have the same shapes everywhere, but a velocity is no mean of squares.
TEST(Resuming, MomentaOfAnotherOptimizerAreRefused) {
  Session sgd(with<SGD>(SGDOptions{.momentum = 0.9})), rmsprop(with<RMSprop>(RMSpropOptions{})),
      adam(with<Adam>(AdamOptions{})), adamw(with<AdamW>(AdamOptions{})), muon(with<Muon>(MuonOptions{}));
  struct Kind {
    std::string name;
    Session& session;
  };
  const Kind all[] = {{"sgd", sgd}, {"rmsprop", rmsprop}, {"adam", adam}, {"adam", adamw}, {"muon", muon}};
  for (const Kind& from : all) {
    from.session.train(2);
    for (const Kind& to : all) {
      SCOPED_TRACE(from.name + " into " + to.name);
      const std::string before = to.session.save();
      const StateDict state = from.session.optimizer->state_dict();
      const std::string what = error_of<std::invalid_argument>([&] { to.session.optimizer->load_state_dict(state); });
      if (from.name == to.name) {
        EXPECT_EQ(what, "no error");
        continue;
      }
      EXPECT_EQ(what, "optimizer: nothing was loaded; missing kind." + to.name + "; unexpected kind." + from.name);
      EXPECT_EQ(to.session.save(), before);
    }
  }
  StateDict older = adam.optimizer->state_dict();
  older.pop_back();
  EXPECT_EQ(error_of<std::invalid_argument>([&] { sgd.optimizer->load_state_dict(older); }), "no error");
}

TEST(Resuming, LoadsAllOrNothing) {
  Session run(with<Adam>(AdamOptions{}));
  run.train(1);
  const std::string before = run.save();
  const auto error = [&](const std::function<void(StateDict&)>& change) {
    StateDict state = run.optimizer->state_dict();
    change(state);
    const std::string what = error_of<std::invalid_argument>([&] { run.optimizer->load_state_dict(state); });
    EXPECT_EQ(run.save(), before);
    return what;
  };
  EXPECT_EQ(error([](StateDict&) {}), "no error");
  EXPECT_EQ(error([](StateDict& s) {
              s[0].second = std::int64_t{-1};
              s[1].second = Tensor::zeros({2});
              s.emplace_back("9.steps", std::int64_t{1});
            }),
            "optimizer: nothing was loaded; 0.steps is negative: -1; 0.state.0 should be [4, 3], got [2]; unexpected "
            "9.steps");
  EXPECT_EQ(error([](StateDict& s) { s.erase(s.begin()); }), "optimizer: nothing was loaded; missing 0.steps");
  EXPECT_EQ(error([](StateDict& s) { s[0].second = Tensor::zeros({1}); }),
            "optimizer: nothing was loaded; 0.steps should be an integer, got a tensor");
  const auto random_error = [&](const StateDict& state) {
    return error_of<std::invalid_argument>([&] { run.model.load_random_state(state); });
  };
  using List = std::vector<std::int64_t>;
  EXPECT_EQ(random_error({}), "load_random_state: nothing was loaded; missing 3.rng");
  EXPECT_EQ(random_error({{"3.rng", std::int64_t{1}}}),
            "load_random_state: nothing was loaded; 3.rng should be a list, got an integer");
  EXPECT_EQ(random_error({{"3.rng", List(4, 0)}, {"x", List(4, 1)}}),
            "load_random_state: nothing was loaded; 3.rng: random state is zero; unexpected x");
  EXPECT_EQ(random_error({{"3.rng", List(4, 1)}, {"x", List(4, 1)}}),
            "load_random_state: nothing was loaded; unexpected x");
  EXPECT_EQ(run.save(), before);
}

}  // namespace
