"use strict";
// The trained net once more, in the browser: forward, place by place. Node can load it too.

if (typeof require !== "undefined") {
  Object.assign(globalThis, require("../../pages/operations.js"), require("../../pages/autograd.js"));
  require("../../pages/operations_words.js");
}

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

// The net's operations on a tape of their own, by the keys of their parameters.
function netTape(net) {
  const tape = new Tape();
  const leaf = (key, columns) => {
    const numbers = net.state[key];
    return tape.input({shape: columns ? [numbers.length / columns, columns] : [numbers.length], numbers});
  };
  const pair = (key) => [leaf(`${key}.weight`), leaf(`${key}.bias`)];
  const widthOf = (x) => tape.value(x).shape.at(-1);
  const product = (weight, bias, x) => tape.apply("linear", [x, leaf(weight, widthOf(x)), ...(bias in net.state ? [leaf(bias)] : [])]);
  return {
    tape, product,
    input: (rows) => tape.input(makeTensor([rows.length, rows[0].length], rows.flat())),
    linear: (key, x) => product(`${key}.weight`, `${key}.bias`, x),
    layerNorm: (key, x) => tape.apply("layer_norm", [x, ...pair(key)], {eps: 1e-5}),
    batchNorm: (key, x) => tape.apply("batch_norm", [x, ...pair(key)],
                                      {eps: 1e-5, mean: net.state[`${key}.running_mean`], variance: net.state[`${key}.running_var`]}),
    rowsOf: (x) => Array.from({length: tape.value(x).shape[0]}, (_, i) => Array.from(rowOf(tape.value(x).numbers, i, widthOf(x)))),
  };
}

function mlp(net, word) {
  const {tape, input, linear, batchNorm, rowsOf} = netTape(net);
  const shown = [0, ...word].map((_, i) => [0, 0, 0, ...word.slice(0, i)].slice(-net.block));
  const x = input(shown.map((letters) => letters.flatMap((letter) => [...rowOf(net.state["embed.weight"], letter, 10)])));
  return rowsOf(linear("rest.3", tape.apply("tanh", [batchNorm("rest.1", linear("rest.0", x))])));
}

function gpt(net, word) {
  const {tape, input, product, linear, layerNorm, rowsOf} = netTape(net);
  const width = net.state["norm.weight"].length, attention = [];
  const rows = (key, places) => input(places.map((place) => [...rowOf(net.state[`${key}.weight`], place, width)]));
  let x = tape.apply("add", [rows("token", [0, ...word]), rows("position", [0, ...word].map((_, place) => place))]);
  for (let i = 0; `blocks.${i}.norm1.weight` in net.state; ++i) {
    const key = `blocks.${i}.attention`, saved = {heads: net.heads};
    const qkv = product(`${key}.in_proj_weight`, `${key}.in_proj_bias`, layerNorm(`blocks.${i}.norm1`, x));
    x = tape.apply("add", [x, linear(`${key}.out_proj`, tape.apply("causal_attention", [qkv], saved))]);
    attention.push(saved.weights);
    const wide = tape.apply("gelu", [linear(`blocks.${i}.mlp.0`, layerNorm(`blocks.${i}.norm2`, x))]);
    x = tape.apply("add", [x, linear(`blocks.${i}.mlp.2`, wide)]);
  }
  return {logits: rowsOf(linear("head", layerNorm("norm", x))), attention};
}

// Where a head may look from letter i, by the number of the place: the edge is 0.
const places = {
  "the letter just before": (i) => i - 1,
  "the first letter": () => 1,
  "the edge": () => 0,
  "itself": (i) => i,
};

// What a head takes from such a place, on average over the third letter and those after it, for which all four differ.
function shareFrom(place, weights) {
  const rows = weights.slice(3);
  return rows.reduce((total, row, i) => total + row[places[place](i + 3)], 0) / Math.max(1, rows.length);
}

// {head: [block, head], share} of the one that takes most from there.
function headMostAt(place, attention) {
  const all = attention.flatMap((heads, block) => heads.map((weights, head) => ({head: [block, head], share: shareFrom(place, weights)})));
  return all.reduce((most, each) => (each.share > most.share ? each : most));
}

// Of every row from every other: the root of the sum of the squared differences.
function distances(rows) {
  return rows.map((a) => rows.map((b) => Math.hypot(...a.map((value, c) => value - b[c]))));
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
