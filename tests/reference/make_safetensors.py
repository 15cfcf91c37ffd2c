#!/usr/bin/env python3
"""Writes pytorch.safetensors and pytorch_logits.safetensors beside this file, for examples/weights_test.cpp.

The first is the state dict of a small network as PyTorch's users save it, with the weights in float. The second holds
an input "x" and the "logits" that PyTorch computes from it in evaluation, in double. No test runs this.

    python3 tests/reference/make_safetensors.py        (needs PyTorch 1.13 or later, and safetensors)
"""

import pathlib

import torch
from safetensors.torch import save_file
from torch import nn


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
    save_file(model.state_dict(), here / "pytorch.safetensors", {"format": "pt"})
    x = torch.rand(7, 20, dtype=torch.float64)
    model.double().eval()
    save_file({"x": x, "logits": model(x).detach()}, here / "pytorch_logits.safetensors", {"format": "pt"})


if __name__ == "__main__":
    main()
