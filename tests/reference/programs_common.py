"""What make_programs.py and trainings.py share: the generator, the test's data set, and how texts are put together."""

import math
import pathlib

import torch
from torch import nn
from torch.nn import functional as F

here = pathlib.Path(__file__).parent / "programs"
MASK = (1 << 64) - 1


class Rng:
    def __init__(self, seed):
        self.s = []
        for _ in range(4):
            seed = (seed + 0x9E3779B97F4A7C15) & MASK
            z = (seed ^ seed >> 30) * 0xBF58476D1CE4E5B9 & MASK
            z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
            self.s.append(z ^ z >> 31)

    def next(self):
        a, b, c, d = self.s
        rotl = lambda x, k: (x << k | x >> 64 - k) & MASK
        result = (rotl(a + d & MASK, 23) + a) & MASK
        t = b << 17 & MASK
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        self.s = [a, b, c ^ t, rotl(d, 45)]
        return result

    def normal(self):
        while True:
            u, v = ((self.next() >> 11) * 2.0**-52 - 1 for _ in range(2))
            s = u * u + v * v
            if 0 < s < 1:
                return u * math.sqrt(-2 * math.log(s) / s)

    def below(self, count):
        limit = MASK - MASK % count
        while (bits := self.next()) >= limit:
            pass
        return bits % count

    def shuffle(self, items):
        for i in range(len(items), 1, -1):
            j = self.below(i)
            items[i - 1], items[j] = items[j], items[i - 1]

    def normals(self, *shape, deviation=1.0):
        return torch.tensor([self.normal() for _ in range(math.prod(shape))]).reshape(shape) * deviation

    def uniform(self, bound, *shape):
        numbers = [bound * (2 * (self.next() >> 40) * 2.0**-24 - 1) for _ in range(math.prod(shape))]
        return torch.tensor(numbers).reshape(shape)


def linear(rng, inputs, outputs, bias=True):
    layer = nn.Linear(inputs, outputs, bias)
    with torch.no_grad():
        layer.weight.copy_(rng.uniform(inputs**-0.5, outputs, inputs))
        if bias:
            layer.bias.copy_(rng.uniform(inputs**-0.5, outputs))
    return layer


def step(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def evaluated(model, x):
    model.eval()
    with torch.no_grad():
        y = model(x)
    model.train()
    return y


def accuracy(model, x, labels):
    return (evaluated(model, x).argmax(1) == labels).double().mean().item()


def percent(share):
    return f"{100 * share:.2f} %"


def summary(model, width):
    """Rows of layer, shape of its output and parameters."""
    rows, total = [("layer", "output shape", "parameters"), ("input", f"[1, {width}]", "")], 0
    for i, layer in enumerate(model):
        count = sum(p.numel() for p in layer.parameters())
        if isinstance(layer, nn.Linear):
            width = layer.out_features
            text = f"Linear({layer.in_features}, {width}{'' if layer.bias is not None else ', bias = false'})"
        else:
            text = f"BatchNorm1d({width})" if count else type(layer).__name__
        rows.append((f"{i}: {text}", f"[1, {width}]", f"{count:,}"))
        total += count
    rows.append(("total", "", f"{total:,}"))
    return "".join("  ".join(row) + "\n" for row in rows)


def save(name, command, text):
    (here / f"{name}.txt").write_text(command + "\n" + text)
    print(f"== {name}\n{text}")


# ---- the test's data set: 200 + 50 images of 5 x 4 pixels in three classes


def images(count):
    pixels = [[200 + i % 50 if p // 4 == i % 3 else (i * 7 + p * 13) % 60 for p in range(20)] for i in range(count)]
    return torch.tensor(pixels) / 255, torch.arange(count) % 3


(TRAIN_X, TRAIN_Y), (TEST_X, TEST_Y) = images(200), images(50)


class Batches:
    def __init__(self, size):
        self.order, self.size = list(range(200)), size
        self.full = 200 // size

    def __getitem__(self, i):
        rows = self.order[i * self.size:(i + 1) * self.size]
        return TRAIN_X[rows], TRAIN_Y[rows]


def confusion(labels, said, names):
    rows = [" ".join(["", *names])]
    for i, name in enumerate(names):
        counts = [str(int(((labels == i) & (said == j)).sum())) for j in range(len(names))]
        rows.append(" ".join(["", name, *counts]))
    return "confusion matrix (rows: label, columns: prediction)\n" + "\n".join(rows) + "\n"
