#include <gradus/examples/exercises/key/tables.h>

namespace gradus::exercises {

// With log p_j = x_j - log Σ_k e^x_k the loss of a row is log Σ_k e^x_k - Σ_j t_j x_j (the targets add to 1). The first
// term's derivative is p_j.
static Tensor solve_cross_entropy(const Tensor& dloss, const Tensor& logits, const Tensor& target) {
  const Scalar n = static_cast<Scalar>(logits.size(0));
  return dloss * (softmax(logits) - target) / n;
}

Exercise cross_entropy_exercise() {
  Exercise e = {
      .name = "cross_entropy",
      .question = "Why is the gradient of a classifier so simple in the end?",
      .operands = {"dloss", "logits", "target"},
      .outputs = {{"dlogits", 1}},
      .cases = random_cases({"", "nc", "nc"}, {{4, 3}, {5, 4}}),
      .answer = cross_entropy_backward,
      .solution = solve_cross_entropy,
      .loss =
          [](In in) {
            const Scalar n = static_cast<Scalar>(in[1].size(0));
            return -sum(in[2] * log_softmax(in[1])) / n * in[0];
          },
  };
  for (Case& c : e.cases) {
    Tensor target = Tensor::zeros(c.operands[1].shape());
    for (std::int64_t i = 0; i < target.size(0); ++i) target.set({i, (i * i + 1) % target.size(1)}, 1);
    c.operands[2] = c.inputs[2] = target;
  }
  e.mistakes = {
      {"dlogits", "off by a factor of n: the loss is the mean over the rows",
       [](T dloss, T logits, T target) { return dloss * (softmax(logits) - target); }},
      {"dlogits", "divided by the number of all elements; the mean is taken over the rows only",
       [](T dloss, T logits, T target) { return dloss * (softmax(logits) - target) / Scalar(logits.count()); }},
      {"dlogits", "divided by the number of classes; the mean is taken over the rows",
       [](T dloss, T logits, T target) { return dloss * (softmax(logits) - target) / Scalar(logits.size(1)); }},
      {"dlogits", "the target's term is missing",
       [](T dloss, T logits, T target) { return dloss * softmax(logits) / Scalar(logits.size(0)); }},
      {"dlogits", "the softmax's term is missing: the other classes have a gradient too",
       [](T dloss, T logits, T target) { return -dloss * target / Scalar(logits.size(0)); }},
      {"dlogits", "only the label's class has a gradient here: the other classes have one too",
       [](T dloss, T logits, T target) { return dloss * target * (softmax(logits) - 1) / Scalar(logits.size(0)); }},
      {"dlogits", "the label's class has no gradient here: it has one too",
       [](T dloss, T logits, T target) { return dloss * (1 - target) * softmax(logits) / Scalar(logits.size(0)); }},
      {"dlogits", "the sign is wrong: a step against it would make the loss larger",
       [](T dloss, T logits, T target) { return dloss * (target - softmax(logits)) / Scalar(logits.size(0)); }},
      {"dlogits", "the logits themselves are used where their probabilities belong",
       [](T dloss, T logits, T target) { return dloss * (logits - target) / Scalar(logits.size(0)); }},
      {"dlogits", "this is -target / p, the gradient of the probabilities: the softmax's backward is missing",
       [](T dloss, T logits, T target) { return -dloss * target / softmax(logits) / Scalar(logits.size(0)); }},
      {"dlogits", "the softmax's slope is in it twice: the logarithm has cancelled it",
       [](T dloss, T logits, T target) {
         const Tensor p = softmax(logits);
         return dloss * (p - target) * p * (1 - p) / Scalar(logits.size(0));
       }},
      {"dlogits", "log p is used where p belongs",
       [](T dloss, T logits, T target) { return dloss * (log_softmax(logits) - target) / Scalar(logits.size(0)); }},
  };
  return e;
}

}  // namespace gradus::exercises
