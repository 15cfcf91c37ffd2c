"use strict";
// The trained net once more, in the browser: forward, place by place. Node can load it too.

// From what the program wrote (report.cpp). Parameters have the keys of their file of weights.
function makeNet(data) {
  const state = Object.fromEntries(Object.entries(data.state).map(([key, text]) => [key, floatsOf(text)]));
  return {...data, state, heads: 4, size: data.letters.length + 1};
}

function floatsOf(base64) {
  return new Float32Array(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)).buffer);
}

// Row i of a matrix whose rows have this width.
function rowOf(matrix, i, width) {
  return matrix.subarray(i * width, (i + 1) * width);
}

// `word` has the numbers of its letters, from 1. Logits for the letter after each of its beginnings, the empty one
// first, and of a gpt for each block and head how much each place takes from each.
function forward(net, word) {
  return net.model === "mlp" ? {logits: mlp(net, word), attention: []} : gpt(net, word);
}

function mlp(net, word) {
  const norm = (rows) => {
    const [mean, variance, gamma, beta] = ["running_mean", "running_var", "weight", "bias"].map((key) => net.state[`rest.1.${key}`]);
    return rows.map((x) => x.map((value, c) => gamma[c] * (value - mean[c]) / Math.sqrt(variance[c] + 1e-5) + beta[c]));
  };
  const shown = [0, ...word].map((_, i) => [0, 0, 0, ...word.slice(0, i)].slice(-net.block));
  const x = shown.map((letters) => letters.flatMap((letter) => [...rowOf(net.state["embed.weight"], letter, 10)]));
  const hidden = norm(linear(net, "rest.0", x)).map((row) => row.map(Math.tanh));
  return linear(net, "rest.3", hidden);
}

function gpt(net, word) {
  const width = net.state["norm.weight"].length, attention = [];
  let x = [0, ...word].map((letter, place) => {
    const position = rowOf(net.state["position.weight"], place, width);
    return Array.from(rowOf(net.state["token.weight"], letter, width), (value, i) => value + position[i]);
  });
  for (let i = 0; `blocks.${i}.norm1.weight` in net.state; ++i) {
    const looked = attend(net, `blocks.${i}.attention`, layerNorm(net, `blocks.${i}.norm1`, x));
    attention.push(looked.heads);
    x = sum(x, looked.out);
    const wide = linear(net, `blocks.${i}.mlp.0`, layerNorm(net, `blocks.${i}.norm2`, x));
    x = sum(x, linear(net, `blocks.${i}.mlp.2`, wide.map((row) => row.map(gelu))));
  }
  return {logits: linear(net, "head", layerNorm(net, "norm", x)), attention};
}

// softmax(q k^T / sqrt d) v for each head; a place sees itself and those before it.
function attend(net, key, x) {
  const width = x[0].length, d = width / net.heads, t = x.length;
  const qkv = product(x, net.state[`${key}.in_proj_weight`], net.state[`${key}.in_proj_bias`]);
  const joined = x.map(() => new Array(width).fill(0)), heads = [];
  for (let head = 0; head < net.heads; ++head) {
    const part = (row, which) => row.slice(which * width + head * d, which * width + (head + 1) * d);
    const weights = qkv.map((row, i) => {
      const q = part(row, 0);
      const scores = qkv.slice(0, i + 1).map((other) => part(other, 1).reduce((s, k, c) => s + k * q[c], 0) / Math.sqrt(d));
      return [...softmax(scores), ...new Array(t - i - 1).fill(0)];
    });
    weights.forEach((row, i) => row.forEach((weight, j) => {
      part(qkv[j], 2).forEach((v, c) => { joined[i][head * d + c] += weight * v; });
    }));
    heads.push(weights);
  }
  return {heads, out: linear(net, `${key}.out_proj`, joined)};
}

// y = x w^T + b, row by row.
function product(rows, weight, bias) {
  return rows.map((x) => Array.from({length: weight.length / x.length}, (_, j) => {
    const w = rowOf(weight, j, x.length);
    return x.reduce((total, value, i) => total + value * w[i], bias ? bias[j] : 0);
  }));
}

function linear(net, key, rows) {
  return product(rows, net.state[`${key}.weight`], net.state[`${key}.bias`]);
}

function layerNorm(net, key, rows) {
  const gamma = net.state[`${key}.weight`], beta = net.state[`${key}.bias`];
  return rows.map((x) => {
    const mean = x.reduce((a, b) => a + b) / x.length;
    const variance = x.reduce((total, value) => total + (value - mean) ** 2, 0) / x.length;
    return x.map((value, i) => gamma[i] * (value - mean) / Math.sqrt(variance + 1e-5) + beta[i]);
  });
}

function sum(a, b) {
  return a.map((row, i) => row.map((value, j) => value + b[i][j]));
}

function gelu(x) {
  return x * (1 + erf(x / Math.SQRT2)) / 2;
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

function softmax(scores) {
  const largest = scores.reduce((a, b) => Math.max(a, b), -Infinity);  // so that nothing overflows
  const powers = scores.map((z) => Math.exp(z - largest)), total = powers.reduce((a, b) => a + b, 0);
  return powers.map((e) => e / total);
}

// Where each row lies along the two directions in which rows differ most (principal components, by power iteration),
// and the share of all differences, squared, that these hold.
function flatMap(rows) {
  const mean = rows[0].map((_, c) => rows.reduce((total, row) => total + row[c], 0) / rows.length);
  const left = rows.map((row) => row.map((value, c) => value - mean[c]));
  const dot = (a, b) => a.reduce((total, value, c) => total + value * b[c], 0);
  const size = () => left.reduce((total, row) => total + dot(row, row), 0);
  const all = size();
  const axes = [0, 1].map(() => {
    let axis = mean.map((_, c) => Math.cos(c + 1));
    for (let round = 0; round < 200; ++round) {
      const along = left.map((row) => dot(row, axis));
      axis = axis.map((_, c) => left.reduce((total, row, i) => total + row[c] * along[i], 0));
      const length = Math.hypot(...axis) || 1;
      axis = axis.map((value) => value / length);
    }
    const along = left.map((row) => dot(row, axis));
    left.forEach((row, i) => row.forEach((value, c) => { row[c] = value - along[i] * axis[c]; }));
    return along;
  });
  return {axes, share: 1 - size() / all};
}

if (typeof module !== "undefined") module.exports = {makeNet, floatsOf, rowOf, forward, softmax, erf, flatMap};
