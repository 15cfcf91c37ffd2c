#include <gradus/core/inspect/history.h>
#include <gradus/examples/explain/anatomy.h>
#include <gradus/examples/explain/examples.h>
#include <gradus/examples/explain/slope.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/sequential.h>
#include <gradus/layers/sigmoid.h>
#include <gradus/layers/tanh.h>

#include <cmath>
#include <sstream>

namespace gradus::examples {
namespace {

// The words in a text as names of Variables, in this order.
std::vector<std::pair<std::string, Variable>> named(const std::string& words, const std::vector<Variable>& variables) {
  std::vector<std::pair<std::string, Variable>> names;
  std::istringstream in(words);
  for (const Variable& variable : variables) in >> names.emplace_back("", variable).first;
  return names;
}

// The page has more than this tape: slope.h.
void slope(Tape& tape, const Show& show) {
  Parameter w("w", Tensor({1, 1}, {-0.4f}));
  const Variable loss = slope_loss(tape, w);
  tape.backward(loss);
  show(tape, loss, {.title = "One number and its slope", .names = {{"loss", loss}}});
}

// y = tanh(w1 x1 + w2 x2 + b), loss = (y - t)^2
void neuron(Tape& tape, const Show& show) {
  Parameter w1("w1", 0.5), w2("w2", -1), b("b", 0.25);
  const Variable x1 = tape.input(2), x2 = tape.input(1), t = tape.input(1);
  const Variable p1 = x1 * w1;
  const Variable p2 = x2 * w2;
  const Variable s = p1 + p2;
  const Variable z = s + b;
  const Variable y = tanh(z);
  const Variable e = y - t;
  const Variable loss = e * e;
  tape.backward(loss);
  show(
      tape, loss,
      {.title = "One neuron",
       .text = "Two inputs, two weights, a bias, tanh, and the squared distance to a target t. Every value is a single "
               "number, so each local rule can be checked in one's head. Note e: the product uses it twice, so it "
               "gets its gradient in two parts.",
       .code = "y = tanh(w1 * x1 + w2 * x2 + b)\ne = y - t\nloss = e * e",
       .names = named("x1 x2 t p1 p2 s z y e loss", {x1, x2, t, p1, p2, s, z, y, e, loss})});
}

// d = b c with b = a^2 and c = b + a: dd/da = 4 a^3 + 3 a^2
void fan_out(Tape& tape, const Show& show) {
  const Variable a = tape.variable(2);
  const Variable b = a * a;
  const Variable c = b + a;
  const Variable d = b * c;
  tape.backward(d);
  show(tape, d,
       {.title = "Fan-out: why gradients add up",
        .text = "a is used three times and b twice, so their gradients arrive in parts. Watch how the parts are put "
                "together, and compare the end with what you get by hand from d = a⁴ + a³ at a = 2.",
        .code = "b = a * a\nc = b + a\nd = b * c",
        .names = named("a b c d", {a, b, c, d}),
        .orders = true});
}

// The exclusive or, as in examples/xor.cpp but with three hidden units and at its first step.
void mlp(Tape& tape, const Show& show) {
  Rng rng(1);
  Sequential model;
  model.add<Linear>(2, 3, rng);
  model.add<Tanh>();
  model.add<Linear>(3, 1, rng);
  model.add<Sigmoid>();
  const Variable x = tape.input(Tensor({4, 2}, {0, 0, 0, 1, 1, 0, 1, 1}));
  const Variable y = model(x);
  const Variable target = tape.input(Tensor({4, 1}, {0, 1, 1, 0}));
  const Variable loss = mse(y, target);
  tape.backward(loss);
  show(tape, loss,
       {.title = "Two layers at their first step",
        .text = "A network with three hidden units, before it has learned the exclusive or: four samples at once, so "
                "values are matrices with a row for each sample. Each weight is used by all four samples, and its "
                "gradient is the sum of what each of them asks for. That sum is inside the product dyᵀ x.",
        .code = "model.add<Linear>(2, 3, rng);\nmodel.add<Tanh>();\nmodel.add<Linear>(3, 1, rng);\n"
                "model.add<Sigmoid>();\nloss = mse(model(x), target)",
        .names = named("x y target loss", {x, y, target, loss})});
}

// F1 to F4 of layers/batch_norm.md, with loss = sum of g y, so that dy = g.
void batchnorm(Tape& tape, const Show& show) {
  const Tensor batch({6}, {0.5f, -1.2f, 2.1f, 0.3f, -0.4f, 1.1f}), weights({6}, {0.9f, -0.3f, 1.2f, -0.4f, 0.6f, 1});
  const Scalar eps = BatchNorm1dOptions().eps;
  Parameter gamma("gamma", Tensor({1}, {1.5})), beta("beta", Tensor({1}, {0.25}));
  const Variable x = tape.variable(batch.reshape({6, 1}));
  const Variable mu = mean(x, {0}, Reduced::kept);  // (F1)
  const Variable d = x - mu;
  const Variable d2 = d * d;
  const Variable var = mean(d2, {0}, Reduced::kept);  // (F2)
  const Variable v = var + eps;
  const Variable std = sqrt(v);
  const Variable xhat = d / std;  // (F3)
  const Variable scaled = xhat * gamma;
  const Variable y = scaled + beta;  // (F4)
  const Variable g = tape.input(weights.reshape({6, 1}));
  const Variable gy = y * g;
  const Variable loss = sum(gy);
  tape.backward(loss);
  show(tape, loss,
       {.title = "Batch normalization, taken apart",
        .text = "One feature of a batch of six samples. First its gradient in one line, which is what is left when it "
                "is simplified on paper, and what BatchNorm1d really uses. Below that, the same gradient from the "
                "operations of the definition: the tape derives it. x reaches the result by itself, by the mean and by "
                "the variance: watch the contributions add up at d and at x.",
        .code = "mu = mean(x)\nd = x - mu\nvar = mean(d * d)\nxhat = d / sqrt(var + eps)\n"
                "y = xhat * gamma + beta\nloss = sum(y * g)",
        .names = named("x mu d d2 var v std xhat scaled y g gy loss",
                       {x, mu, d, d2, var, v, std, xhat, scaled, y, g, gy, loss}),
        .anatomy = anatomy_json(batch, weights, gamma.value().item(), eps)});
}

// The cross-entropy loss in its parts; as one node it is cross_entropy of core/autograd/ops.h.
void softmax_example(Tape& tape, const Show& show) {
  Parameter w("W", Tensor({2, 3}, {0.5f, -0.5f, 0.1f, -0.3f, 0.8f, 0.2f}));
  const Variable x = tape.input(Tensor({4, 2}, {1, 2, -1, 0.5, 2, -1, 0, 1}));
  const Variable t = tape.input(Tensor({4, 3}, {0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0}));
  const Variable logits = matmul(x, w);
  const Variable p = softmax(logits);
  const Variable log_p = log(p);
  const Variable picked = log_p * t;
  const Variable fit = sum(picked, {-1});
  const Variable average = mean(fit);
  const Variable loss = -average;
  tape.backward(loss);
  show(tape, loss,
       {.title = "Softmax and cross-entropy",
        .text = "Four samples and three classes; t has a 1 at the right class of each. On the way back the logarithm "
                "divides by p and the softmax multiplies by p, so both cancel: what arrives at the logits is "
                "(p − t) / 4, each sample's probabilities minus its target, divided by the number of samples. The "
                "library's cross_entropy does all of this in one operation, with that one line as its backward.",
        .code = "logits = matmul(x, W)\np = softmax(logits)\nloss = -mean(sum(log(p) * t, {-1}))",
        .names =
            named("x t logits p log_p picked fit average loss", {x, t, logits, p, log_p, picked, fit, average, loss}),
        .smoothing = true});
}

// A filter that likes vertical edges, with rows of its own so that one sees which way it lies, and a picture of 5 by 5
// pixels with a stroke in it.
void convolution(Tape& tape, const Show& show) {
  Parameter w("w", Tensor({1, 1, 3, 3}, {0, 1, -1, 2, 0, -2, 1, 0, -1}));
  const Variable x = tape.variable(
      Tensor({1, 1, 5, 5}, {0, 0.25, 1, 0, 0, 0, 0.5, 1, 0, 0, 0, 0.75, 1, 0, 0, 0, 1, 0.75, 0, 0, 0, 1, 0.5, 0, 0}));
  const Variable t = tape.input(Tensor({1, 1, 3, 3}, {-2, 1, 2, -2, 1, 2, -2, 1, 2}));
  const Variable y = conv2d(x, w);
  const Variable loss = mse(y, t);
  tape.backward(loss);
  show(tape, loss,
       {.title = "Convolution",
        .text =
            "A filter w of 3 by 3 weights lies on nine places of a picture x of 5 by 5 pixels, and computes the same "
            "weighted sum at each: that is y. t is what y should be.",
        .code = "y = conv2d(x, w)\nloss = mse(y, t)",
        .names = named("x t y loss", {x, t, y, loss}),
        .notes = {
            {x, "A picture of a steep stroke: 0 is paper, 1 is ink."},
            {t, "The target, made up so that there is something to learn."},
            {y,
             "Choose a number of y to see its sum and, dashed, the window it looks at. The filter is laid on as it "
             "stands, neither turned nor flipped. At the edge, where it would stick out, there is no window, so y is "
             "smaller than x. (The first two numbers of a shape count images, or filters, and channels: here one of "
             "each, so a place is given by its row and column alone.) A layer that keeps the size puts a border of "
             "zeros around x first (padding), which add nothing to a sum.",
             "Choose one of dw: the weight was used at nine places, so nine products dy · pixel add up. Then "
             "choose one of dx: the pixel in the middle was seen by nine windows, one in a corner by a single "
             "one."}}});
}

// One head, whose keys are the places and whose values the letters themselves.
void attention(Tape& tape, const Show& show) {
  const std::vector<std::string> letters = {"a₁", "n₂", "n₃", "a₄"};
  Parameter wq("Wq", Tensor({2, 2}, {0, -3, 3, 0}));
  const Variable place = tape.variable(Tensor({4, 2}, {1, 0, 0, 1, -1, 0, 0, -1}));
  const Variable v = tape.variable(Tensor({4, 1}, {1, -1, -1, 1}));
  const Variable later = tape.input(Tensor({4, 4}, {0, -100, -100, -100, 0, 0, -100, -100, 0, 0, 0, -100, 0, 0, 0, 0}));
  const Variable t = tape.input(Tensor({4, 1}, {1, 1, -1, -1}));
  const Variable q = matmul(place, wq);
  const Variable k_t = transpose(place);
  const Variable qk = matmul(q, k_t);
  const Variable root = tape.input(std::sqrt(Scalar(2)));
  const Variable scaled = qk / root;
  const Variable scores = scaled + later;
  const Variable shares = softmax(scores);
  const Variable out = matmul(shares, v);
  const Variable loss = mse(out, t);
  tape.backward(loss);
  show(
      tape, loss,
      {.title = "One head of attention",
       .text = "The four letters of “anna”, a row each, with their places: a₁, n₂, n₃, a₄. This head looks one letter "
               "back: every letter asks for the one before it and takes over that one's value. Each line below says "
               "what it does.",
       .code = "q = matmul(place, Wq)\n"
               "scores = matmul(q, transpose(place)) / sqrt(2) + later\n"
               "shares = softmax(scores)\nout = matmul(shares, v)\nloss = mse(out, t)",
       .names = named("place v later t q kT qk √2 scaled scores shares out loss",
                      {place, v, later, t, q, k_t, qk, root, scaled, scores, shares, out, loss}),
       .notes =
           {{.line = place,
             .forward = "Where each letter stands, as a point on a circle. Here this is also its key, by which others "
                        "find it.",
             .rows = letters},
            {.line = v,
             .forward = "The values, which the letters hand over: 1 for an a, −1 for an n.",
             .rows = letters},
            {.line = later,
             .forward = "−100 where the letter of the column comes after that of the row, 0 elsewhere. Programs often "
                        "take −∞; e^−100 is so small that it makes no difference here.",
             .rows = letters,
             .columns = letters},
            {.line = t,
             .forward = "What each letter should find: the value of the one before it, and the first one its own.",
             .rows = letters},
            {.line = q,
             .forward = "The queries. Wq turns each place back by a quarter of the circle and makes it three times as "
                        "long, so a letter's query points at the key of the letter before it. (A network learns "
                        "matrices for keys and values too, and makes all three of letter and place together.)"},
            {.line = k_t, .forward = "The keys, a column for each letter."},
            {.line = qk,
             .forward = "Queries by rows, keys by columns: how well does the query of the row's letter fit the key of "
                        "the column's?"},
            {.line = scaled,
             .forward = "Divided by the root of how many numbers a key has, here 2, or the scores would grow with it."},
            {.line = scores,
             .forward = "−100 is added where the letter of the column is a later one: its share becomes 0."},
            {.line = shares,
             .forward = "How much the letter of the row takes of each letter's value. A row adds up to 1, and most of "
                        "it belongs to the letter before.",
             .backward = "The gradient of a score is a product with its share. So where the share is 0 there is none: "
                         "nothing is learned from later letters."},
            {.line = out,
             .forward = "What each letter takes over: the mean of the values, weighted by its row of the shares.",
             .backward =
                 "A value gets, from every letter that took some of it, the share times that letter's gradient."}},
       .row = 2});
}

constexpr std::pair<const char*, void (*)(Tape&, const Show&)> examples[] = {
    {"slope", slope},         {"neuron", neuron},           {"fan-out", fan_out},         {"mlp", mlp},
    {"batchnorm", batchnorm}, {"softmax", softmax_example}, {"convolution", convolution}, {"attention", attention}};

}  // namespace

std::vector<std::string> example_names() {
  std::vector<std::string> names;
  for (const auto& [name, run] : examples) names.emplace_back(name);
  return names;
}

void run_example(const std::string& name, const Show& show) {
  Tape tape;
  const History history(tape);
  for (const auto& [each, run] : examples) {
    if (each == name) run(tape, show);
  }
}

}  // namespace gradus::examples
