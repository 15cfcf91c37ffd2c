"""The larger programs of make_programs.py: train_mnist, train_table and names."""

import csv
import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from programs_common import *


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
