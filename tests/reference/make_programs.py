#!/usr/bin/env python3
"""Writes programs/*.txt beside this file: what example programs should print, for examples/printed_test.cpp.

Nothing of it comes from the programs: the data, the random numbers (xoshiro256++), the networks and their training are
here once more, in PyTorch, and the text around the numbers as it should read. Each file begins with its command line;
DATA is the small data set of the test, HERE the folder programs/; # stands for a number that nobody knows before, and @ for
a time.
No test runs this; run it to add a program.

    python3 tests/reference/make_programs.py build/data/mnist        (needs PyTorch)
"""

import math
import pathlib
import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from programs_common import *
from trainings import *


def xor():
    x, target = torch.tensor([[0., 0], [0, 1], [1, 0], [1, 1]]), torch.tensor([[0.], [1], [1], [0]])
    rng = Rng(1)
    model = nn.Sequential(linear(rng, 2, 8), nn.Tanh(), linear(rng, 8, 1), nn.Sigmoid())
    adam = torch.optim.Adam(model.parameters(), lr=0.05)
    text = ""
    for t in range(1, 201):
        loss = step(adam, F.mse_loss(model(x), target))
        if t in (1, 5, 10, 20, 50, 100, 150, 200):
            text += f"step {t}  loss {loss:.6g}\n"
    text += "\ninput and output:\n"
    for row, y in zip(x, evaluated(model, x)):
        text += f"{row[0]:g} {row[1]:g}  {y.item():.6g}\n"
    save("xor", "xor", text)


def spirals():
    rng = Rng(1)

    def points():
        x = []
        for i in range(40):
            radius = (i + 1) / 40
            for arm in range(3):
                angle = 2 * math.pi * (1.25 * radius + arm / 3)
                x.append([radius * math.cos(angle) + 0.02 * rng.normal(), radius * math.sin(angle) + 0.02 * rng.normal()])
        return torch.tensor(x), torch.arange(120) % 3

    (x, labels), test = points(), points()
    norm = lambda: nn.BatchNorm1d(32)
    model = nn.Sequential(linear(rng, 2, 32, False), norm(), nn.ReLU(), linear(rng, 32, 32, False), norm(), nn.ReLU(),
                          linear(rng, 32, 3))
    adam = torch.optim.Adam(model.parameters(), lr=0.003)
    text = summary(model, 2) + "\n step loss training points new points\n"
    for t in range(1, 31):
        loss = step(adam, F.cross_entropy(model(x), labels))
        if t % 3 == 0:
            text += f" {t} {loss:.4f} {percent(accuracy(model, x, labels))} {percent(accuracy(model, *test))}\n"
    save("spirals", "spirals --points 40 --steps 30", text + f"\naccuracy on new points {percent(accuracy(model, *test))}\n")


def initialization():
    rms = lambda t: t.square().mean().sqrt().item()
    read = lambda name, skip: torch.frombuffer(bytearray((pathlib.Path(sys.argv[1]) / name).read_bytes()[skip:]), dtype=torch.uint8)
    x = read("train-images-idx3-ubyte", 16).reshape(-1, 784)[:768] / 255
    labels = read("train-labels-idx1-ubyte", 8)[:768].long()

    def row(name, start):
        rng = Rng(1)
        layers = []
        for i in range(11):
            layer = linear(rng, 784 if i == 0 else 128, 10 if i == 10 else 128)
            inputs, outputs = layer.in_features, layer.out_features
            with torch.no_grad():
                layer.weight.copy_(start(inputs, outputs, rng))
                layer.bias.zero_()
            layers += [layer, nn.ReLU()]
        layers.pop()
        sgd = torch.optim.SGD([p for layer in layers for p in layer.parameters()], lr=0.1)
        losses = []
        for t in range(6):
            y, relus = x[t * 128:(t + 1) * 128], []
            for layer in layers:
                y = layer(y)
                if isinstance(layer, nn.ReLU):
                    y.retain_grad()
                    relus.append(y)
            loss = F.cross_entropy(y, labels[t * 128:(t + 1) * 128])
            losses.append(step(sgd, loss))
            if t == 0:
                shown = [rms(relus[i]) for i in (0, 4, 9)] + [rms(relus[i].grad) for i in (0, 4, 9)]
        numbers = " ".join("#" if 0 < x < 1e-10 else f"{x:.1e}" for x in shown)  # 0 but for rounding
        return f"{name} {numbers} " + " ".join(f"{x:.3g}" if math.isfinite(x) else "no number" for x in (losses[0], losses[5])) + "\n"

    kaiming = lambda inputs, outputs, rng: rng.normals(outputs, inputs, deviation=math.sqrt(2 / inputs))
    text = """Digits through ten hidden layers of 128 ReLUs: how large activations and gradients are at the start in
layers 1, 5 and 10 (root of the mean square), and the loss, at first and after 5 steps of gradient
descent. Guessing has a loss of ln 10 = 2.30. Biases start at 0.

weights start as activations in 1, 5, 10 their gradients in 1, 5, 10 loss
"""
    for name, start in {
            "0": lambda inputs, outputs, rng: torch.zeros(outputs, inputs),
            "1 / in, all the same": lambda inputs, outputs, rng: torch.full((outputs, inputs), 1 / inputs),
            "uniform in ±1 / sqrt(in)": lambda inputs, outputs, rng: rng.uniform(inputs**-0.5, outputs, inputs),
            "normal, sqrt(2 / in) / 2": lambda *a: kaiming(*a) / 2,
            "normal, sqrt(2 / in)": kaiming,
            "normal, sqrt(2 / in) * 2": lambda *a: kaiming(*a) * 2,
    }.items():
        text += row(name, start)
    text += """
All the same: the units of a layer compute the same number and get the same gradient, so they stay equal,
and 128 of them do no more than one would, however long they train.
"""
    save("initialization", "initialization --steps 5", text)


