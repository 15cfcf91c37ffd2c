"use strict";
// The library in small, for pages: a tape of operations, walked backwards. Node can load it too.
//
// A tensor is {shape, numbers}, row-major; the result of an operation has the kind of numbers of its first operand
// (Float64Array, or Float32Array for what is large). The nodes of a tape are as core/inspect/graph.h writes those of
// the library's, so that what shows one kind of tape shows the other.

class Tape {
  nodes = [];

  // All of these return the node's place on the tape.
  input(value, name) {
    return this.leaf("input", value, name, false);
  }

  variable(value, name) {
    return this.leaf("variable", value, name, true);
  }

  // {name, layer, value, grad}: what training changes. Its gradient arrives in `grad`, where contributions add up.
  parameter(parameter) {
    const node = this.leaf("parameter", parameter.value, parameter.name, true);
    Object.assign(this.nodes[node], {layer: parameter.layer, parameter});
    return node;
  }

  leaf(operation, value, name, needsGrad) {
    return this.nodes.push({operation, name, inputs: [], shape: value.shape, needs_grad: needsGrad, value}) - 1;
  }

  // Computes one of OPERATIONS of earlier nodes. `saved` holds what the operation is told, and what it keeps for its
  // backward; `labels` what the node is called, as in {name: "y", layer: "0.linear"}.
  apply(operation, inputs, saved = {}, labels = {}) {
    const value = OPERATIONS[operation].forward(inputs.map((i) => this.nodes[i].value), saved);
    const needsGrad = inputs.some((i) => this.nodes[i].needs_grad);
    return this.nodes.push({operation, ...labels, inputs, shape: value.shape, needs_grad: needsGrad, value, saved}) - 1;
  }

  value(node) {
    return this.nodes[node].value;
  }

  // One loop from the end to the start: every user of a value comes before the value itself, so its gradient is
  // complete when it is needed.
  backward(loss, seed = filledTensor(this.nodes[loss].value, 1)) {
    this.nodes[loss].grad = seed;
    for (let i = loss; i >= 0; --i) {
      const node = this.nodes[i];
      if (!node.grad) continue;
      if (node.parameter) node.parameter.grad = addedTensors(node.parameter.grad, node.grad);
      if (!node.inputs.length) continue;
      const needs = node.inputs.map((k) => this.nodes[k].needs_grad);
      const operands = node.inputs.map((k) => this.nodes[k].value);
      const given = OPERATIONS[node.operation].backward(node.grad, operands, node.value, node.saved, needs);
      node.contributions = given.map((dx, k) => (needs[k] ? dx : null));
      node.inputs.forEach((k, operand) => {
        if (needs[operand]) this.nodes[k].grad = addedTensors(this.nodes[k].grad, given[operand]);
      });
    }
  }
}

function makeTensor(shape, numbers, Numbers = Float64Array) {
  return {shape, numbers: Numbers.from(numbers)};
}

function filledTensor({shape, numbers}, value) {
  return {shape, numbers: new numbers.constructor(numbers.length).fill(value)};
}

// The first contribution is taken as it is, later ones are added to it.
function addedTensors(a, b) {
  return a ? {shape: b.shape, numbers: a.numbers.map((x, i) => x + b.numbers[i])} : b;
}

// y = f(x), element by element, with slope(x, y) = dy/dx.
function unaryOperation(f, slope) {
  return {
    forward: ([x]) => ({shape: x.shape, numbers: x.numbers.map(f)}),
    backward: (dy, [x], y) => [{shape: x.shape, numbers: dy.numbers.map((g, i) => g * slope(x.numbers[i], y.numbers[i]))}],
  };
}

// y = f(a, b). The shorter operand is repeated, as a scalar or a row is; its gradient is the sum over the repetitions.
function binaryOperation(f, slopeA, slopeB) {
  const at = ({numbers}, i) => numbers[i % numbers.length];
  return {
    forward([a, b]) {
      const long = a.numbers.length >= b.numbers.length ? a : b;
      return {shape: long.shape, numbers: long.numbers.map((_, i) => f(at(a, i), at(b, i)))};
    },
    backward: (dy, [a, b]) => [[a, slopeA], [b, slopeB]].map(([operand, slope]) => {
      const d = filledTensor(operand, 0), length = operand.numbers.length;
      dy.numbers.forEach((g, i) => { d.numbers[i % length] += g * slope(at(a, i), at(b, i)); });
      return d;
    }),
  };
}

