// The fast kernels of one level, family by family. What they leave out stays as it is in plain/.
#include <gradus/core/kernels/kernels.h>

namespace gradus::kernels::GRADUS_LEVEL {

void use_fast_attention(Table& table);
void use_fast_batch_norm(Table& table);
void use_fast_conv2d(Table& table);
void use_fast_conv2d_backward_w(Table& table);
void use_fast_dropout(Table& table);
void use_fast_elementwise(Table& table);
void use_fast_gather(Table& table);
void use_fast_layer_norm(Table& table);
void use_fast_matmul(Table& table);
void use_fast_max_pool2d(Table& table);
void use_fast_optimizers(Table& table);
void use_fast_reductions(Table& table);
void use_fast_softmax(Table& table);

void use_fast_kernels(Table& table) {
  use_fast_attention(table);
  use_fast_batch_norm(table);
  use_fast_conv2d(table);
  use_fast_conv2d_backward_w(table);
  use_fast_dropout(table);
  use_fast_elementwise(table);
  use_fast_gather(table);
  use_fast_layer_norm(table);
  use_fast_matmul(table);
  use_fast_max_pool2d(table);
  use_fast_optimizers(table);
  use_fast_reductions(table);
  use_fast_softmax(table);
}

}  // namespace gradus::kernels::GRADUS_LEVEL
