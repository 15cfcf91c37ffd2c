#include <gradus/core/error.h>
#include <gradus/core/io/json.h>
#include <gradus/examples/command_line/format.h>
#include <gradus/examples/names/pytorch.h>

namespace gradus::examples::letters {
namespace {

// What is between @ and @ is filled in.
constexpr const char* program = R"PY(#!/usr/bin/env python3
"""A net of gradus' names, with its data and its recipe, in PyTorch.

    python3 THIS --data names.txt --load weights.safetensors       evaluates what names --save has written
    python3 THIS --data names.txt --steps 1000 --save more         trains, from --load if it is given
    torchrun --nproc-per-node 2 THIS --data names.txt --steps 1000 the same on two processes, which share every batch
"""

import argparse
import os

import torch
from safetensors.torch import load_file, save_file
from torch import distributed, nn
from torch.nn import functional as F

p = argparse.ArgumentParser()
p.add_argument("--data", @data@, help="words, one a line")
p.add_argument("--load")
p.add_argument("--save")
p.add_argument("--steps", type=int, default=0)
p.add_argument("--batch-size", type=int, default=@batch@, help="over all processes")
p.add_argument("--seed", type=int, default=@seed@)
a = p.parse_args()

rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))

LETTERS = @letters@  # numbered from 1; 0 begins and ends a word
BLOCK = @block@
lines = [line.strip(" \t\r\n") for line in open(a.data, encoding="utf-8-sig")]
words = [[LETTERS.index(c) + 1 for c in line] for line in lines if line]
parts = [[w for i, w in enumerate(words) if (i % 10 == 9) == held_out] for held_out in (False, True)]

@net@

data = [examples(part) for part in parts]
torch.manual_seed(a.seed)
model = Net()
if a.load:
    model.load_state_dict(load_file(a.load))
optimizer = @optimizer@
trained = model
if world > 1:
    distributed.init_process_group("gloo")  # after the first optimizer: what PyTorch imports for that keeps a group
    trained = nn.parallel.DistributedDataParallel(model)


def loss_of(net, x, y):
    return F.cross_entropy(net(x).flatten(0, -2), y.flatten(), ignore_index=-1)


x, y = data[0]
draw = torch.Generator().manual_seed(a.seed * 1000 + rank)
for step in range(a.steps):
    i = torch.randint(len(x), (max(1, a.batch_size // world),), generator=draw)
    loss = loss_of(trained, x[i], y[i])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if rank == 0 and (step + 1) % max(1, a.steps // 10) == 0:
        print(f"step {step + 1}/{a.steps}  loss {loss.item():.4f}", flush=True)

if rank == 0:
    model.eval()
    with torch.no_grad():
        train_loss, held_out_loss = (loss_of(model, x, y).item() for x, y in data)
    print(f"train_loss {train_loss:.6f} held_out_loss {held_out_loss:.6f}")
    if a.save:
        save_file(model.state_dict(), a.save, {"format": "pt"})
if world > 1:
    distributed.barrier()
    del trained  # the last reference but one: with the last, the group's threads end; later they could abort Python
    distributed.destroy_process_group()
)PY";

constexpr const char* mlp = R"PY(
def examples(part):
    """Each letter with the three before it."""
    xs, ys = [], []
    for word in part:
        context = [0] * BLOCK
        for letter in word + [0]:
            xs.append(context)
            ys.append(letter)
            context = context[1:] + [letter]
    return torch.tensor(xs), torch.tensor(ys)


class Net(nn.Module):
    def __init__(self, letters=len(LETTERS) + 1):
        super().__init__()
        self.embed = nn.Embedding(letters, 10)
        self.rest = nn.Sequential(
            nn.Linear(BLOCK * 10, 200, bias=False), nn.BatchNorm1d(200), nn.Tanh(), nn.Linear(200, letters))

    def forward(self, x):
        return self.rest(self.embed(x).flatten(1))
)PY";

constexpr const char* gpt = R"PY(
def examples(part):
    """A word a row: at each place the letter that comes next, and -1 where nothing does."""
    x, y = torch.zeros(len(part), BLOCK, dtype=torch.long), torch.full((len(part), BLOCK), -1)
    for i, word in enumerate(part):
        shown, wanted = ([0] + word)[:BLOCK], (word + [0])[:BLOCK]
        x[i, :len(shown)], y[i, :len(wanted)] = torch.tensor(shown), torch.tensor(wanted)
    return x, y


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        later = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
        seen = self.norm1(x)
        x = x + self.attention(seen, seen, seen, attn_mask=later, need_weights=False)[0]
        return x + self.mlp(self.norm2(x))


class Net(nn.Module):
    def __init__(self, letters=len(LETTERS) + 1, width=64):
        super().__init__()
        self.token, self.position = nn.Embedding(letters, width), nn.Embedding(BLOCK, width)
        self.blocks = nn.Sequential(*[Block(width, 4) for _ in range(4)])
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, letters, bias=False)

    def forward(self, x):
        return self.head(self.norm(self.blocks(self.token(x) + self.position.weight)))
)PY";

std::string optimizer_text(const Options& o) {
  const std::string arguments = "(model.parameters(), lr=" + JsonText(o.learning_rate).str() + ")";
  switch (o.optimizer) {
    case OptimizerKind::sgd:
      return "torch.optim.SGD" + arguments;
    case OptimizerKind::adam:
      return "torch.optim.Adam" + arguments;
    case OptimizerKind::adamw:
      return "torch.optim.AdamW" + arguments;
    case OptimizerKind::rmsprop:
      return "torch.optim.RMSprop" + arguments;
    case OptimizerKind::muon:  // refused with the flags
      break;
  }
  fail("pytorch", "there is nothing for this optimizer");
}

}  // namespace

std::string pytorch_program(const Options& options, const Alphabet& alphabet) {
  const std::string data = options.data.empty() ? "required=True" : "default=" + JsonText(options.data).str();
  return filled_in(program, {{"net", options.model == NetKind::mlp ? mlp : gpt},
                             {"data", data},
                             {"batch", text(options.batch_size)},
                             {"seed", text(options.seed)},
                             {"letters", JsonText(alphabet.text()).str()},
                             {"block", text(block(options.model))},
                             {"optimizer", optimizer_text(options)}});
}

}  // namespace gradus::examples::letters
