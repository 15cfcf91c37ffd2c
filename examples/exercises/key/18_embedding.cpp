#include <gradus/examples/exercises/key/tables.h>

namespace gradus::exercises {
namespace {

std::int64_t token(T tokens, std::int64_t i) { return static_cast<std::int64_t>(tokens.at({i})); }

// Calls f(row of dy, row of dw, column) for every number of dy.
template <class F>
Tensor scattered(T dy, T tokens, T w, const F& f) {
  Tensor dw = Tensor::zeros(w.shape());
  for (std::int64_t i = 0; i < dy.size(0); ++i)
    for (std::int64_t j = 0; j < dy.size(1); ++j) f(dw, i, token(tokens, i), j);
  return dw;
}

// What row k of w got, divided by how often it was chosen.
Tensor averaged(T dw, T tokens) {
  Tensor result = dw;
  for (std::int64_t k = 0; k < dw.size(0); ++k) {
    Scalar times = 0;
    for (std::int64_t i = 0; i < tokens.size(0); ++i) times += token(tokens, i) == k;
    for (std::int64_t j = 0; times > 0 && j < dw.size(1); ++j) result.set({k, j}, dw.at({k, j}) / times);
  }
  return result;
}

// Each row of dy goes to the row of w that was chosen; those that meet there are added.
Tensor solve_embedding(const Tensor& dy, const Tensor& tokens, const Tensor& w) {
  return scattered(dy, tokens, w, [&](Tensor& dw, std::int64_t i, std::int64_t k, std::int64_t j) {
    dw.set({k, j}, dw.at({k, j}) + dy.at({i, j}));
  });
}

}  // namespace

Exercise embedding_exercise() {
  Exercise e = {
      .name = "embedding",
      .question = "What becomes of a row that was used several times, or never?",
      .operands = {"dy", "tokens", "w"},
      .outputs = {{"dw", 2}},
      .cases = random_cases({"nc", "n", "vc"}, {{5, 3, 4}, {6, 2, 7}}, "ncv"),
      .answer = embedding_backward,
      .solution = solve_embedding,
      .loss =
          [](In in) {
            std::vector<std::int32_t> chosen;
            for (const Scalar number : in[1].value().values()) chosen.push_back(static_cast<std::int32_t>(number));
            return sum(embedding(in[2], in[2].tape()->indices(chosen)) * in[0]);
          },
  };
  for (Case& c : e.cases) {
    const std::int64_t rows = c.inputs[2].size(0);
    for (std::int64_t i = 0; i < c.inputs[1].size(0); ++i)
      c.inputs[1].set({i}, static_cast<Scalar>(i * i % (rows - 1)));
    c.operands = c.inputs;
  }
  e.mistakes = {
      {"dw", "overwritten instead of added: of a row that was chosen several times only the last gradient is left",
       [](T dy, T tokens, T w) {
         return scattered(dy, tokens, w, [&](Tensor& dw, std::int64_t i, std::int64_t k, std::int64_t j) {
           dw.set({k, j}, dy.at({i, j}));
         });
       }},
      {"dw", "averaged over the times that a row was chosen: they are added",
       [](T dy, T tokens, T w) { return averaged(solve_embedding(dy, tokens, w), tokens); }},
      {"dw", "this is dy: it has a row for each token, dw has one for each row of w",
       [](T dy, T tokens, T w) { return dy; }},
      {"dw", "the rows of dy were picked as the forward picks rows of w: they have to go the other way",
       [](T dy, T tokens, T w) {
         Tensor dw = Tensor::zeros(w.shape());
         for (std::int64_t i = 0; i < dw.size(0) && i < dy.size(0); ++i)
           for (std::int64_t j = 0; j < dw.size(1); ++j) dw.set({i, j}, dy.at({token(tokens, i), j}));
         return dw;
       }},
      {"dw", "multiplied by w: y is a row of w itself, with slope 1",
       [](T dy, T tokens, T w) { return solve_embedding(dy, tokens, w) * w; }},
  };
  return e;
}

}  // namespace gradus::exercises