def covariate_shift():
    class Net:
        def __init__(self, normalized):
            seeds, self.seen, layers = Rng(1), [], []
            for i in range(4):
                rng = Rng(seeds.next())
                inputs, outputs = 20 if i == 0 else 100, 3 if i == 3 else 100
                layer = nn.Linear(inputs, outputs, i == 3 or not normalized)
                layer.weight.data = rng.normals(outputs, inputs)  # of deviation 1 here, 0.5 in the command
                layer.weight.data *= 0.5
                if layer.bias is not None:
                    layer.bias.data.zero_()
                layers.append(layer)
                if i < 3 and normalized:
                    layers.append(nn.BatchNorm1d(100))
                if i < 3:
                    layers.append(nn.Sigmoid())
            self.model = nn.Sequential(*layers)
            self.model[-2].register_forward_hook(self.look)
            self.sgd = torch.optim.SGD(self.model.parameters(), lr=2)

        def look(self, layer, x, y):
            if layer.training:
                self.seen.extend(x[0][:, 3].tolist())

        def measured(self):
            return accuracy(self.model, TEST_X, TEST_Y), np.percentile(self.seen[-1200:], [15, 50, 85])

    nets, batches, order, records = [Net(False), Net(True)], Batches(60), Rng(1), []
    for t in range(1, 31):
        position = (t - 1) % batches.full
        if position == 0:
            order.shuffle(batches.order)
        for net in nets:
            step(net.sgd, F.cross_entropy(net.model(batches[position][0]), batches[position][1]))
        if t == 1 or t % 5 == 0:
            records.append((t, *(net.measured() for net in nets)))
    text = """MNIST, three hidden layers of 100 sigmoids, batches of 60, learning rate 2, initial weights of deviation 0.5.
Accuracies are of all 50 test images; nothing is tuned on them. The percentiles are those of
unit 3 of the last hidden layer over the latest 20 training batches.

 test accuracy input of one sigmoid: 15th, 50th and 85th percentile
 step without with without batch norm with batch norm
"""
    for t, (a, p), (b, q) in records:
        text += f" {t} {percent(a)} {percent(b)} " + " ".join(f"{x:.2f}" for x in [*p, *q]) + "\n"
    end = records[-1]
    first = next((r[0] for r in records if r[2][0] >= end[1][0]), 0)
    text += f"\nAfter 30 steps {percent(end[1][0])} are recognized without batch normalization and {percent(end[2][0])} with it.\n"
    if first:
        text += f"With it, the net was as good as the other one at its end after {first} steps.\n"
    text += "What the sigmoid received during training\n"
    for net, name in ((1, "without:"), (2, "with:")):
        medians, widths = [r[net][1][1] for r in records], [r[net][1][2] - r[net][1][0] for r in records]
        text += (f" {name} a median from {min(medians):.2f} to {max(medians):.2f}, "
                 f"{(max(medians) - min(medians)) / np.mean(widths):.2f} times the width of its band on average; "
                 f"that width went from {widths[0]:.2f} to {widths[-1]:.2f}.\n")
    save("covariate_shift", "covariate_shift --steps 30 --every 5 --data-dir DATA --lr 2 --deviation 0.5 --unit 3", text)


