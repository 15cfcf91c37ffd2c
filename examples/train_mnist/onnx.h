// ONNX (https://onnx.ai/onnx/repo-docs/IR.html): a trained classifier for other programs to run.
//
// The file is one ModelProto in Protocol Buffers' encoding (https://protobuf.dev/programming-guides/encoding), whose
// field numbers are those of onnx.proto; the operators are of version 17 of its operator set.
#pragma once

#include <gradus/layers/layer.h>

#include <string>

namespace gradus::examples {

// The model as it computes in evaluation: input "x" [batch, inputs], output "logits" [batch, outputs], with any number
// for the batch. Layers may be Linear, Conv2d, MaxPool2d, BatchNorm1d and 2d, ReLU, Sigmoid, Tanh, Flatten, Unflatten,
// Dropout (left out: it does nothing in evaluation) and Sequential of these; throws std::invalid_argument naming any
// other.
std::string onnx_model(Layer& model, std::int64_t inputs);

}  // namespace gradus::examples
