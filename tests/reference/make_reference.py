#!/usr/bin/env python3
"""Writes reference.safetensors beside this file: what PyTorch computes, for reference_test.cpp to compare with.

PyTorch computes in double, so the values are right to the last digits of a double. Everything that goes in is rounded
to three decimals. The metadata "names" lists the tensors in the order of this script: the format has an order of its
own. No test runs this; run it to add a case.

    python3 tests/reference/make_reference.py        (needs PyTorch 1.13 or later, and safetensors)
"""

import copy
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

torch.manual_seed(1)
torch.set_default_dtype(torch.float64)
tensors = {}


def save(name, tensor):
    assert name not in tensors
    tensors[name] = torch.as_tensor(tensor).detach().clone().contiguous()


def save_state(prefix, model):
    """All entries of the state dict, in its order."""
    for name, value in model.state_dict().items():
        save(f"{prefix}.{name}", value)


def save_grads(prefix, model):
    for name, parameter in model.named_parameters():
        save(f"{prefix}.{name}", parameter.grad)


def rounded(*shape, scale=1.0, offset=0.0):
    """Normal random numbers of three decimals."""
    return torch.round(1000 * (scale * torch.randn(*shape) + offset)) / 1000


def round_(model):
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.round(1000 * parameter) / 1000)


def mlp():
    """Its sizes are no multiples of a vector's."""
    model = nn.Sequential(
        nn.Linear(6, 19, bias=False), nn.BatchNorm1d(19), nn.ReLU(),
        nn.Linear(19, 9, bias=False), nn.BatchNorm1d(9), nn.ReLU(),
        nn.Linear(9, 4))
    for layer in model:
        if isinstance(layer, nn.BatchNorm1d):  # away from 1 and 0, where a forgotten factor would not be seen
            layer.weight.data = rounded(layer.num_features, scale=0.3, offset=1)
            layer.bias.data = rounded(layer.num_features, scale=0.3)
    round_(model)
    return model


def whole_mlp():
    """Five steps on five batches: logits, loss and gradients of the first, state after the first and the last."""
    initial = mlp()
    save_state("mlp.initial", initial)
    batches = [(rounded(13, 6, scale=2, offset=0.5), torch.randint(0, 4, (13,))) for _ in range(5)]
    for i, (x, labels) in enumerate(batches):
        save(f"mlp.x{i}", x)
        save(f"mlp.labels{i}", labels)

    optimizers = {
        "sgd": lambda p: torch.optim.SGD(p, lr=0.05),
        "momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
        "nesterov": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=0.01, nesterov=True),
        "adam": lambda p: torch.optim.Adam(p, lr=0.01),
        "adam_decay": lambda p: torch.optim.Adam(p, lr=0.01, weight_decay=0.1),
        "adamw": lambda p: torch.optim.AdamW(p, lr=0.01),  # decay 0.01, its default
    }
    for name, make in optimizers.items():
        smoothing = 0.1 if name == "adam" else 0.0
        model = copy.deepcopy(initial)
        optimizer = make(model.parameters())
        for step, (x, labels) in enumerate(batches):
            logits = model(x)
            loss = F.cross_entropy(logits, labels, label_smoothing=smoothing)
            optimizer.zero_grad()
            loss.backward()
            save(f"{name}.loss{step}", loss)
            if step == 0 and name in ("sgd", "adam"):
                save(f"{name}.logits", logits)
                save_grads(f"{name}.grad", model)
            optimizer.step()
        save_state(f"{name}.final", model)
        if name == "sgd":
            model.eval()
            save("mlp.eval_logits", model(batches[0][0]))


def batch_norm(name, layer, x, evaluation=False):
    """Two training batches (or one, then evaluation); output, gradients and state of the last forward."""
    if layer.affine:
        layer.weight.data = rounded(layer.num_features, scale=0.5, offset=1)
        layer.bias.data = rounded(layer.num_features, scale=0.5)
        save(f"{name}.gamma", layer.weight)
        save(f"{name}.beta", layer.bias)
    first = rounded(*x.shape, scale=3, offset=-1)
    save(f"{name}.first", first)
    layer(first)
    if evaluation:
        layer.eval()
    x.requires_grad_()
    dy = rounded(*x.shape)
    y = layer(x)
    y.backward(dy)
    save(f"{name}.x", x)
    save(f"{name}.dy", dy)
    save(f"{name}.y", y)
    save(f"{name}.dx", x.grad)
    if layer.affine:
        save(f"{name}.dgamma", layer.weight.grad)
        save(f"{name}.dbeta", layer.bias.grad)
    save_state(f"{name}.state", layer)


