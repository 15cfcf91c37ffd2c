"use strict";
// Operation -> rule, the rules that only move numbers, batch normalization, and what is said of unknown operations.

// Numbers are moved, not changed: where they come from, the program has shown.
function moved(y, d) {
  return {
    letters: ["x"], y, d: [d],
    forward: (c, place) => ({text: fmt(c.y[place]), value: c.y[place]}),
    backward: (c, operand, place) => ({text: fmt(c.given[0][place]), value: c.given[0][place]}),
  };
}

// One channel of a batch [n, c] or [n, c, l], and what layers/batch_norm.md calls its numbers.
function batchNormChannel(c, channel) {
  const shape = c.shape, length = shape.length === 3 ? shape[2] : 1;
  const places = c.y.map((_, i) => i).filter((i) => Math.floor(i / length) % shape[1] === channel);
  const gamma = c.x[1] ? c.x[1][channel] : 1, beta = c.x[2] ? c.x[2][channel] : 0;
  const x = places.map((i) => c.x[0][i]), xhat = places.map((i) => (c.y[i] - beta) / gamma);
  const g = places.map((i) => c.dy ? c.dy[i] : NaN), m = places.length;
  // The factor s is not on the tape; two samples that differ show it.
  const high = x.indexOf(Math.max(...x)), low = x.indexOf(Math.min(...x));
  const s = (xhat[high] - xhat[low]) / (x[high] - x[low]);
  return {places, gamma, beta, xhat, g, m, s, dgamma: sum(g.map((gi, i) => gi * xhat[i])), dbeta: sum(g)};
}

const BATCH_NORM = {
  letters: ["x", "γ", "β"], y: "{y}ᵢ = γ x̂ᵢ + β,  x̂ᵢ = ({x}ᵢ − μ) s,  s = 1 / √(σ² + ε)",
  d: ["d{x}ᵢ = γ s (gᵢ − dβ / m − x̂ᵢ dγ / m)", "dγ = Σₖ gₖ x̂ₖ", "dβ = Σₖ gₖ"],
  forward(c, place) {
    const length = c.shape.length === 3 ? c.shape[2] : 1;
    const f = batchNormChannel(c, Math.floor(place / length) % c.shape[1]);
    const xhat = f.xhat[f.places.indexOf(place)];
    return {text: `${fmt(f.gamma)} · ${term(xhat)} + ${term(f.beta)}`, value: f.gamma * xhat + f.beta};
  },
  backward(c, operand, place) {
    const length = c.shape.length === 3 ? c.shape[2] : 1;
    const f = batchNormChannel(c, operand === 0 ? Math.floor(place / length) % c.shape[1] : place);
    if (operand === 1) return sumOfProducts(f.g.map((g, i) => [g, f.xhat[i]]));
    if (operand === 2) return {text: joinTerms(f.g.map(term)), value: f.dbeta};
    const i = f.places.indexOf(place), given = c.given[0][place];
    const value = f.gamma * f.s * (f.g[i] - f.dbeta / f.m - f.xhat[i] * f.dgamma / f.m);
    const direct = f.gamma * f.s * f.g[i];
    if (Math.abs(direct - given) < Math.abs(value - given)) {  // in evaluation: equation 22
      return {text: `${term(f.gamma)} · ${fmt(f.s)} · ${term(f.g[i])}`, value: direct};
    }
    return {text: `${term(f.gamma)} · ${fmt(f.s)} · (${fmt(f.g[i])} − ${term(f.dbeta)} / ${f.m} − ` +
                  `${term(f.xhat[i])} · ${term(f.dgamma)} / ${f.m})`, value};
  },
};

