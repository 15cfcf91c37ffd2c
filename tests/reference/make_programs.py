#!/usr/bin/env python3
"""Writes programs/*.txt beside this file: what example programs should print, for examples/printed_test.cpp.

Nothing of it comes from the programs: the data, the random numbers (xoshiro256++), the networks and their training are
here once more, in PyTorch, and the text around the numbers as it should read. Each file begins with its command line;
DATA is the small data set of the test, HERE the folder programs/; # stands for a number that nobody knows before, and @ for
a time.
No test runs this; run it to add a program.

    python3 tests/reference/make_programs.py build/data/mnist        (needs PyTorch)
"""

import csv
import math
import pathlib
import sys

import numpy as np
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


# ---- programs


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
            "uniform in +-1 / sqrt(in)": lambda inputs, outputs, rng: rng.uniform(inputs**-0.5, outputs, inputs),
            "normal, sqrt(2 / in) / 2": lambda *a: kaiming(*a) / 2,
            "normal, sqrt(2 / in)": kaiming,
            "normal, sqrt(2 / in) * 2": lambda *a: kaiming(*a) * 2,
    }.items():
        text += row(name, start)
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


def train_mnist():
    rng = Rng(1)
    model = nn.Sequential(linear(rng, 20, 16, False), nn.BatchNorm1d(16), nn.ReLU(), linear(rng, 16, 8, False), nn.BatchNorm1d(8),
                          nn.ReLU(), linear(rng, 8, 3))
    weights = [p for p in model.parameters() if p.dim() == 2]
    others = [p for p in model.parameters() if p.dim() != 2]
    adam = torch.optim.AdamW([{"params": weights, "weight_decay": 0.01}, {"params": others, "weight_decay": 0}], lr=0.01)
    cycle = torch.optim.lr_scheduler.OneCycleLR(adam, 0.01, total_steps=30, cycle_momentum=False)
    text = """200 images to train on, 50 to test on, 5x4, 3 classes
3 epochs of batches of 20, adamw at 0.01 (one-cycle), weight decay 0.01, label smoothing 0.1, dropout 0, seed 1, 1 thread

""" + summary(model, 20) + "\n"
    batches = Batches(20)
    for epoch in range(1, 4):
        rng.shuffle(batches.order)
        losses, right = [], 0
        for x, y in (batches[i] for i in range(10)):
            logits = model(x)
            right += int((logits.argmax(1) == y).sum())
            losses.append(step(adam, F.cross_entropy(logits, y, label_smoothing=0.1)))
            cycle.step() if len(losses) + 10 * epoch < 40 else None
        logits = evaluated(model, TEST_X)
        loss, share = F.cross_entropy(logits, TEST_Y).item(), accuracy(model, TEST_X, TEST_Y)
        text += (f"epoch {epoch}/3 # samples/s train loss {np.mean(losses):.4f} accuracy {percent(right / 200)} "
                 f"test loss {loss:.4f} accuracy {percent(share)} @" + (" @ left" if epoch < 3 else "") + "\n")
    text += (f"\ntest accuracy {percent(share)} ({round(50 * share)} of 50), loss {loss:.4f}, @ in all\n\n"
             + confusion(TEST_Y, logits.argmax(1), "012") + "\n\n--report FILE writes a page that shows how the training went\n")
    save("train_mnist", "train_mnist --data-dir DATA --hidden 16,8 --batch-size 20 --epochs 3 --dropout 0 --lr 0.01 --threads 1", text)


