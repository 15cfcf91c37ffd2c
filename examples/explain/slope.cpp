#include <gradus/core/autograd/ops.h>
#include <gradus/core/io/json.h>
#include <gradus/examples/explain/slope.h>
#include <gradus/examples/pages/page.h>
#include <gradus/optim/sgd.h>

#include <functional>
#include <vector>

namespace gradus_examples {
PageFiles explain_files();
}

namespace gradus::examples {
namespace {

const Tensor xs({5, 1}, {0.5f, 1, 1.5f, 2, 2.5f}), ys({5, 1}, {1.4f, 1.5f, 2.0f, 2.1f, 2.6f});

// {"start": [...], "rate", "losses": [...], "end": [...]}: twenty steps of gradient descent.
JsonText descent(const std::vector<Parameter*>& parameters, double rate,
                 const std::function<Variable(Tape& tape)>& loss_on) {
  const auto values = [&] { return json_list(parameters, [](const Parameter* p) { return p->value().item(); }); };
  JsonText json = {{"start", values()}, {"rate", rate}};
  SGD optimizer(parameters, {.learning_rate = rate});
  std::vector<Scalar> losses;
  for (int step = 0; step < 20; ++step) {
    Tape tape;
    const Variable loss = loss_on(tape);
    losses.push_back(loss.item());
    optimizer.zero_grad();
    tape.backward(loss);
    optimizer.step();
  }
  json.add("losses", losses);
  json.add("end", values());
  return json;
}

JsonText line() {
  Parameter w("w", Tensor({1, 1}, {-0.4f}));
  return descent({&w}, 0.06, [&](Tape& tape) { return slope_loss(tape, w); });
}

JsonText valley() {
  Parameter w("w", Tensor({1, 1}, {0.1f})), b("b", Tensor({1}, {-0.6f}));
  return descent({&w, &b}, 0.2, [&](Tape& tape) { return mse(linear(tape.input(xs), w, b), tape.input(ys)); });
}

JsonText neuron() {
  Parameter w("w", -1), b("b", -0.3f);
  const Scalar x = 1.5, t = 0.6f;
  JsonText json = descent({&w, &b}, 0.1, [&](Tape& tape) {
    const Variable p = tape.input(x) * w;
    const Variable z = p + b;
    const Variable e = tanh(z) - tape.input(t);
    return e * e;
  });
  json.add("x", x);
  json.add("t", t);
  return json;
}

}  // namespace

Variable slope_loss(Tape& tape, Parameter& w) { return mse(linear(tape.input(xs), w), tape.input(ys)); }

std::string slope_page() {
  const JsonText json = {
      {"x", xs.values()}, {"y", ys.values()}, {"line", line()}, {"valley", valley()}, {"neuron", neuron()}};
  return make_page("slope.html", {{"slope-run", json.str()}}, {explain_files(), shared_page()});
}

}  // namespace gradus::examples