// Images [n, channels, height, width] and filters [out, channels, kernel, kernel]; the step is 1, as the shapes must say.
const CONV2D = {
  letters: ["x", "w"], y: "{y} = Σ over the window of {x} · {w}",
  d: ["d{x} = Σ over the windows that see it of d{y} · {w}", "d{w} = Σ over all places of d{y} · {x}"],
  // All [place in x, place in w, place in y] that meet, and keep() lets through; null with another step.
  meetings(c, keep) {
    const [n, channels, height, width] = c.shapes[0], [out, , kernel] = c.shapes[1], [, , rows, columns] = c.shape;
    const padding = (rows + kernel - 1 - height) / 2, found = [];
    if (!Number.isInteger(padding) || padding < 0 || columns + kernel - 1 - width !== 2 * padding) return null;
    for (let y = 0; y < n * out * rows * columns; ++y) {
      const [i, o, r, q] = indexAt(y, c.shape);
      for (let k = 0; k < channels * kernel * kernel; ++k) {
        const [channel, a, b] = indexAt(k, [channels, kernel, kernel]), row = r + a - padding, column = q + b - padding;
        if (row < 0 || row >= height || column < 0 || column >= width) continue;
        const meeting = [placeOf([i, channel, row, column], c.shapes[0]), placeOf([o, channel, a, b], c.shapes[1]), y];
        if (keep(meeting)) found.push(meeting);
      }
    }
    return found;
  },
  forward(c, place) {
    const met = CONV2D.meetings(c, ([, , y]) => y === place);
    return met && sumOfProducts(met.map(([x, w]) => [c.x[0][x], c.x[1][w]]));
  },
  backward(c, operand, place) {
    const met = CONV2D.meetings(c, (meeting) => meeting[operand] === place);
    return met && sumOfProducts(met.map(([x, w, y]) => [c.dy[y], operand === 0 ? c.x[1][w] : c.x[0][x]]));
  },
  // The places in x, in w and in y that have to do with one place in one of the three (0, 1, 2).
  used(c, tensor, place) {
    const met = CONV2D.meetings(c, (meeting) => meeting[tensor] === place);
    return met && [0, 1, 2].map((k) => met.map((meeting) => meeting[k]));
  },
};

const RULES = {
  ...Object.fromEntries(Object.entries(ELEMENTWISE).map(([name, op]) => [name, elementwiseRule(op)])),
  matmul: MATMUL, linear: LINEAR,
  sum: SUM, mean: MEAN, max: MAX,
  softmax: SOFTMAX, log_softmax: LOG_SOFTMAX,
  cross_entropy: CROSS_ENTROPY, mse: MSE,
  batch_norm: BATCH_NORM, conv2d: CONV2D,
  transpose: moved("{y} = {x}ᵀ", "d{x} = d{y}ᵀ"),
  reshape: moved("{y} = {x} in another shape", "d{x} = d{y} in the shape of {x}"),
  rows: moved("{y} = rows of {x}", "d{x} = d{y} in the rows taken, 0 in the others"),
};

const LEAVES = {
  input: "Data: needs no gradient",
  constant: "A constant: needs no gradient",
  parameter: "A parameter: its gradient is what the optimizer uses",
  variable: "A variable: its gradient is wanted",
};

// An operation of one's own has no rule here. What its backward gave can be shown all the same.
function ruleOf(node) {
  const known = node.operation === "linear" && node.inputs.length === 2 ? LINEAR_PRODUCT : RULES[node.operation];
  if (known && known.letters.length >= node.inputs.length) return known;
  const letters = node.inputs.map((_, k) => (node.inputs.length === 1 ? "x" : `x${"₀₁₂₃₄₅₆₇₈₉"[k] ?? k}`));
  return {
    letters, unknown: true,
    y: `{y} = ${node.operation}(${letters.map((letter) => `{${letter}}`).join(", ")})`,
    d: letters.map((letter) => `d{${letter}} = d{y} · ∂{y}/∂{${letter}}`),
    forward: () => null, backward: () => null,
  };
}

// The numbers around a node; null if one of them is too large to have come whole.
function contextOf(tape, node, withGradient) {
  const operands = node.inputs.map((i) => tape.nodes[i]);
  const c = {
    x: operands.map((operand) => numbersOf(operand.value)), shapes: operands.map((operand) => operand.shape),
    y: numbersOf(node.value), shape: node.shape,
    dy: withGradient ? numbersOf(node.grad) : null,
    given: withGradient && node.contributions ? node.contributions.map(numbersOf) : [],
  };
  const whole = [...c.x, c.y, ...(withGradient ? [c.dy] : [])].every((numbers) => numbers !== null);
  return whole ? c : null;
}

// The furthest that any rule with its numbers is from what the program computed, relative to the tensor's largest
// number; also what a test asks.
function largestDisagreement(tape) {
  let worst = {error: 0, where: ""};
  const compare = (found, expected, scale, where) => {
    const error = found === null ? 0 : Math.abs(found.value - expected) / (scale || 1);
    if (!(error <= worst.error)) worst = {error, where};
  };
  for (const node of tape.nodes.filter((candidate) => candidate.inputs.length)) {
    const rule = ruleOf(node), c = contextOf(tape, node, false), back = contextOf(tape, node, true);
    if (c) c.y.forEach((y, i) => compare(rule.forward(c, i), y, scaleOf(c.y), `${node.operation} forward`));
    if (!back) continue;
    back.given.forEach((given, k) => given?.forEach((dx, i) => {
      compare(rule.backward(back, k, i), dx, scaleOf(given), `${node.operation} backward to operand ${k}`);
    }));
  }
  return worst;
}
