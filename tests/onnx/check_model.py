#!/usr/bin/env python3
"""Whether FOLDER/model.onnx is a valid model.

    python3 check_model.py FOLDER        (examples/weights_test.cpp runs it)
"""

import pathlib
import sys

import onnx

model = onnx.load(pathlib.Path(sys.argv[1]) / "model.onnx")
onnx.checker.check_model(model, full_check=True)
assert [entry.version for entry in model.opset_import] == [17]
(x,), (logits,) = model.graph.input, model.graph.output
for value in (x, logits):
    batch, columns = value.type.tensor_type.shape.dim
    assert batch.dim_param and columns.dim_value > 0, "the batch should be free, the other axis known"
print("valid:", " ".join(node.op_type for node in model.graph.node))
