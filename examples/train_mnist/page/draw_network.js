"use strict";
// The trained network once more, in the browser: forward, and backward to the picture. Node can load it too.

if (typeof require !== "undefined") {
  Object.assign(globalThis, require("../../pages/operations.js"), require("../../pages/autograd.js"));
  require("../../pages/operations_images.js");
}

function bytesOf(base64) {
  const text = atob(base64), bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; ++i) bytes[i] = text.charCodeAt(i);
  return bytes;
}

// IEEE 754's binary16: a sign, five bits of exponent, ten of fraction.
function halfToNumber(half) {
  const sign = half & 0x8000 ? -1 : 1, exponent = half >> 10 & 31, fraction = half & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

// `Numbers` is Float32Array, or Float64Array for who wants to check gradients.
function decode(base64, precision, Numbers) {
  const bytes = bytesOf(base64), view = new DataView(bytes.buffer), half = precision === "float16";
  const numbers = new Numbers(bytes.length / (half ? 2 : 4));
  for (let i = 0; i < numbers.length; ++i) {
    numbers[i] = half ? halfToNumber(view.getUint16(2 * i, true)) : view.getFloat32(4 * i, true);
  }
  return numbers;
}

// From what the program wrote (network_data.h). A batch normalization in evaluation is y = scale x + shift, channel by
// channel. All values are flat: those of images lie as [channels, height, width], and `shape` says so of the output of
// each layer; it is null of one that is no image. So Unflatten has nothing to compute.
function makeNetwork(data, Numbers = Float32Array) {
  const floats = (text) => text === undefined ? null : decode(text, "float32", Numbers);
  let shape = null;
  const layers = data.layers.filter((layer) => {
    if (layer.kind === "Unflatten") shape = layer.shape;
    return layer.kind !== "Unflatten";
  }).map((layer) => {
    const from = shape;
    shape = outputShape(layer, from);
    if (layer.weight) {  // [out, in], of Conv2d [out, in, kernel, kernel]
      return {...layer, from, shape, weight: decode(layer.weight, data.precision, Numbers), bias: floats(layer.bias)};
    }
    if (!layer.running_mean) return {...layer, from, shape};
    const mean = floats(layer.running_mean), variance = floats(layer.running_var);
    const gamma = floats(layer.gamma), beta = floats(layer.beta);
    const scale = variance.map((v, c) => (gamma ? gamma[c] : 1) / Math.sqrt(v + layer.eps));
    return {kind: layer.kind, from, shape, mean, variance, eps: layer.eps, scale, gamma: gamma ?? mean.map(() => 1), beta: beta ?? mean.map(() => 0)};
  });
  return {layers, Numbers, inputs: data.rows * data.columns, classes: data.classes};
}

function outputShape({kind, out, kernel, padding, window, stride}, shape) {
  const sizes = (side) => shape.slice(1).map((size) => Math.floor((size - side) / stride) + 1);
  if (kind === "Linear") return null;
  if (kind === "Conv2d") return [out, ...sizes(kernel - 2 * padding)];
  return kind === "MaxPool2d" ? [shape[0], ...sizes(window)] : shape;
}

// Each kind of layer as one of OPERATIONS: its name, the operands after the first, and what it is told.
const LAYERS = {
  Linear: ({in: inputs, out, weight, bias}) => ["linear", [[[out, inputs], weight], [[out], bias]]],
  Conv2d: ({from: [inputs], out, kernel, weight, bias, stride, padding}) => ["conv2d", [[[out, inputs, kernel, kernel], weight], [[out], bias]], {stride, padding}],
  MaxPool2d: ({window, stride}) => ["max_pool2d", [], {window, stride}],
  BatchNorm1d: ({gamma, beta, mean, variance, eps}) => ["batch_norm", [[[gamma.length], gamma], [[beta.length], beta]], {mean, variance, eps}],
  ReLU: () => ["relu", []],
  Sigmoid: () => ["sigmoid", []],
  Tanh: () => ["tanh", []],
};

LAYERS.BatchNorm2d = LAYERS.BatchNorm1d;

// The network on a tape: {tape, nodes}, the picture's node first, that of the logits last.
function taped(network, picture) {
  const tape = new Tape(), numbers = network.Numbers.from(picture);
  const nodes = [tape.variable({shape: [1, numbers.length], numbers})];
  for (const layer of network.layers) {
    const [operation, operands, told] = LAYERS[layer.kind](layer), x = tape.value(nodes.at(-1)).numbers;
    // The same numbers in the shape that the operation reads them in.
    const shape = layer.from && layer.kind !== "Linear" ? [1, ...layer.from] : [1, x.length];
    tape.nodes[nodes.at(-1)].value = {shape, numbers: x};
    const others = operands.filter(([, given]) => given).map(([size, given]) => tape.input({shape: size, numbers: given}));
    nodes.push(tape.apply(operation, [nodes.at(-1), ...others], {...told}));
  }
  return {tape, nodes};
}

const tapes = new WeakMap();  // of the values that forward gave

// All values on the way: the picture first, the logits last.
function forward(network, picture) {
  const {tape, nodes} = taped(network, picture), values = nodes.map((node) => tape.value(node).numbers);
  tapes.set(values, {tape, nodes});
  return values;
}

// d log p / d pixel, p being the probability of `target` after softmax. At the logits it is 1 for the target, minus the
// probabilities; the rest is the chain rule, from the last layer to the first.
function backward(network, values, target) {
  const {tape, nodes} = tapes.get(values), {shape} = tape.value(nodes.at(-1));
  tape.backward(nodes.at(-1), {shape, numbers: softmax(values.at(-1)).map((p, c) => (c === target ? 1 : 0) - p)});
  return tape.nodes[nodes[0]].grad.numbers;
}

function indexOfLargest(numbers) {
  return numbers.reduce((best, x, i) => x > numbers[best] ? i : best, 0);
}

if (typeof module !== "undefined") {
  module.exports = {bytesOf, halfToNumber, decode, makeNetwork, forward, backward, softmax, indexOfLargest};
}
