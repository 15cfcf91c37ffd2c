"use strict";
// The trained network once more, in the browser: forward, and backward to the picture. Node can load it too.

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
    return {kind: layer.kind, shape, scale, shift: mean.map((m, c) => (beta ? beta[c] : 0) - m * scale[c])};
  });
  return {layers, Numbers, inputs: data.rows * data.columns, classes: data.classes};
}

function outputShape({kind, out, kernel, padding, window, stride}, shape) {
  const sizes = (side) => shape.slice(1).map((size) => Math.floor((size - side) / stride) + 1);
  if (kind === "Linear") return null;
  if (kind === "Conv2d") return [out, ...sizes(kernel - 2 * padding)];
  return kind === "MaxPool2d" ? [shape[0], ...sizes(window)] : shape;
}

// Adds to y the windows of x times w; with `back` to x, which is then its gradient, that of y times w: the chain rule.
// A weight meets a row of pixels at a time.
function convolve(x, y, {from: [inputs, rows, columns], shape: [outputs, height, width], kernel, stride, padding, weight}, back) {
  const first = (tap) => Math.max(0, Math.ceil((padding - tap) / stride));  // output whose pixel is inside the image
  const end = (tap, size, all) => Math.min(all, Math.floor((size - 1 + padding - tap) / stride) + 1);
  let place = 0;
  for (let o = 0; o < outputs; ++o) for (let c = 0; c < inputs; ++c) {
    for (let r = 0; r < kernel; ++r) for (let s = 0; s < kernel; ++s, ++place) {
      const w = weight[place], left = first(s), right = end(s, columns, width), bottom = end(r, rows, height);
      for (let p = first(r); p < bottom; ++p) {
        const row = (o * height + p) * width;
        let at = (c * rows + p * stride + r - padding) * columns + left * stride + s - padding;
        if (back) for (let q = left; q < right; ++q, at += stride) x[at] += w * y[row + q];
        else for (let q = left; q < right; ++q, at += stride) y[row + q] += w * x[at];
      }
    }
  }
}

// For each output the place of the largest pixel of its window, the first of equal ones.
function placesOfLargest(x, {from: [, rows, columns], shape: [channels, height, width], window, stride}) {
  return Int32Array.from({length: channels * height * width}, (_, i) => {
    const q = i % width, p = Math.floor(i / width) % height, c = Math.floor(i / (width * height));
    const corner = (c * rows + p * stride) * columns + q * stride;
    let best = corner;
    for (let r = 0; r < window; ++r) for (let s = 0; s < window; ++s) {
      if (x[corner + r * columns + s] > x[best]) best = corner + r * columns + s;
    }
    return best;
  });
}

function channelOf(place, x, channels) {
  return Math.floor(place * channels.length / x.length);
}

// Each forward takes x and gives y; each backward takes dy with what the forward took and gave, and gives dx.
const LAYERS = {
  Linear: {
    forward(x, {in: inputs, out: outputs, weight, bias}) {  // y = x wᵀ + b
      const y = bias ? bias.slice() : new x.constructor(outputs);
      // Most of a picture is empty, and so is half of what a ReLU gives.
      const lit = Array.from(x.keys()).filter((i) => x[i] !== 0);
      for (let j = 0, row = 0; j < outputs; ++j, row += inputs) {
        let total = y[j];
        for (const i of lit) total += x[i] * weight[row + i];
        y[j] = total;
      }
      return y;
    },
    backward(dy, x, y, {in: inputs, out: outputs, weight}) {  // dx = dy w
      const dx = new dy.constructor(inputs);
      for (let j = 0, row = 0; j < outputs; ++j, row += inputs) {
        for (let i = 0; i < inputs; ++i) dx[i] += dy[j] * weight[row + i];
      }
      return dx;
    },
  },
  Conv2d: {
    forward(x, layer) {
      const [outputs, height, width] = layer.shape, y = new x.constructor(outputs * height * width);
      if (layer.bias) layer.bias.forEach((b, o) => y.fill(b, o * height * width, (o + 1) * height * width));
      convolve(x, y, layer, false);
      return y;
    },
    backward(dy, x, y, layer) {
      const dx = new dy.constructor(x.length);
      convolve(dx, dy, layer, true);
      return dx;
    },
  },
  MaxPool2d: {
    forward: (x, layer) => x.constructor.from(placesOfLargest(x, layer), (place) => x[place]),
    backward(dy, x, y, layer) {
      const dx = new dy.constructor(x.length);
      placesOfLargest(x, layer).forEach((place, i) => { dx[place] += dy[i]; });
      return dx;
    },
  },
  BatchNorm1d: {
    forward: (x, {scale, shift}) => x.map((value, i) => scale[channelOf(i, x, scale)] * value + shift[channelOf(i, x, scale)]),
    backward: (dy, x, y, {scale}) => dy.map((slope, i) => slope * scale[channelOf(i, x, scale)]),
  },
  ReLU: {
    forward: (x) => x.map((value) => Math.max(value, 0)),
    backward: (dy, x, y) => dy.map((slope, i) => y[i] > 0 ? slope : 0),
  },
  Sigmoid: {
    forward: (x) => x.map((value) => 1 / (1 + Math.exp(-value))),
    backward: (dy, x, y) => dy.map((slope, i) => slope * y[i] * (1 - y[i])),
  },
  Tanh: {
    forward: (x) => x.map(Math.tanh),
    backward: (dy, x, y) => dy.map((slope, i) => slope * (1 - y[i] * y[i])),
  },
};

LAYERS.BatchNorm2d = LAYERS.BatchNorm1d;

// All values on the way: the picture first, the logits last.
function forward(network, picture) {
  const values = [network.Numbers.from(picture)];
  for (const layer of network.layers) values.push(LAYERS[layer.kind].forward(values.at(-1), layer));
  return values;
}

// d log p / d pixel, p being the probability of `target` after softmax. At the logits it is 1 for the target, minus the
// probabilities; the rest is the chain rule, from the last layer to the first.
function backward(network, values, target) {
  let dy = softmax(values.at(-1)).map((p, c) => (c === target ? 1 : 0) - p);
  for (let i = network.layers.length - 1; i >= 0; --i) {
    const layer = network.layers[i];
    dy = LAYERS[layer.kind].backward(dy, values[i], values[i + 1], layer);
  }
  return dy;
}

function softmax(logits) {
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);  // so that nothing overflows
  const powers = logits.map((z) => Math.exp(z - largest)), total = powers.reduce((a, b) => a + b, 0);
  return powers.map((e) => e / total);
}

function indexOfLargest(numbers) {
  return numbers.reduce((best, x, i) => x > numbers[best] ? i : best, 0);
}

if (typeof module !== "undefined") {
  module.exports = {bytesOf, halfToNumber, decode, makeNetwork, forward, backward, softmax, indexOfLargest};
}
