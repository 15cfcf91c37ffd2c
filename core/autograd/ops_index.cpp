// Operations chosen by integers.
#include <gradus/core/autograd/ops.h>
#include <gradus/core/error.h>
#include <gradus/core/kernels/kernels.h>

namespace gradus {

// y_r = w[i_r]               dw[i] = sum of dy_r over all r with i_r = i: a row that was used twice gets both gradients
Variable embedding(const Variable& w, const Indices& indices) {
  if (w.rank() != 2) fail("embedding", "needs weight [rows, width], got ", w.shape());
  const std::int64_t count = indices.shape().count(), rows = w.size(0), width = w.size(1);
  for (std::int64_t r = 0; r < count; ++r) {
    const std::int32_t index = indices.values()[static_cast<std::size_t>(r)];
    if (index < 0 || index >= rows) {
      fail("embedding", "index ", index, " at ", index_text(indices.shape(), r), " is not from 0 to ", rows - 1,
           ": weight ", w.shape());
    }
  }
  Tensor y = Tensor::uninitialized(indices.shape().with_last(width));
  kernels::active().gather(count, width, w.value().data(), indices.values().data(), y.mutable_data());
  return record("embedding", {w}, y, [w = w.shape(), indices](const Tensor& dy, Gradients& d) {
    Tensor dw = Tensor::zeros(w);
    kernels::active().scatter_add(indices.shape().count(), w[1], w[0], dy.data(), indices.values().data(),
                                  dw.mutable_data());
    d.add(0, dw);
  });
}

}  // namespace gradus
