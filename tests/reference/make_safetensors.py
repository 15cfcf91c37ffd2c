#!/usr/bin/env python3
"""Writes pytorch.safetensors and pytorch_logits.safetensors beside this file, for tests/weights_test.cpp.

The first is the state dict of a small network as PyTorch's users save it, with the weights in float. The second holds
an input "x" and the "logits" that PyTorch computes from it in evaluation, in double. Written by hand, after the
format's description, so that it needs PyTorch alone:

    python3 tests/reference/make_safetensors.py        (needs PyTorch 1.13 or later: python3-torch in Debian)
"""

import json
import pathlib
import struct

import torch
from torch import nn

TYPES = {torch.float32: ("F32", "f"), torch.float64: ("F64", "d"), torch.int64: ("I64", "q")}


def save(path, tensors):
    """As safetensors.torch.save_file does: larger types first, then by name, the header padded to 8 bytes."""
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name in sorted(tensors, key=lambda name: (-tensors[name].element_size(), name)):
        tensor = tensors[name].detach()
        dtype, letter = TYPES[tensor.dtype]
        numbers = tensor.flatten().tolist()
        begin = len(data)
        data += struct.pack(f"<{len(numbers)}{letter}", *numbers)
        header[name] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": [begin, len(data)]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def main():
    torch.manual_seed(1)
    model = nn.Sequential(
        nn.Linear(20, 16, bias=False), nn.BatchNorm1d(16), nn.ReLU(),
        nn.Linear(16, 8, bias=False), nn.BatchNorm1d(8), nn.ReLU(),
        nn.Linear(8, 3))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(20):  # so that no parameter and no running estimate is where it began
        x = torch.rand(30, 20)
        loss = nn.functional.cross_entropy(model(x), (3 * x[:, 0]).long())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    here = pathlib.Path(__file__).parent
    save(here / "pytorch.safetensors", model.state_dict())
    x = torch.rand(7, 20, dtype=torch.float64)
    model.double().eval()
    save(here / "pytorch_logits.safetensors", {"x": x, "logits": model(x)})


if __name__ == "__main__":
    main()
