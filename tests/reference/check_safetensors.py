#!/usr/bin/env python3
"""Whether others make the same of our weights: the safetensors package and NumPy, and PyTorch where it is installed.

    python3 check_safetensors.py FOLDER        (examples/weights_test.cpp runs it)

FOLDER/weights.safetensors is what `train_mnist --hidden 16,8 --dropout 0 --save` wrote, for images of 20 pixels in
three classes; FOLDER/logits.safetensors holds "x" and the "logits" computed from it.
"""

import pathlib
import sys

import numpy as np
from safetensors.numpy import load_file


def with_numpy(weights, x):
    """Evaluates Linear, BatchNorm1d, ReLU, Linear, BatchNorm1d, ReLU, Linear by their formulas."""
    w = {name: value.astype(np.float64) for name, value in weights.items()}
    for linear, norm in (("0", "1"), ("3", "4")):
        x = x @ w[f"{linear}.weight"].T - w[f"{norm}.running_mean"]
        x = x / np.sqrt(w[f"{norm}.running_var"] + 1e-5) * w[f"{norm}.weight"] + w[f"{norm}.bias"]
        x = np.maximum(x, 0)
    return x @ w["6.weight"].T + w["6.bias"]


def with_pytorch(weights, x):
    import torch
    from torch import nn
    model = nn.Sequential(
        nn.Linear(20, 16, bias=False), nn.BatchNorm1d(16), nn.ReLU(),
        nn.Linear(16, 8, bias=False), nn.BatchNorm1d(8), nn.ReLU(),
        nn.Linear(8, 3))
    model.load_state_dict({name: torch.as_tensor(value) for name, value in weights.items()}, strict=True)
    return model.double().eval()(torch.as_tensor(x)).detach().numpy()


def main():
    folder = pathlib.Path(sys.argv[1])
    weights, expected = load_file(folder / "weights.safetensors"), load_file(folder / "logits.safetensors")
    largest = 0
    for compute in (with_numpy, with_pytorch):
        try:
            logits = compute(weights, expected["x"].astype(np.float64))
        except ModuleNotFoundError as error:
            print(f"{compute.__name__}: skipped, {error}")
            continue
        difference = abs(logits - expected["logits"]).max() / abs(expected["logits"]).max()
        print(f"{compute.__name__}: largest difference of logits, relative: {difference:.1e}")
        largest = max(largest, difference)
    sys.exit(0 if largest < 1e-5 else 1)


if __name__ == "__main__":
    main()
