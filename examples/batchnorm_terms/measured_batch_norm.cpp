#include <gradus/examples/batchnorm_terms/measured_batch_norm.h>

namespace gradus::examples {
namespace {

double sum_of_squares(const Tensor& t) { return static_cast<double>(sum(t * t).item()); }

}  // namespace

Variable MeasuredBatchNorm1d::forward(const Variable& x) {
  if (!training()) return BatchNorm1d::forward(x);
  return forward_with(x, [without = without_, sizes = sizes_](const Tensor& g, const BatchNormSaved& saved) {
    const Tensor factor = saved.gamma * saved.s;         // [1, c]
    const Tensor xhat = (saved.x - saved.mu) * saved.s;  // [m, c]
    const Tensor dgamma = saved.sum(g * xhat), dbeta = saved.sum(g);
    const Tensor direct = factor * g;                             // [m, c]
    const Tensor by_mean = factor * (dbeta / saved.m);            // [1, c], the same for every sample
    const Tensor by_xhat = factor * (xhat * (dgamma / saved.m));  // [m, c]
    sizes->dy += sum_of_squares(g);
    sizes->direct += sum_of_squares(direct);
    sizes->mean += sum_of_squares(by_mean) * static_cast<double>(saved.m);
    sizes->xhat += sum_of_squares(by_xhat);
    sizes->left += sum_of_squares(direct - by_mean - by_xhat);
    sizes->elements += g.count();
    Tensor dx = direct;
    if (without != Without::mean_term && without != Without::both) dx = dx - by_mean;
    if (without != Without::xhat_term && without != Without::both) dx = dx - by_xhat;
    return BatchNormGradients{dx, dgamma, dbeta};
  });
}

}  // namespace gradus::examples
