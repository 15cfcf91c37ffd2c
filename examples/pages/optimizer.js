"use strict";
// What optim/ does, for pages. Node can load it too.

// Each changes one parameter's numbers w against their gradient g at a rate; `state` has room for what it keeps, and t
// is 1 at its first step. Numbers not given are the library's defaults.
const UPDATES = {
  // w <- w - rate g
  sgd: (w, g, rate) => w.map((x, i) => x - rate * g[i]),

  // v <- momentum v + g        w <- w - rate v
  momentum(w, g, rate, state, t, {momentum = 0.9} = {}) {
    state.v = g.map((gi, i) => (t > 1 ? momentum * state.v[i] : 0) + gi);
    return w.map((x, i) => x - rate * state.v[i]);
  },

  // v <- alpha v + (1 - alpha) g^2        w <- w - rate g / (sqrt v + eps)
  rmsprop(w, g, rate, state, t, {alpha = 0.99, eps = 1e-8} = {}) {
    state.v = g.map((gi, i) => (t > 1 ? alpha * state.v[i] : 0) + (1 - alpha) * gi * gi);
    return w.map((x, i) => x - rate * g[i] / (Math.sqrt(state.v[i]) + eps));
  },

  // m <- beta1 m + (1 - beta1) g        v <- beta2 v + (1 - beta2) g^2
  // w <- w - rate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)
  adam(w, g, rate, state, t, {beta1 = 0.9, beta2 = 0.999, eps = 1e-8} = {}) {
    state.m = g.map((gi, i) => (t > 1 ? beta1 * state.m[i] : 0) + (1 - beta1) * gi);
    state.v = g.map((gi, i) => (t > 1 ? beta2 * state.v[i] : 0) + (1 - beta2) * gi * gi);
    return w.map((x, i) => x - rate * (state.m[i] / (1 - beta1 ** t)) / (Math.sqrt(state.v[i] / (1 - beta2 ** t)) + eps));
  },

  // w <- w - rate decay w, then Adam's step
  adamw: (w, g, rate, state, t, {decay = 0.01, ...options} = {}) =>
      UPDATES.adam(w.map((x) => x - rate * decay * x), g, rate, state, t, options),
};

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
      const numbers = UPDATES[this.kind](old, parameter.grad.numbers, this.rate, this.states[i], this.steps, this.options);
      parameter.value = {shape: parameter.value.shape, numbers};
      parameter.moved = numbers.map((x, k) => x - old[k]);
    });
  }
}

if (typeof module !== "undefined") module.exports = {UPDATES, Optimizer};
