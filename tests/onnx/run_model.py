#!/usr/bin/env python3
"""Whether FOLDER/model.onnx, run by ONNX Runtime, computes the "logits" of FOLDER/logits.safetensors from its "x".

    python3 run_model.py FOLDER        (examples/weights_test.cpp runs it)
"""

import pathlib
import sys

import onnxruntime
from safetensors.numpy import load_file

folder = pathlib.Path(sys.argv[1])
session = onnxruntime.InferenceSession(folder / "model.onnx", providers=["CPUExecutionProvider"])
expected = load_file(folder / "logits.safetensors")
largest = 0
for rows in (len(expected["x"]), 1):  # the batch dimension is free
    (logits,) = session.run(["logits"], {"x": expected["x"][:rows]})
    assert logits.shape == expected["logits"][:rows].shape, logits.shape
    largest = max(largest, abs(logits - expected["logits"][:rows]).max())
print(f"largest difference of logits: {largest:.1e}")
sys.exit(0 if largest < 1e-4 else 1)
