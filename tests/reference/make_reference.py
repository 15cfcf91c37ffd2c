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


def run(name, f, *inputs, frozen=()):
    """What f makes of its inputs, and the gradients of those that are not frozen, for a random dy."""
    inputs = [x.clone().requires_grad_(i not in frozen) for i, x in enumerate(inputs)]
    y = f(*inputs)
    dy = rounded(1).reshape(y.shape) if y.dim() == 0 else rounded(*y.shape)
    y.backward(dy)
    for i, x in enumerate(inputs):
        save(f"{name}.in{i}", x)
        if i not in frozen:
            save(f"{name}.d{i}", x.grad)
    save(f"{name}.y", y)
    save(f"{name}.dy", dy)


def operations():
    """Operations of any number of inputs, as reference_test.cpp lists them."""
    run("leaky_relu", lambda x: F.leaky_relu(x, 0.1), rounded(5, 7))
    run("gelu", F.gelu, rounded(5, 7, scale=3))
    run("silu", F.silu, rounded(5, 7, scale=3))
    run("abs", torch.abs, rounded(5, 7))
    pair = torch.round(4 * torch.rand(5, 7)) / 4, torch.round(4 * torch.rand(5, 7)) / 4  # with ties
    run("maximum", torch.maximum, *pair)
    run("minimum", torch.minimum, *pair)
    run("where", lambda a, b: torch.where(pair[0] > 0.3, a, b), rounded(5, 7), rounded(7))
    save("where.mask", (pair[0] > 0.3).double())
    run("permute", lambda x: x.permute(2, 0, 3, 1), rounded(2, 3, 4, 5))
    run("slice", lambda x: x[:, 1:-1], rounded(3, 5, 2))
    run("concat", lambda a, b: torch.cat([a, b], 1), rounded(3, 5, 2), rounded(3, 1, 2))
    run("stack", torch.matmul, rounded(2, 1, 3, 4), rounded(5, 4, 6))
    run("one_for_all", torch.matmul, rounded(2, 3, 4), rounded(4, 6))
    run("embedding", lambda w: F.embedding(torch.tensor([[1, 4, 1], [0, 1, 3]]), w), rounded(5, 3))
    run("conv2d", lambda x, w, b: F.conv2d(x, w, b, padding=1), rounded(3, 2, 7, 6), rounded(5, 2, 3, 3), rounded(5))
    run("conv2d_stride", lambda x, w: F.conv2d(x, w, stride=2), rounded(2, 3, 8, 7), rounded(4, 3, 3, 2))
    run("conv2d_wide", lambda x, w: F.conv2d(x, w, stride=3, padding=2), rounded(1, 2, 3, 4), rounded(3, 2, 5, 5))
    run("max_pool2d", lambda x: F.max_pool2d(x, 2), rounded(2, 3, 5, 6))
    run("max_pool2d_overlapping", lambda x: F.max_pool2d(x, 3, 1), torch.round(2 * torch.rand(2, 3, 5, 6)))

    y, target, probability = rounded(6, 4, scale=3), rounded(6, 4), torch.round(8 * torch.rand(6, 4)) / 8
    run("l1", F.l1_loss, y, target)
    run("huber", lambda a, b: F.huber_loss(a, b, delta=0.7), y, target)
    run("binary_cross_entropy_with_logits", F.binary_cross_entropy_with_logits, y, probability)
    labels = torch.tensor([[1, 0, -7, 3], [-7, -7, 2, 2]])
    run("cross_entropy_ignored", lambda x: F.cross_entropy(x.flatten(0, 1), labels.flatten(), ignore_index=-7,
                                                           label_smoothing=0.1), rounded(2, 4, 5, scale=3))


def module(name, layer, x, f=None):
    """A layer's state, output and gradients."""
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(rounded(*parameter.shape, scale=0.5))
    x.requires_grad_()
    y = f(x) if f else layer(x)
    dy = rounded(*y.shape)
    y.backward(dy)
    for part, tensor in {"x": x, "dy": dy, "y": y, "dx": x.grad}.items():
        save(f"{name}.{part}", tensor)
    save_state(f"{name}.state", layer)
    save_grads(f"{name}.grad", layer)


def modules():
    module("layer.conv2d", nn.Conv2d(2, 5, 3, stride=2, padding=1), rounded(3, 2, 7, 6))
    module("layer.batch_norm2d", nn.BatchNorm2d(3), rounded(2, 3, 4, 5, scale=2, offset=1))
    module("layer.layer_norm", nn.LayerNorm(6), rounded(2, 4, 6, scale=2, offset=1))
    attention = nn.MultiheadAttention(6, 2, batch_first=True)
    later = torch.ones(5, 5, dtype=torch.bool).triu(1)
    module("layer.attention", attention, rounded(3, 5, 6),
           lambda x: attention(x, x, x, attn_mask=later, need_weights=False)[0])


def optimizers():
    """Weights [7, 4], filters [2, 3, 2, 2] and a bias after five steps on given gradients."""
    def muon_step(w, g, m, rate, momentum=0.95, decay=0.01):
        m.mul_(momentum).add_(g, alpha=1 - momentum)
        x = ((1 - momentum) * g + momentum * m).flatten(1)
        tall = x.shape[0] > x.shape[1]
        x = x.T if tall else x
        x = x / (x.norm() + 1e-7)
        for _ in range(5):
            a = x @ x.T
            x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
        o = (x.T if tall else x).reshape(w.shape)
        w.mul_(1 - rate * decay).sub_(rate * max(1, w.shape[0] / w[0].numel()) ** 0.5 * o)

    shapes = [(7, 4), (2, 3, 2, 2), (5,)]
    start = [rounded(*shape) for shape in shapes]
    grads = [[rounded(*shape) for shape in shapes] for _ in range(5)]
    for i in range(3):
        save(f"optimizer.start{i}", start[i])
        for step in range(5):
            save(f"optimizer.grad{step}.{i}", grads[step][i])
    for name, make in {
            "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01),
            "rmsprop_momentum": lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.9, momentum=0.5, weight_decay=0.1),
    }.items():
        parameters = [nn.Parameter(w.clone()) for w in start]
        optimizer = make(parameters)
        for step in range(5):
            for p, g in zip(parameters, grads[step]):
                p.grad = g
            optimizer.step()
        for i, p in enumerate(parameters):
            save(f"optimizer.{name}{i}", p)
    # PyTorch's Muon rounds to bfloat16 on the way, so the formula is written out here.
    weights, momenta = [w.clone() for w in start[:2]], [torch.zeros(shape) for shape in shapes[:2]]
    bias = nn.Parameter(start[2].clone())
    adamw = torch.optim.AdamW([bias], lr=0.002, weight_decay=0.01)
    for step in range(5):
        for w, g, m in zip(weights, grads[step], momenta):
            muon_step(w, g, m, 0.02)
        bias.grad = grads[step][2]
        adamw.step()
    for i, w in enumerate([*weights, bias]):
        save(f"optimizer.muon{i}", w)


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
operations()
modules()
optimizers()
save_file(tensors, pathlib.Path(__file__).with_name("reference.safetensors"),
          {"source": f"PyTorch {torch.__version__}, see make_reference.py", "names": " ".join(tensors)})
