#!/usr/bin/env python3
"""Whether PyTorch makes the same of our weights: tests/weights_test.cpp runs it where PyTorch is installed.

    python3 check_safetensors.py FOLDER

FOLDER/weights.safetensors is what `train_mnist --hidden 16,8 --dropout 0 --save` wrote, for images of 20 pixels in
three classes; FOLDER/logits.safetensors holds "x" and the "logits" computed from it. Reads with the safetensors package
if that is there, otherwise by hand.
"""

import json
import pathlib
import struct
import sys

import torch
from torch import nn


def load(path):
    try:
        from safetensors.torch import load_file
        return load_file(path)
    except ImportError:
        pass
    types = {"F32": torch.float32, "F64": torch.float64, "I64": torch.int64}
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header, data = json.loads(raw[8:8 + length]), bytearray(raw[8 + length:])
    header.pop("__metadata__", None)
    return {name: torch.frombuffer(data[slice(*entry["data_offsets"])], dtype=types[entry["dtype"]]).reshape(entry["shape"])
            for name, entry in header.items()}


def main():
    folder = pathlib.Path(sys.argv[1])
    model = nn.Sequential(
        nn.Linear(20, 16, bias=False), nn.BatchNorm1d(16), nn.ReLU(),
        nn.Linear(16, 8, bias=False), nn.BatchNorm1d(8), nn.ReLU(),
        nn.Linear(8, 3))
    model.load_state_dict(load(folder / "weights.safetensors"), strict=True)
    expected = load(folder / "logits.safetensors")
    model.double().eval()
    logits = model(expected["x"].double())
    difference = (logits - expected["logits"]).abs().max() / expected["logits"].abs().max()
    print(f"largest difference of logits, relative: {difference:.1e}")
    sys.exit(0 if difference < 1e-5 else 1)


if __name__ == "__main__":
    main()