def batch_norms():
    batch_norm("bn.train", nn.BatchNorm1d(5), rounded(7, 5, scale=2, offset=1))
    batch_norm("bn.eval", nn.BatchNorm1d(5), rounded(7, 5, scale=2, offset=1), evaluation=True)
    batch_norm("bn.sequence", nn.BatchNorm1d(3), rounded(4, 3, 5, scale=2, offset=1))
    batch_norm("bn.sequence_eval", nn.BatchNorm1d(3), rounded(4, 3, 5, scale=2, offset=1), evaluation=True)
    batch_norm("bn.no_affine", nn.BatchNorm1d(5, affine=False), rounded(7, 5))
    batch_norm("bn.untracked", nn.BatchNorm1d(5, track_running_stats=False), rounded(7, 5))
    batch_norm("bn.untracked_eval", nn.BatchNorm1d(5, track_running_stats=False), rounded(7, 5), evaluation=True)
    batch_norm("bn.cumulative", nn.BatchNorm1d(5, momentum=None), rounded(7, 5))
    batch_norm("bn.momentum", nn.BatchNorm1d(5, momentum=0.3, eps=0.01), rounded(7, 5, scale=0.1))


def functions():
    """y and dx of functions of one input; Linear with its parameters' gradients; mse."""
    for name, f in {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu,
                    "softmax": lambda x: F.softmax(x, 1), "log_softmax": lambda x: F.log_softmax(x, 1)}.items():
        x = rounded(5, 7, scale=3).requires_grad_()
        dy = rounded(5, 7)
        y = f(x)
        y.backward(dy)
        for part, tensor in {"x": x, "dy": dy, "y": y, "dx": x.grad}.items():
            save(f"{name}.{part}", tensor)

    linear = nn.Linear(5, 3)
    round_(linear)
    x = rounded(4, 5).requires_grad_()
    dy = rounded(4, 3)
    y = linear(x)
    y.backward(dy)
    save_state("linear.state", linear)
    for part, tensor in {"x": x, "dy": dy, "y": y, "dx": x.grad}.items():
        save(f"linear.{part}", tensor)
    save_grads("linear.grad", linear)

    y, target = rounded(4, 3).requires_grad_(), rounded(4, 3)
    loss = F.mse_loss(y, target)
    loss.backward()
    for part, tensor in {"y": y, "target": target, "loss": loss, "dy": y.grad}.items():
        save(f"mse.{part}", tensor)


def clipping():
    """What clip_grad_norm_ leaves of two gradients, above the limit and below it."""
    for name, limit in {"clip.above": 1.5, "clip.below": 100.0}.items():
        parameters = [nn.Parameter(torch.zeros(3, 4)), nn.Parameter(torch.zeros(5))]
        for i, parameter in enumerate(parameters):
            parameter.grad = rounded(*parameter.shape)
            save(f"{name}.grad{i}", parameter.grad)
        save(f"{name}.norm", nn.utils.clip_grad_norm_(parameters, limit))
        for i, parameter in enumerate(parameters):
            save(f"{name}.clipped{i}", parameter.grad)


def schedules():
    """The learning rate at each of 23 steps, of a highest rate of 1."""
    def rates(make, steps=23):
        optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
        schedule = make(optimizer)
        found = []
        for step in range(steps):
            found.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            if step < steps - 1:
                schedule.step()
        return torch.tensor(found)

    schedule = torch.optim.lr_scheduler
    save("schedule.step", rates(lambda o: schedule.StepLR(o, step_size=5, gamma=0.3)))
    save("schedule.cosine", rates(lambda o: schedule.CosineAnnealingLR(o, T_max=23, eta_min=0.01)))
    save("schedule.one_cycle", rates(lambda o: schedule.OneCycleLR(
        o, max_lr=1.0, total_steps=23, anneal_strategy="cos", cycle_momentum=False)))
    save("schedule.one_cycle_other", rates(lambda o: schedule.OneCycleLR(
        o, max_lr=1.0, total_steps=23, pct_start=0.1, div_factor=10, final_div_factor=100, cycle_momentum=False)))


whole_mlp()
batch_norms()
functions()
clipping()
schedules()
save_file(tensors, pathlib.Path(__file__).with_name("reference.safetensors"),
          {"source": f"PyTorch {torch.__version__}, see make_reference.py", "names": " ".join(tensors)})
