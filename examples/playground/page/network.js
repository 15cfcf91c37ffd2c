"use strict";
// The network of the playground and its training. Node can load it too.

if (typeof require !== "undefined") Object.assign(globalThis, require("../../pages/operations.js"), require("../../pages/autograd.js"), require("../../pages/optimizer.js"));

// Linear layers with what stands between them, as in a Sequential of the library, whose keys the parameters have. Two
// numbers go in, and a logit for each of two classes comes out.
class Network {
  // `hidden` has the number of units of each hidden layer, `activation` is an operation, and the first weights are
  // `start` times the library's.
  constructor({hidden, activation, batchNorm, start = 1}, random = Math.random) {
    this.layers = [];
    const add = (kind, parameters = []) => {
      const place = this.layers.length, layer = `${place}.${kind}`;
      this.layers.push({kind, layer, parameters: parameters.map(([name, value]) => ({name, key: `${place}.${name}`, layer, value, grad: null}))});
    };
    const addLinear = (inputs, units, bias) => {
      const numbers = (count) => Array.from({length: count}, () => start * (2 * random() - 1) / Math.sqrt(inputs));
      add("linear", [["weight", makeTensor([units, inputs], numbers(units * inputs))], ...(bias ? [["bias", makeTensor([units], numbers(units))]] : [])]);
    };
    hidden.forEach((units, i) => {
      addLinear(i ? hidden[i - 1] : 2, units, !batchNorm);  // batch normalization takes any bias away again
      if (batchNorm) {
        add("batchnorm1d", [["weight", makeTensor([units], Array(units).fill(1))], ["bias", makeTensor([units], Array(units).fill(0))]]);
        Object.assign(this.layers.at(-1), {mean: new Float64Array(units), variance: new Float64Array(units).fill(1)});
      }
      add(activation);
    });
    addLinear(hidden.at(-1) ?? 2, 2, true);
    this.parameters = this.layers.flatMap((layer) => layer.parameters);
  }

  // -> the nodes of what each layer gives, the logits last. In training batch normalization uses the batch, and its
  // running estimates follow; otherwise it uses those.
  forward(tape, x, training) {
    const outputs = [];
    for (const layer of this.layers) {
      const inputs = [outputs.at(-1) ?? x, ...layer.parameters.map((parameter) => tape.parameter(parameter))];
      const isNorm = layer.kind === "batchnorm1d";
      const saved = isNorm ? {eps: 1e-5, ...(training ? {} : {mean: layer.mean, variance: layer.variance})} : {};
      outputs.push(tape.apply(isNorm ? "batch_norm" : layer.kind, inputs, saved, {layer: layer.layer}));
      if (isNorm && training) follow(layer, saved, tape.value(x).shape[0]);
    }
    return outputs;
  }

  // By key, as a state_dict; for the test, and for whoever wants to keep one.
  get state() {
    const state = Object.fromEntries(this.parameters.map(({key, value}) => [key, value.numbers]));
    this.layers.forEach(({mean, variance}, i) => { if (mean) Object.assign(state, {[`${i}.running_mean`]: mean, [`${i}.running_var`]: variance}); });
    return state;
  }
}

// The running estimates take a tenth of what the batch had, of its variance without bias.
function follow(layer, {mean, variance}, n) {
  layer.mean = layer.mean.map((old, c) => 0.9 * old + 0.1 * mean[c]);
  layer.variance = layer.variance.map((old, c) => 0.9 * old + 0.1 * variance[c] * n / (n - 1));
}

class Training {
  constructor({optimizer, rate, ...shape}, random) {
    this.network = new Network(shape, random);
    this.optimizer = new Optimizer(optimizer, this.network.parameters, rate);
    this.losses = [];
  }

  // One step on points x [[x1, x2], ...] with their labels. What it computed stays in `tape`, with its gradients, and
  // what each layer gave at `outputs`.
  step(x, labels) {
    const tape = new Tape();
    const input = tape.input(makeTensor([labels.length, 2], x.flat()), "x");
    const outputs = this.network.forward(tape, input, true);
    const loss = tape.apply("cross_entropy", [outputs.at(-1)], {labels}, {name: "loss"});
    this.optimizer.zeroGrad();
    tape.backward(loss);
    this.optimizer.step();
    Object.assign(this, {tape, outputs, loss});
    this.losses.push(tape.value(loss).numbers[0]);
  }
}

if (typeof module !== "undefined") module.exports = {Network, Training};
