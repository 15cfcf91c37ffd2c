"use strict";
// Every operation that pages compute, forward and backward: a new one is written here, and once. Node can load it too.
//
// A tensor is {shape, numbers}, row-major; a result has the kind of numbers of the first operand (Float64Array, or
// Float32Array for what is large).

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
  gelu: unaryOperation((x) => x * (1 + erf(x / Math.SQRT2)) / 2,
                       (x) => (1 + erf(x / Math.SQRT2)) / 2 + x * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI)),

  // y = x w^T + b        dx = dy w      dw = dy^T x      db = the sum of dy's rows
  linear: {
    forward([{shape, numbers: x}, w, b]) {
      const [units, inner] = w.shape, rows = x.length / inner, weight = w.numbers;
      const y = new x.constructor(rows * units), lit = new Int32Array(inner);
      for (let r = 0; r < rows; ++r) {
        // Most of a picture is empty, and so is half of what a ReLU gives.
        let count = 0;
        for (let i = 0; i < inner; ++i) if (x[r * inner + i] !== 0) lit[count++] = i;
        for (let j = 0; j < units; ++j) {
          let total = b ? b.numbers[j] : 0;
          for (let k = 0; k < count; ++k) total += x[r * inner + lit[k]] * weight[j * inner + lit[k]];
          y[r * units + j] = total;
        }
      }
      return {shape: [...shape.slice(0, -1), units], numbers: y};
    },
    backward(dy, operands, y, saved, needs) {
      const [x, weight] = operands.map(({numbers}) => numbers), [units, inner] = operands[1].shape, rows = x.length / inner;
      const given = operands.map((operand, k) => (needs[k] ? filledTensor(operand, 0) : null));
      const [dx, dw, db] = given.map((tensor) => tensor?.numbers);
      for (let r = 0; r < rows; ++r) {
        for (let j = 0; j < units; ++j) {
          const g = dy.numbers[r * units + j];
          if (g === 0) continue;  // as behind a ReLU that is closed
          if (db) db[j] += g;
          if (dx) for (let i = 0; i < inner; ++i) dx[r * inner + i] += g * weight[j * inner + i];
          if (dw) for (let i = 0; i < inner; ++i) dw[j * inner + i] += g * x[r * inner + i];
        }
      }
      return given;
    },
  },

  // x [n, channels] or [n, channels, height, width], gamma, beta [channels]; the numbers in brackets are the equations
  // of layers/batch_norm.md. Told {eps}, it takes the mean and variance of the batch and keeps them; told {eps, mean,
  // variance}, it uses those.
  batch_norm: {
    forward([x, gamma, beta], saved) {
      const of = channelOf(x.shape), means = (f) => meansOfChannels(x, of, f);
      saved.fromBatch = !saved.mean;
      if (saved.fromBatch) {
        saved.mean = means((i) => x.numbers[i]);                                                          // (F1)
        saved.variance = means((i) => (x.numbers[i] - saved.mean[of(i)]) ** 2);                           // (F2)
      }
      saved.s = saved.variance.map((v) => 1 / Math.sqrt(v + saved.eps));
      saved.xhat = x.numbers.map((value, i) => (value - saved.mean[of(i)]) * saved.s[of(i)]);             // (F3)
      return {shape: x.shape, numbers: saved.xhat.map((xhat, i) => gamma.numbers[of(i)] * xhat + beta.numbers[of(i)])};  // (F4)
    },
    backward(dy, [x, gamma, beta], y, {s, xhat, fromBatch}, needs) {
      const g = dy.numbers, of = channelOf(x.shape), m = g.length / x.shape[1];
      if (!fromBatch && !needs[1] && !needs[2]) {
        return [{shape: x.shape, numbers: g.map((gi, i) => gamma.numbers[of(i)] * s[of(i)] * gi)}, null, null];  // (22)
      }
      const meanG = meansOfChannels(x, of, (i) => g[i]), meanGx = meansOfChannels(x, of, (i) => g[i] * xhat[i]);
      const dx = g.map((gi, i) => {
        const c = of(i), lost = fromBatch ? meanG[c] + xhat[i] * meanGx[c] : 0;
        return gamma.numbers[c] * s[c] * (gi - lost);                                                     // (10), (22)
      });
      return [{shape: x.shape, numbers: dx}, {shape: gamma.shape, numbers: meanGx.map((v) => m * v)},     // (S5)
              {shape: beta.shape, numbers: meanG.map((v) => m * v)}];                                     // (S6)
    },
  },

  // The same row by row of the last axis, which has a gamma and a beta for each of its places. Told {eps}.
  layer_norm: {
    forward([x, gamma, beta], saved) {
      const width = gamma.numbers.length, row = (i) => Math.floor(i / width), means = (f) => meansOfRows(x, width, f);
      const mean = means((i) => x.numbers[i]);
      saved.s = means((i) => (x.numbers[i] - mean[row(i)]) ** 2).map((v) => 1 / Math.sqrt(v + saved.eps));
      saved.xhat = x.numbers.map((value, i) => (value - mean[row(i)]) * saved.s[row(i)]);
      return {shape: x.shape, numbers: saved.xhat.map((xhat, i) => gamma.numbers[i % width] * xhat + beta.numbers[i % width])};
    },
    backward(dy, [x, gamma, beta], y, {s, xhat}) {
      const width = gamma.numbers.length, row = (i) => Math.floor(i / width);
      const g = dy.numbers.map((gi, i) => gi * gamma.numbers[i % width]);
      const meanG = meansOfRows(x, width, (i) => g[i]), meanGx = meansOfRows(x, width, (i) => g[i] * xhat[i]);
      const dgamma = filledTensor(gamma, 0), dbeta = filledTensor(beta, 0);
      dy.numbers.forEach((gi, i) => {
        dgamma.numbers[i % width] += gi * xhat[i];
        dbeta.numbers[i % width] += gi;
      });
      return [{shape: x.shape, numbers: g.map((gi, i) => s[row(i)] * (gi - meanG[row(i)] - xhat[i] * meanGx[row(i)]))}, dgamma, dbeta];
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

function softmax(row) {
  const logTotal = logOfSum(row);
  return row.map((x) => Math.exp(x - logTotal));
}

function softmaxOfRows(numbers, columns) {
  const p = numbers.slice();
  for (let start = 0; start < p.length; start += columns) p.set(softmax(p.subarray(start, start + columns)), start);
  return p;
}

// Which channel a place of [n, channels, ...] is in.
function channelOf([, channels, ...rest]) {
  const size = rest.reduce((product, side) => product * side, 1);
  return size === 1 ? (i) => i % channels : (i) => Math.floor(i / size) % channels;
}

// Of f(i) over all places i of each channel.
function meansOfChannels({shape, numbers}, of, f) {
  const means = new Float64Array(shape[1]);
  numbers.forEach((_, i) => { means[of(i)] += f(i); });
  return means.map((total) => total * shape[1] / numbers.length);
}

// Of f(i) over all places i of each row.
function meansOfRows({numbers}, width, f) {
  return Float64Array.from({length: numbers.length / width}, (_, r) => meanOver(width, (c) => f(r * width + c)));
}

// 2 / sqrt(pi) e^(-x^2) (x + 2 x^3 / 3 + 4 x^5 / 15 + ...): all terms have one sign, so nothing cancels.
function erf(x) {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x, total = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(total); ++n) {
    term *= 2 * x * x / (2 * n + 1);
    total += term;
  }
  return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * total;
}

if (typeof module !== "undefined") module.exports = {OPERATIONS, makeTensor, filledTensor, addedTensors, softmax, softmaxOfRows, channelOf, erf};
