#include <gradus/examples/exercises/key/tables.h>

namespace gradus::exercises {
namespace {

// dw_rs = Σ_p Σ_q dy_pq x at (row(p, r), column(q, s)); what would lie outside of x counts 0.
template <class Row, class Column>
Tensor correlated(T dy, T x, T w, const Row& row, const Column& column) {
  Tensor dw = Tensor::zeros(w.shape());
  for (std::int64_t r = 0; r < w.size(0); ++r)
    for (std::int64_t s = 0; s < w.size(1); ++s)
      for (std::int64_t p = 0; p < dy.size(0); ++p)
        for (std::int64_t q = 0; q < dy.size(1); ++q) {
          const std::int64_t i = row(p, r), j = column(q, s);
          if (i < 0 || i >= x.size(0) || j < 0 || j >= x.size(1)) continue;
          dw.set({r, s}, dw.at({r, s}) + dy.at({p, q}) * x.at({i, j}));
        }
  return dw;
}

std::int64_t plus(std::int64_t a, std::int64_t b) { return a + b; }

// w_rs meets x_(p + r)(q + s) at place p, q, and the loss depends on it by all of them.
Tensor solve_convolution(const Tensor& dy, const Tensor& x, const Tensor& w) {
  return correlated(dy, x, w, plus, plus);
}

}  // namespace

Exercise convolution_exercise() {
  Exercise e = {
      .name = "convolution",
      .question = "What is the gradient of a number that is used at every place of an image?",
      .operands = {"dy", "x", "w"},
      .outputs = {{"dw", 2}},
      .cases = random_cases({"pq", "hw", "rs"}, {{3, 4, 5, 5, 3, 2}, {4, 3, 5, 5, 2, 3}, {3, 3, 5, 5, 3, 3}}, "pqhwrs"),
      .answer = convolution_backward,
      .solution = solve_convolution,
      .loss =
          [](In in) {
            const auto image = [](const Variable& v) { return reshape(v, {1, 1, v.size(0), v.size(1)}); };
            return sum(conv2d(image(in[1]), image(in[2])) * image(in[0]));
          },
  };
  e.mistakes = {
      {"dw", "the filter was turned by half a turn: that belongs to dx",
       [](T dy, T x, T w) {
         return correlated(
             dy, x, w, [&](std::int64_t p, std::int64_t r) { return p + w.size(0) - 1 - r; },
             [&](std::int64_t q, std::int64_t s) { return q + w.size(1) - 1 - s; });
       }},
      {"dw", "x is read at p - r, q - s: the forward adds",
       [](T dy, T x, T w) {
         const auto minus = [](std::int64_t a, std::int64_t b) { return a - b; };
         return correlated(dy, x, w, minus, minus);
       }},
      {"dw", "only the first place counts: w is used at every one of them, and what comes back is added",
       [](T dy, T x, T w) {
         Tensor first = Tensor::zeros(dy.shape());
         first.set({0, 0}, dy.at({0, 0}));
         return solve_convolution(first, x, w);
       }},
      {"dw", "averaged over the places instead of added",
       [](T dy, T x, T w) { return solve_convolution(dy, x, w) / static_cast<Scalar>(dy.count()); }},
      {"dw", "dy is left out: what arrives from above is not used",
       [](T dy, T x, T w) { return solve_convolution(Tensor::full(dy.shape(), 1), x, w); }},
      {"dw", "x is left out: each place has its own", [](T dy, T x, T w) { return broadcast_to(sum(dy), w.shape()); }},
      {"dw", "rows and columns of the filter were exchanged",
       [](T dy, T x, T w) {
         const Tensor exchanged = solve_convolution(transpose(dy), transpose(x), w);
         return exchanged.shape() == w.shape() ? exchanged : Tensor();
       }},
      {"dw", "multiplied by w: y is linear in it, so that its slope is x alone",
       [](T dy, T x, T w) { return solve_convolution(dy, x, w) * w; }},
  };
  return e;
}

}  // namespace gradus::exercises
