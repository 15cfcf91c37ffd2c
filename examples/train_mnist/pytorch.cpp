#include <gradus/core/error.h>
#include <gradus/core/io/json.h>
#include <gradus/examples/command_line/format.h>
#include <gradus/examples/train_mnist/pytorch.h>
#include <gradus/layers/batch_norm.h>
#include <gradus/layers/conv2d.h>
#include <gradus/layers/dropout.h>
#include <gradus/layers/flatten.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/max_pool2d.h>
#include <gradus/layers/relu.h>

namespace gradus::examples {
namespace {

// What is between @ and @ is filled in.
constexpr const char* program = R"PY(#!/usr/bin/env python3
"""A network of gradus' train_mnist, with its data and its recipe, in PyTorch.

    python3 THIS --load weights.safetensors               evaluates what train_mnist --save has written
    python3 THIS --epochs 5 --save more.safetensors       trains, from --load if it is given
    torchrun --nproc-per-node 2 THIS --epochs 5           the same on two processes, which share every batch

Batch normalization takes its statistics from a process's own share of the batch.
"""

import argparse
import math
import os

import numpy
import torch
from safetensors.torch import load_file, save_file
from torch import distributed, nn
from torch.nn import functional as F

p = argparse.ArgumentParser()
p.add_argument("--data", default=@data@)
p.add_argument("--load")
p.add_argument("--save")
p.add_argument("--epochs", type=int, default=0)
p.add_argument("--seed", type=int, default=@seed@)
a = p.parse_args()

rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))


def read(name):
    """An IDX file: two zeros, the type, the number of axes, their sizes, the bytes."""
    with open(f"{a.data}/{name}", "rb") as file:
        axes = file.read(4)[3]
        sizes = [int.from_bytes(file.read(4), "big") for _ in range(axes)]
        return torch.from_numpy(numpy.frombuffer(file.read(), numpy.uint8).reshape(sizes).copy())


def images(part):
    return read(f"{part}-images-idx3-ubyte").flatten(1) / 255, read(f"{part}-labels-idx1-ubyte").long()


torch.manual_seed(a.seed)
model = nn.Sequential(
@layers@)
if a.load:
    model.load_state_dict(load_file(a.load))