// Each forward takes the operands and gives y; each backward takes dy and what forward took and gave, and gives what
// goes to each operand. Where `needs` says that an operand wants none, it may be left out.
const OPERATIONS = {
  add: binaryOperation((a, b) => a + b, () => 1, () => 1),
  sub: binaryOperation((a, b) => a - b, () => 1, () => -1),
  mul: binaryOperation((a, b) => a * b, (a, b) => b, (a) => a),
  relu: unaryOperation((x) => Math.max(x, 0), (x, y) => (y > 0 ? 1 : 0)),
  tanh: unaryOperation(Math.tanh, (x, y) => 1 - y * y),
  sigmoid: unaryOperation((x) => 1 / (1 + Math.exp(-x)), (x, y) => y * (1 - y)),

  // y = x w^T + b        dx = dy w      dw = dy^T x      db = the sum of dy's rows
  linear: {
    forward([x, w, b]) {
      const [units, inner] = w.shape, rows = x.numbers.length / inner;
      const y = new x.numbers.constructor(rows * units);
      for (let r = 0; r < rows; ++r) {
        for (let j = 0; j < units; ++j) {
          let total = b ? b.numbers[j] : 0;
          for (let i = 0; i < inner; ++i) total += x.numbers[r * inner + i] * w.numbers[j * inner + i];
          y[r * units + j] = total;
        }
      }
      return {shape: [...x.shape.slice(0, -1), units], numbers: y};
    },
    backward(dy, [x, w, b], y, saved, needs) {
      const [units, inner] = w.shape, rows = x.numbers.length / inner;
      const [dx, dw, db] = [x, w, b].map((operand, k) => (operand && needs[k] ? filledTensor(operand, 0) : null));
      for (let r = 0; r < rows; ++r) {
        for (let j = 0; j < units; ++j) {
          const g = dy.numbers[r * units + j];
          if (db) db.numbers[j] += g;
          if (dx) for (let i = 0; i < inner; ++i) dx.numbers[r * inner + i] += g * w.numbers[j * inner + i];
          if (dw) for (let i = 0; i < inner; ++i) dw.numbers[j * inner + i] += g * x.numbers[r * inner + i];
        }
      }
      return b ? [dx, dw, db] : [dx, dw];
    },
  },

  // x [n, channels], gamma, beta [channels]; the numbers in brackets are the equations of layers/batch_norm.md. Told
  // {eps}, it takes the mean and variance of the batch and keeps them; told {eps, mean, variance}, it uses those.
  batch_norm: {
    forward([x, gamma, beta], saved) {
      const channels = gamma.numbers.length, n = x.numbers.length / channels;
      saved.fromBatch = !saved.mean;
      if (saved.fromBatch) {
        saved.mean = gamma.numbers.map((_, c) => meanOver(n, (r) => x.numbers[r * channels + c]));                           // (F1)
        saved.variance = saved.mean.map((mu, c) => meanOver(n, (r) => (x.numbers[r * channels + c] - mu) ** 2));             // (F2)
      }
      saved.s = saved.variance.map((v) => 1 / Math.sqrt(v + saved.eps));
      saved.xhat = x.numbers.map((value, i) => (value - saved.mean[i % channels]) * saved.s[i % channels]);                  // (F3)
      return {shape: x.shape, numbers: saved.xhat.map((xhat, i) => gamma.numbers[i % channels] * xhat + beta.numbers[i % channels])};  // (F4)
    },
    backward(dy, [x, gamma, beta], y, {s, xhat, fromBatch}) {
      const channels = gamma.numbers.length, n = x.numbers.length / channels, g = dy.numbers;
      const dbeta = beta.numbers.map((_, c) => n * meanOver(n, (r) => g[r * channels + c]));
      const dgamma = gamma.numbers.map((_, c) => n * meanOver(n, (r) => g[r * channels + c] * xhat[r * channels + c]));
      const dx = g.map((gi, i) => {
        const c = i % channels, lost = fromBatch ? (dbeta[c] + xhat[i] * dgamma[c]) / n : 0;
        return gamma.numbers[c] * s[c] * (gi - lost);                                                                        // (10), (22)
      });
      return [{shape: x.shape, numbers: dx}, {shape: gamma.shape, numbers: dgamma}, {shape: beta.shape, numbers: dbeta}];
    },
  },

  // The mean of (a - t)^2        da = dy 2 (a - t) / N
  mse: {
    forward([a, t]) {
      const total = a.numbers.reduce((sum, x, i) => sum + (x - t.numbers[i]) ** 2, 0);
      return {shape: [], numbers: a.numbers.constructor.of(total / a.numbers.length)};
    },
    backward(dy, [a, t]) {
      const da = a.numbers.map((x, i) => dy.numbers[0] * 2 * (x - t.numbers[i]) / a.numbers.length);
      return [{shape: a.shape, numbers: da}, {shape: t.shape, numbers: da.map((g) => -g)}];
    },
  },

  // The mean of -log p[label], p = softmax(x) row by row; told {labels}        dx = dy (p - t) / n
  cross_entropy: {
    forward([x], saved) {
      const n = saved.labels.length, classes = x.numbers.length / n;
      saved.p = softmaxOfRows(x.numbers, classes);
      const loss = meanOver(n, (r) => logOfSum(x.numbers.subarray(r * classes, (r + 1) * classes)) - x.numbers[r * classes + saved.labels[r]]);
      return {shape: [], numbers: x.numbers.constructor.of(loss)};
    },
    backward(dy, [x], y, {labels, p}) {
      const classes = p.length / labels.length;
      const dx = p.map((pi, i) => dy.numbers[0] * (pi - (i % classes === labels[Math.floor(i / classes)] ? 1 : 0)) / labels.length);
      return [{shape: x.shape, numbers: dx}];
    },
  },
};

function meanOver(n, f) {
  let total = 0;
  for (let i = 0; i < n; ++i) total += f(i);
  return total / n;
}

// log of the sum of e^x, so that nothing overflows.
function logOfSum(row) {
  const largest = row.reduce((a, b) => Math.max(a, b), -Infinity);
  return largest + Math.log(row.reduce((total, x) => total + Math.exp(x - largest), 0));
}

function softmaxOfRows(numbers, columns) {
  const p = numbers.slice();
  for (let start = 0; start < p.length; start += columns) {
    const row = numbers.subarray(start, start + columns), logTotal = logOfSum(row);
    row.forEach((x, c) => { p[start + c] = Math.exp(x - logTotal); });
  }
  return p;
}

if (typeof module !== "undefined") module.exports = {Tape, OPERATIONS, makeTensor, filledTensor, softmaxOfRows};