def batchnorm_terms():
    for name, flags, rate, decay, adam, keep in (("", "", 0.5, 0, False, (1, 1)),
                                                 ("_adam", " --optimizer adam --weight-decay 0.01", 0.003, 0.01, True, (1, 1)),
                                                 ("_decay", " --weight-decay 0.01 --lr 0.2", 0.2, 0.01, False, (1, 1)),
                                                 ("_mean", " --without mean-term", 0.5, 0, False, (0, 1)),
                                                 ("_xhat", " --without xhat-term", 0.5, 0, False, (1, 0)),
                                                 ("_both", " --without both", 0.5, 0, False, (0, 0))):
        rng, norms = Rng(1), []

        class Measured(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x, gamma, beta, sums):
                s = (x.var(0, unbiased=False) + 1e-5).rsqrt()
                xhat = (x - x.mean(0)) * s
                ctx.save_for_backward(xhat, gamma, s)
                ctx.sums = sums
                return xhat * gamma + beta

            @staticmethod
            def backward(ctx, g):
                xhat, gamma, s = ctx.saved_tensors
                direct = gamma * s * g
                mean = (gamma * s * g.mean(0)).expand_as(g)
                along = gamma * s * xhat * (g * xhat).mean(0)
                for k, t in enumerate((g, direct, mean, along, direct - mean - along)):
                    ctx.sums[k] += t.square().sum().item()
                ctx.sums[5] += g.numel()
                return direct - keep[0] * mean - keep[1] * along, (g * xhat).sum(0), g.sum(0), None

        class Norm(nn.BatchNorm1d):
            def __init__(self, n):
                super().__init__(n)
                self.sums = [0.0] * 6

            def forward(self, x):
                if not self.training:
                    return super().forward(x)
                super().forward(x.detach())  # moves the running estimates
                return Measured.apply(x, self.weight, self.bias, self.sums)

        model = nn.Sequential(linear(rng, 20, 8, False), Norm(8), nn.ReLU(), linear(rng, 8, 8, False), Norm(8), nn.ReLU(),
                              linear(rng, 8, 3))
        kind = torch.optim.Adam if adam else torch.optim.SGD
        optimizer, watched = kind(model.parameters(), lr=rate, weight_decay=decay), [(model[0], model[1]), (model[3], model[4])]
        first = [layer.weight.norm().item() for layer, _ in watched]
        text = f"""dx = γ s (dy − mean(dy) − x̂ mean(dy x̂)): the direct term, the mean term and the x̂ term, which stand at right
angles, so that their squares add up. Behind them the weights w of the layer in front.

Before training |w| is {first[0]:.2f} and {first[1]:.2f}.

 of the direct term's square
epoch loss accuracy layer size of dy mean term x̂ term left cos(w, dw) |w| step/|w|
"""
        batches = Batches(20)
        for epoch in range(1, 3):
            rng.shuffle(batches.order)
            loss, cosines, turns = 0, [0, 0], [0, 0]
            for norm in (model[1], model[4]):
                norm.sums[:] = [0.0] * 6
            for x, y in (batches[i] for i in range(10)):
                before = [layer.weight.detach().clone() for layer, _ in watched]
                loss += step(optimizer, F.cross_entropy(model(x), y)) / 10
                for k, (layer, _) in enumerate(watched):
                    w, dw = before[k], layer.weight.grad  # the decay is added to a copy
                    cosines[k] += abs((w.double() * dw.double()).sum() / w.norm() / dw.norm()).item() / 10
                    turns[k] += ((layer.weight.detach() - w).norm() / w.norm()).item() / 10
            for k, (layer, norm) in enumerate(watched):
                dy, direct, *others, count = norm.sums
                shares = " ".join(f"{100 * t / direct:.1f} %" for t in others)
                norms_now = layer.weight.norm().item()
                text += f" {epoch} {loss:.4f} {percent(accuracy(model, TEST_X, TEST_Y))}" if k == 0 else ""
                cosine = "#" if keep == (1, 1) else f"{cosines[k]:.0e}"  # rounding
                text += f" {k + 1} {math.sqrt(dy / count):.0e} {shares} {cosine} {norms_now:.2f} {turns[k]:.0e}\n"
        share = [np.mean([n.sums[k] / n.sums[1] for _, n in watched]) for k in (2, 3)]
        text += f"\nIn the last epoch the mean term is {100 * share[0]:.1f} % of the gradient (of its square), the x̂ term {100 * share[1]:.1f} %.\n"
        grown = [layer.weight.norm().item() / f for (layer, _), f in zip(watched, first)]
        if keep == (1, 1):
            text += "The gradient stands at right angles to the weights before the layer (the cosine is rounding): stretching\nthem changes no output, so there is no slope that way. "
            if adam:
                text += "Adam scales each\nelement of the step by itself, so that the step is no longer at right angles.\n"
            elif decay:
                text += "\nWeight decay shortens them all the same.\n"
            else:
                text += (f"A step at right angles can only lengthen: |w| grew\nby factors of {grown[0]:.2f} and {grown[1]:.2f}, and the "
                         f"effective rate, which goes with 1/|w|², fell to {100 / grown[0]**2:.1f} % and {100 / grown[1]**2:.1f} %.\n")
        else:
            text += "The gradient no longer stands at right angles to the weights before the layer: the term that is left out was\nwhat kept it there.\n"
        save(f"batchnorm_terms{name}", f"batchnorm_terms --data-dir DATA --batch-size 20 --hidden 8 --epochs 2{flags}", text)


here.mkdir(exist_ok=True)
torch.set_num_threads(1)
xor()
spirals()
initialization()
covariate_shift()
batchnorm_terms()
train_mnist()
train_table("kind", " --target kind --hidden 6", [6], 2, 0.01)
train_table("y", " --hidden 5,4", [5, 4], 21, 0.05)
names("mlp", 22, 8)
names("gpt", 3, 4)
