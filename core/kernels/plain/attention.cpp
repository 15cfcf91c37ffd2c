// Causal attention: every position takes a weighted mean of the values of those up to itself.
//
//   s_ij = q_i . k_j / sqrt d      p_i = softmax of s_i      y_i = sum_j p_ij v_j      j <= i
//
// Backwards each product sends to one of its factors dy times the other one; between p and s stands the softmax, with
// dp_ij / ds_il = p_ij ([j = l] - p_il).
#include <gradus/core/kernels/kernels.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace gradus::kernels::plain {
namespace {

// One head of one sequence: element c of its query, key or value at position i is q[i row + c], and so on.
template <class T>
struct Head {
  T *q, *k, *v;
  int64_t row;
};

template <class T>
Head<T> head_of(const Attention& z, T* qkv, int64_t n, int64_t h) {
  const int64_t width = z.heads * z.d;
  T* const q = qkv + n * z.t * 3 * width + h * z.d;
  return {q, q + width, q + 2 * width, 3 * width};
}

double dot(int64_t d, const Scalar* a, const Scalar* b) {
  double sum = 0;
  for (int64_t c = 0; c < d; ++c) sum += double(a[c]) * b[c];
  return sum;
}

}  // namespace

void attention(const Attention& z, const Scalar* qkv, Scalar* p, Scalar* y) {
  for (int64_t n = 0; n < z.n; ++n) {
    for (int64_t h = 0; h < z.heads; ++h) {
      const auto [q, k, v, row] = head_of(z, qkv, n, h);
      for (int64_t i = 0; i < z.t; ++i, p += z.t) {
        for (int64_t j = 0; j <= i; ++j) p[j] = Scalar(dot(z.d, q + i * row, k + j * row) / std::sqrt(double(z.d)));
        softmax(1, i + 1, p, p);
        std::fill(p + i + 1, p + z.t, Scalar{0});
        for (int64_t c = 0; c < z.d; ++c) {
          double sum = 0;
          for (int64_t j = 0; j <= i; ++j) sum += double(p[j]) * v[j * row + c];
          y[((n * z.t + i) * z.heads + h) * z.d + c] = Scalar(sum);
        }
      }
    }
  }
}

void attention_backward(const Attention& z, const Scalar* qkv, const Scalar* p, const Scalar* dy, Scalar* dqkv) {
  const auto size = static_cast<std::size_t>(z.t * z.d);
  for (int64_t n = 0; n < z.n; ++n) {
    for (int64_t h = 0; h < z.heads; ++h) {
      const auto [q, k, v, row] = head_of(z, qkv, n, h);
      std::vector<double> dq(size), dk(size), dv(size), dp(static_cast<std::size_t>(z.t));
      for (int64_t i = 0; i < z.t; ++i, p += z.t) {
        const Scalar* const dy_i = dy + ((n * z.t + i) * z.heads + h) * z.d;
        double mean = 0;
        for (int64_t j = 0; j <= i; ++j) mean += p[j] * (dp[std::size_t(j)] = dot(z.d, dy_i, v + j * row));
        for (int64_t j = 0; j <= i; ++j) {
          const double ds = p[j] * (dp[std::size_t(j)] - mean) / std::sqrt(double(z.d));
          for (int64_t c = 0; c < z.d; ++c) {
            dq[std::size_t(i * z.d + c)] += ds * k[j * row + c];
            dk[std::size_t(j * z.d + c)] += ds * q[i * row + c];
            dv[std::size_t(j * z.d + c)] += double(p[j]) * dy_i[c];
          }
        }
      }
      const auto d = head_of(z, dqkv, n, h);
      for (int64_t i = 0; i < z.t; ++i) {
        for (int64_t c = 0; c < z.d; ++c) {
          const auto at = std::size_t(i * z.d + c);
          d.q[i * row + c] = Scalar(dq[at]);
          d.k[i * row + c] = Scalar(dk[at]);
          d.v[i * row + c] = Scalar(dv[at]);
        }
      }
    }
  }
}

}  // namespace gradus::kernels::plain
