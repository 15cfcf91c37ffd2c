"use strict";
// What optim/ does, for pages. Node can load it too.

// Each changes one parameter's numbers w against their gradient g at a rate; `state` has room for what it keeps, and t
// is 1 at its first step. Numbers not given are the library's defaults; Muon has to know the shape.
const UPDATES = {
  // w <- w - rate g
  sgd: (w, g, rate) => w.map((x, i) => x - rate * g[i]),

  // v <- momentum v + g        w <- w - rate v
  momentum(w, g, rate, state, t, {momentum = 0.9} = {}) {
    state.v = g.map((gi, i) => (t > 1 ? momentum * state.v[i] : 0) + gi);
    return w.map((x, i) => x - rate * state.v[i]);
  },

  // v <- momentum v + g        w <- w - rate (g + momentum v)
  nesterov(w, g, rate, state, t, {momentum = 0.9} = {}) {
    UPDATES.momentum(w, g, rate, state, t, {momentum});
    return w.map((x, i) => x - rate * (g[i] + momentum * state.v[i]));
  },

  // v <- alpha v + (1 - alpha) g^2        w <- w - rate g / (sqrt v + eps)
  rmsprop(w, g, rate, state, t, {alpha = 0.99, eps = 1e-8} = {}) {
    state.v = g.map((gi, i) => (t > 1 ? alpha * state.v[i] : 0) + (1 - alpha) * gi * gi);
    return w.map((x, i) => x - rate * g[i] / (Math.sqrt(state.v[i]) + eps));
  },

  // g <- g + decay w
  // m <- beta1 m + (1 - beta1) g        v <- beta2 v + (1 - beta2) g^2
  // w <- w - rate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)
  adam(w, slope, rate, state, t, {beta1 = 0.9, beta2 = 0.999, eps = 1e-8, decay = 0} = {}) {
    const g = slope.map((gi, i) => gi + decay * w[i]);
    state.m = g.map((gi, i) => (t > 1 ? beta1 * state.m[i] : 0) + (1 - beta1) * gi);
    state.v = g.map((gi, i) => (t > 1 ? beta2 * state.v[i] : 0) + (1 - beta2) * gi * gi);
    return w.map((x, i) => x - rate * (state.m[i] / (1 - beta1 ** t)) / (Math.sqrt(state.v[i] / (1 - beta2 ** t)) + eps));
  },

  // w <- w - rate decay w, then Adam's step
  adamw: (w, g, rate, state, t, {decay = 0.01, ...options} = {}) =>
      UPDATES.adam(w.map((x) => x - rate * decay * x), g, rate, state, t, options),

  // m <- momentum m + (1 - momentum) g        u = momentum m + (1 - momentum) g
  // w <- w - rate decay w - rate sqrt(max(1, rows / columns)) (u made orthogonal); AdamW's step for what is no matrix
  muon(w, g, rate, state, t, {momentum = 0.95, decay = 0.01, shape = []} = {}) {
    if (shape.length < 2) return UPDATES.adamw(w, g, 0.1 * rate, state, t, {decay});
    state.m = g.map((gi, i) => (t > 1 ? momentum * state.m[i] : 0) + (1 - momentum) * gi);
    const [rows, columns] = shape, u = g.map((gi, i) => momentum * state.m[i] + (1 - momentum) * gi);
    const o = orthogonalized(u, rows, columns), ratio = Math.sqrt(Math.max(1, rows / columns));
    return w.map((x, i) => x - rate * decay * x - rate * ratio * o[i]);
  },
};

// Of a matrix: the same singular vectors, and all singular values near 1. Five rounds of
// x <- 3.4445 x + (-4.775 a + 2.0315 a^2) x with a = x x^T
function orthogonalized(u, rows, columns) {
  const length = Math.hypot(...u) + 1e-7;
  const product = (x, y, n, inner, m) => Array.from({length: n * m}, (_, place) => {
    const i = Math.floor(place / m), j = place % m;
    let total = 0;
    for (let k = 0; k < inner; ++k) total += x[i * inner + k] * y[k * m + j];
    return total;
  });
  const transposed = (x, n, m) => x.map((_, place) => x[(place % n) * m + Math.floor(place / n)]);
  let x = u.map((v) => v / length);
  for (let round = 0; round < 5; ++round) {
    const a = product(x, transposed(x, rows, columns), rows, columns, rows), a2 = product(a, a, rows, rows, rows);
    const change = product(a.map((v, i) => -4.775 * v + 2.0315 * a2[i]), x, rows, rows, columns);
    x = x.map((v, i) => 3.4445 * v + change[i]);
  }
  return x;
}

// Of parameters {name, value, grad}: the numbers are new ones after a step, so a tape keeps those that it used.
class Optimizer {
  constructor(kind, parameters, rate, options) {
    Object.assign(this, {kind, parameters, rate, options});
    this.states = parameters.map(() => ({}));
    this.steps = 0;
  }

  zeroGrad() {
    for (const parameter of this.parameters) parameter.grad = null;
  }

  // Leaves in `moved` by how much each number has changed.
  step() {
    ++this.steps;
    this.parameters.forEach((parameter, i) => {
      const old = parameter.value.numbers;
      const numbers = UPDATES[this.kind](old, parameter.grad.numbers, this.rate, this.states[i], this.steps,
                                            {...this.options, shape: parameter.value.shape});
      parameter.value = {shape: parameter.value.shape, numbers};
      parameter.moved = numbers.map((x, k) => x - old[k]);
    });
  }
}

if (typeof module !== "undefined") module.exports = {UPDATES, Optimizer};