x, y = images("train")
x, y = x[:len(x) - @validation@], y[:len(y) - @validation@]
batch = @batch@  # over all processes
steps = max(1, a.epochs * (len(x) // batch))


def rate(step):
    """A factor of the highest rate."""
@schedule@


weights = [w for w in model.parameters() if w.dim() >= 2]
others = [w for w in model.parameters() if w.dim() < 2]
optimizer = @optimizer@
schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
trained = model
if world > 1:
    distributed.init_process_group("gloo")  # after the first optimizer: what PyTorch imports for that keeps a group
    trained = nn.parallel.DistributedDataParallel(model)
for epoch in range(a.epochs):
    model.train()
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(a.seed + epoch))
    for i in range(len(x) // batch):
        mine = order[i * batch:(i + 1) * batch][rank::world]
        loss = F.cross_entropy(trained(x[mine]), y[mine], label_smoothing=@smoothing@)
        optimizer.zero_grad()
        loss.backward()
@clip@        optimizer.step()
        schedule.step()
    if rank == 0:
        print(f"epoch {epoch + 1}/{a.epochs}  loss {loss.item():.4f}", flush=True)

if rank == 0:
    model.eval()
    with torch.no_grad():
        x, y = images("t10k")
        logits = torch.cat([model(part) for part in x.split(1000)])
    print(f"test_loss {F.cross_entropy(logits, y).item():.6f} test_accuracy {(logits.argmax(1) == y).double().mean().item():.6f}")
    if a.save:
        save_file(model.state_dict(), a.save, {"format": "pt"})
if world > 1:
    distributed.barrier()
    del trained  # the last reference but one: with the last, the group's threads end; later they could abort Python
    distributed.destroy_process_group()
)PY";

const char* truth(bool value) { return value ? "True" : "False"; }

std::string layer_text(Module& layer) {
  if (auto* linear = dynamic_cast<Linear*>(&layer)) {
    return text("Linear(", linear->in_features(), ", ", linear->out_features(), ", bias=", truth(linear->bias()), ')');
  }
  if (auto* conv = dynamic_cast<Conv2d*>(&layer)) {
    const Shape& shape = conv->weight().shape();
    return text("Conv2d(", shape[1], ", ", shape[0], ", ", shape[2], ", stride=", conv->options().stride,
                ", padding=", conv->options().padding, ", bias=", truth(conv->bias()), ')');
  }
  if (auto* pool = dynamic_cast<MaxPool2d*>(&layer)) {
    return text("MaxPool2d(", pool->window(), ", stride=", pool->stride(), ')');
  }
  if (auto* images = dynamic_cast<Unflatten*>(&layer)) {
    const Shape& shape = images->sample();
    return text("Unflatten(1, (", shape[0], ", ", shape[1], ", ", shape[2], "))");
  }
  if (auto* norm = dynamic_cast<BatchNorm1d*>(&layer)) return text(norm->kind(), '(', norm->channels(), ')');
  if (auto* dropout = dynamic_cast<Dropout*>(&layer)) return dropout->describe();
  if (dynamic_cast<ReLU*>(&layer) || dynamic_cast<Flatten*>(&layer)) return layer.kind() + "()";
  fail("pytorch", "there is nothing for the layer ", layer.describe());
}

// In Python, with the numbers exact.
std::string number(double value) { return JsonText(value).str(); }

std::string optimizer_text(const Options& o) {
  const std::string groups = text("([{\"params\": weights, \"weight_decay\": ", number(o.weight_decay),
                                  "}, {\"params\": others, \"weight_decay\": 0}], lr=", number(o.learning_rate));
  switch (o.optimizer) {
    case OptimizerKind::sgd:
      return "torch.optim.SGD" + groups + ", momentum=" + number(o.momentum) + ")";
    case OptimizerKind::adam:
      return "torch.optim.Adam" + groups + ")";
    case OptimizerKind::adamw:
      return "torch.optim.AdamW" + groups + ")";
    case OptimizerKind::rmsprop:
      return "torch.optim.RMSprop" + groups + ")";
    case OptimizerKind::muon:  // refused with the flags
      break;
  }
  fail("pytorch", "there is nothing for this optimizer");
}

// rate(step), as optim/schedule.h has it.
std::string schedule_text(const Options& o) {
  std::string lines = text("    warm_up, left = ", o.warm_up, ", max(1, steps - ", o.warm_up, ")\n",
                           "    if step < warm_up:\n        return (step + 1) / (warm_up + 1)\n    step -= warm_up\n");
  switch (o.schedule) {
    case ScheduleKind::constant:
      return lines + "    return 1";
    case ScheduleKind::step:
      return lines + "    return 0.1 ** (step // ((left + 2) // 3))";
    case ScheduleKind::cosine:
      return lines + "    return (1 + math.cos(math.pi * min(1, step / left))) / 2";
    case ScheduleKind::one_cycle:
      break;
  }
  return lines +
         "    half = lambda begin, end, part: end + (begin - end) * (1 + math.cos(math.pi * min(1, max(0, part)))) / "
         "2\n"
         "    top, last = 0.3 * left - 1, left - 1\n"
         "    if step < top:\n        return half(1 / 25, 1, step / top)\n"
         "    return half(1, 1 / 25e4, (step - top) / (last - top) if last > top else 1)";
}

}  // namespace

std::string pytorch_program(Layer& model, const Options& options, const std::string& folder) {
  std::string layers;
  for (const auto& layer : model.children()) layers += "    nn." + layer_text(*layer) + ",\n";
  const std::string clip = options.clip_norm > 0 ? text("        nn.utils.clip_grad_norm_(model.parameters(), ",
                                                        number(options.clip_norm), ")\n")
                                                 : "";
  return filled_in(program, {{"data", JsonText(folder).str()},
                             {"seed", text(options.seed)},
                             {"layers", layers},
                             {"validation", text(options.validation)},
                             {"batch", text(options.batch_size)},
                             {"schedule", schedule_text(options)},
                             {"optimizer", optimizer_text(options)},
                             {"smoothing", number(options.label_smoothing)},
                             {"clip", clip}});
}

}  // namespace gradus::examples