def train_table(target, flags, hidden, epochs, rate):
    rows = list(csv.reader((here / "table.csv").open()))
    head, cells = rows[0], rows[1:]
    at, classes = head.index(target), target == "kind"
    names = sorted({row[at] for row in cells})
    rng = Rng(1)
    order = list(range(len(cells)))
    rng.shuffle(order)
    if classes:
        order.sort(key=lambda i: cells[i][at])
    held_out, validation, *train = (order[i::5] for i in range(5))
    train = sum(train, [])
    columns, what = [], []
    for c, name in enumerate(head):
        texts = [row[c] for row in cells]
        if c == at and classes:
            what.append(f" {name} to learn: one of {len(names)} classes: {', '.join(names)}\n")
        elif name in ("x", "y"):
            known = [float(texts[i]) for i in train if texts[i] != "NA"]
            mean, deviation, missing = np.mean(known), np.std(known), len(known) < len(train)
            kind = "to learn: a number (or classes, with --task classification)" if c == at else "a number"
            what.append(f" {name} {kind}, mean {mean:.4g}, deviation {deviation:.4g}{', sometimes missing' if missing else ''}\n")
            z = [[0.0 if t == "NA" else (float(t) - mean) / deviation] + ([float(t == "NA")] if missing else []) for t in texts]
            if c == at:
                target_z, unit, middle = torch.tensor(z, dtype=torch.float32), deviation, mean
            else:
                columns.append(torch.tensor(z, dtype=torch.float32))
        else:
            kinds = sorted({texts[i] for i in train})
            what.append(f" {name} one of {len(kinds)} categories: {', '.join(kinds)}\n")
            columns.append(torch.tensor([[float(t == kind) for kind in kinds] for t in texts]))
    x = torch.cat(columns, 1)
    labels = torch.tensor([names.index(row[at]) for row in cells])
    sizes, layers = [x.shape[1], *hidden], []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [linear(rng, inputs, outputs), nn.ReLU()]
    model = nn.Sequential(*layers, linear(rng, sizes[-1], len(names) if classes else 1))
    adam = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.1)

    def loss_of(y, rows):
        return F.cross_entropy(y, labels[rows]) if classes else F.mse_loss(y, target_z[rows])

    def score(rows):
        y = evaluated(model, x[rows])
        loss = loss_of(y, rows).item()
        return loss, (y.argmax(1) == labels[rows]).double().mean().item() if classes else math.sqrt(loss) * unit

    text = f"HERE/table.csv: {len(cells)} rows of {len(head)} columns, taken for\n\n" + "".join(what)
    text += (f"\n{len(train)} rows to train on, {len(validation)} for validation, {len(held_out)} held out\n"
             f"at most {epochs} epochs of batches of 8, adamw at {rate}, weight decay 0.1, patience 50, seed 1, 1 thread\n\n"
             + summary(model, x.shape[1]) + "\n")
    best, order = (math.inf, 0), list(range(len(train)))
    for epoch in range(1, epochs + 1):
        rng.shuffle(order)
        total = 0
        for first in range(0, len(train), 8):
            rows = [train[i] for i in order[first:first + 8]]
            total += step(adam, loss_of(model(x[rows]), rows)) * len(rows)
        loss, value = score(validation)
        shown = f"accuracy {percent(value)}" if classes else f"error {value:.4g}"
        if epoch in (1, 2, 5, 10, 20):
            text += f"epoch {epoch} train loss {total / len(train):.4f} validation loss {loss:.4f} {shown}\n"
        if loss < best[0]:
            best = loss, epoch, {key: value.clone() for key, value in model.state_dict().items()}
    model.load_state_dict(best[2])
    loss, value = score(held_out)
    text += f"\n{epochs} epochs, the best of them {best[1]}\n"
    if classes:
        said = evaluated(model, x[held_out]).argmax(1)
        common = labels[train].bincount().argmax()
        text += (f"held-out accuracy {percent(value)} ({round(value * len(held_out))} of {len(held_out)}); "
                 f"{percent((labels[held_out] == common).double().mean())} if one always says {names[common]}\n\n"
                 + confusion(labels[held_out], said, names))
    else:
        guess = unit * target_z[held_out].square().mean().sqrt().item()
        text += f"held-out error {value:.4g} (root mean square, in the unit of y); {guess:.4g} if one always says {middle:.4g}\n"
    text += "\n--report FILE writes a page: curves, errors, which columns matter\n"
    save(f"train_table_{target}", f"train_table HERE/table.csv --batch-size 8 --lr {rate} --threads 1 --epochs {epochs}{flags}", text)


def names(kind, steps, batch):
    words = (here / "words.txt").read_text().split()
    letters = sorted(set("".join(words)), key=lambda c: c.encode())
    numbers = [[letters.index(c) + 1 for c in word] for word in words]
    held_out, train = numbers[9::10], [w for i, w in enumerate(numbers) if i % 10 != 9]
    block = 3 if kind == "mlp" else 16

    def examples(part):
        x, y = [], []
        for word in part:
            if kind == "mlp":
                for i, letter in enumerate(word + [0]):
                    x.append(([0, 0, 0] + word[:i])[-3:])
                    y.append([letter])
            else:
                x.append(([0] + word + [0] * 16)[:16])
                y.append((word + [0] + [-1] * 16)[:16])
        return torch.tensor(x), torch.tensor(y)

    rng, size = Rng(1), len(letters) + 1

    class Mlp(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Embedding.from_pretrained(rng.normals(size, 10), freeze=False)
            self.rest = nn.Sequential(linear(rng, 30, 200, False), nn.BatchNorm1d(200), nn.Tanh(), linear(rng, 200, size))

        def forward(self, x):
            return self.rest(self.embed(x).flatten(1))

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention = nn.MultiheadAttention(64, 4, batch_first=True)
            with torch.no_grad():
                self.attention.in_proj_weight.copy_(rng.uniform(1 / 8, 192, 64))
                self.attention.in_proj_bias.copy_(rng.uniform(1 / 8, 192))
            out = linear(rng, 64, 64)
            self.attention.out_proj.weight, self.attention.out_proj.bias = out.weight, out.bias
            self.norm1, self.norm2 = nn.LayerNorm(64), nn.LayerNorm(64)
            self.mlp = nn.Sequential(linear(rng, 64, 256), nn.GELU(), linear(rng, 256, 64))

        def forward(self, x):
            seen = self.norm1(x)
            later = torch.ones(16, 16, dtype=torch.bool).triu(1)
            x = x + self.attention(seen, seen, seen, attn_mask=later, need_weights=False)[0]
            return x + self.mlp(self.norm2(x))

    class Gpt(nn.Module):
        def __init__(self):
            super().__init__()
            self.token = nn.Embedding.from_pretrained(rng.normals(size, 64), freeze=False)
            self.position = nn.Embedding.from_pretrained(rng.normals(16, 64), freeze=False)
            self.norm, self.head = nn.LayerNorm(64), linear(rng, 64, size, False)
            self.blocks = nn.Sequential(*[Block() for _ in range(4)])

        def forward(self, x):
            return self.head(self.norm(self.blocks(self.token(x) + self.position.weight)))

    net = Mlp() if kind == "mlp" else Gpt()
    loss_of = lambda logits, y: F.cross_entropy(logits.flatten(0, -2), y.flatten(), ignore_index=-1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1) if kind == "mlp" else torch.optim.AdamW(net.parameters(), lr=0.001)
    parts = [examples(part) for part in (train, held_out)]
    text = f"{len(train)} words to train on, {len(held_out)} held out, of {len(letters)} letters: {''.join(letters)}\n"
    recipe = "letters, sgd at 0.1" if kind == "mlp" else "words, adamw at 0.001"
    count = sum(p.numel() for p in net.parameters())
    text += f"{kind}: {steps} steps of {batch} {recipe}, seed 1, 1 thread\n{count:,} parameters\n\n"
    since, metrics = [], ""
    for t in range(1, steps + 1):
        rows = [rng.below(len(parts[0][0])) for _ in range(batch)]
        since.append(step(optimizer, loss_of(net(parts[0][0][rows]), parts[0][1][rows])))
        if t % max(1, (steps + 19) // 20) and t < steps:
            continue
        train_loss, loss = (loss_of(evaluated(net, x), y).item() for x, y in parts)
        text += f"step {t}/{steps} loss {np.mean(since):.4f} held-out loss {loss:.4f}" + (" @ left" if t < steps else "") + "\n"
        metrics += f'{{"step": {t}, "batch_loss": {np.mean(since):.9g}, "held_out_loss": {loss:.9g}'
        metrics += "}\n" if t < steps else f', "train_loss": {train_loss:.9g}, "step_us": #, "parameters": {count}}}\n'
        since = []
    text += f"\nheld-out loss {loss:.4f} nats a letter, @ in all\n\n5 invented words; those with * are in the list:\n "
    draw = Rng(1)
    for _ in range(5):
        word = []
        while len(word) < (40 if kind == "mlp" else 16):
            shown = ([0, 0, 0] + word)[-3:] if kind == "mlp" else ([0] + word + [0] * 16)[:16]
            logits = evaluated(net, torch.tensor([shown]))
            p = F.softmax(logits[0] if kind == "mlp" else logits[0, len(word)], 0).tolist()
            left, letter = (draw.next() >> 40) * 2.0**-24, 0
            while left >= p[letter] and letter + 1 < size:
                left -= p[letter]
                letter += 1
            if letter == 0:
                break
            word.append(letter)
        text += " " + "".join(letters[c - 1] for c in word) + ("*" if word in numbers else "")
    save(f"names_{kind}", f"names --data HERE/words.txt --model {kind} --steps {steps} --batch-size {batch} --sample 5 --threads 1 "
         "--metrics /dev/stderr", text + "\n\n" + metrics)


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
