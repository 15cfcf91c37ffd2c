"use strict";
// Element-wise operations: y = f(a, b, ...) for each element, operands broadcast as in NumPy.
//
// In formulas {a} and {y} stand for the operand of that letter and the result; ^ raises what follows.
// `forward` writes one element with its numbers put in; `back[k]` gives, for one element of y, the text and the value
// of what goes to operand k. `v` are the operands there, `given` is what the program itself computed.

const ELEMENTWISE = {
  add: {
    letters: ["a", "b"], y: "{y} = {a} + {b}", d: ["d{a} = d{y}", "d{b} = d{y}"],
    forward: (v) => [`${fmt(v[0])} + ${term(v[1])}`, v[0] + v[1]],
    back: [(dy) => [term(dy), dy], (dy) => [term(dy), dy]],
  },
  sub: {
    letters: ["a", "b"], y: "{y} = {a} − {b}", d: ["d{a} = d{y}", "d{b} = −d{y}"],
    forward: (v) => [`${fmt(v[0])} − ${term(v[1])}`, v[0] - v[1]],
    back: [(dy) => [term(dy), dy], (dy) => [`(−1) · ${term(dy)}`, -dy]],
  },
  mul: {
    letters: ["a", "b"], y: "{y} = {a} · {b}", d: ["d{a} = d{y} · {b}", "d{b} = d{y} · {a}"],
    forward: (v) => [`${fmt(v[0])} · ${term(v[1])}`, v[0] * v[1]],
    back: [(dy, v) => [`${term(dy)} · ${term(v[1])}`, dy * v[1]], (dy, v) => [`${term(dy)} · ${term(v[0])}`, dy * v[0]]],
  },
  div: {
    letters: ["a", "b"], y: "{y} = {a} / {b}", d: ["d{a} = d{y} / {b}", "d{b} = −d{y} · {y} / {b}"],
    forward: (v) => [`${fmt(v[0])} / ${term(v[1])}`, v[0] / v[1]],
    back: [
      (dy, v) => [`${term(dy)} / ${term(v[1])}`, dy / v[1]],
      (dy, v, y) => [`(−1) · ${term(dy)} · ${term(y)} / ${term(v[1])}`, -dy * y / v[1]],
    ],
  },
  neg: {
    letters: ["x"], y: "{y} = −{x}", d: ["d{x} = −d{y}"],
    forward: (v) => [`−${term(v[0])}`, -v[0]],
    back: [(dy) => [`−${term(dy)}`, -dy]],
  },
  exp: {
    letters: ["x"], y: "{y} = e^{x}", d: ["d{x} = d{y} · {y}"],
    forward: (v) => [`e^${term(v[0])}`, Math.exp(v[0])],
    back: [(dy, v, y) => [`${term(dy)} · ${term(y)}`, dy * y]],
  },
  log: {
    letters: ["x"], y: "{y} = log {x}", d: ["d{x} = d{y} / {x}"],
    forward: (v) => [`log ${term(v[0])}`, Math.log(v[0])],
    back: [(dy, v) => [`${term(dy)} / ${term(v[0])}`, dy / v[0]]],
  },
  sqrt: {
    letters: ["x"], y: "{y} = √{x}", d: ["d{x} = d{y} / (2 {y})"],
    forward: (v) => [`√${term(v[0])}`, Math.sqrt(v[0])],
    back: [(dy, v, y) => [`${term(dy)} / (2 · ${fmt(y)})`, dy / (2 * y)]],
  },
  pow: {
    letters: ["x"], y: "{y} = {x}^p", d: ["d{x} = d{y} · p · {x}^(p−1)"],
    forward: (v, y) => [`${term(v[0])}^p`, y],
    // The exponent is not on the tape; the slope p x^(p-1) shows in what the program computed.
    back: [(dy, v, y, given) => [`${term(dy)} · ${term(dy === 0 ? 0 : given / dy)}`, given]],
  },
  relu: {
    letters: ["x"], y: "{y} = max({x}, 0)", d: ["d{x} = d{y} where {y} > 0, else 0"],
    forward: (v) => [`max(${fmt(v[0])}, 0)`, Math.max(v[0], 0)],
    back: [(dy, v, y) => (y > 0 ? [`${term(dy)} · 1`, dy] : [`${term(dy)} · 0`, 0])],
  },
  sigmoid: {
    letters: ["x"], y: "{y} = 1 / (1 + e^−{x})", d: ["d{x} = d{y} · {y} (1 − {y})"],
    forward: (v) => [`1 / (1 + e^${term(-v[0])})`, 1 / (1 + Math.exp(-v[0]))],
    back: [(dy, v, y) => [`${term(dy)} · ${fmt(y)} · (1 − ${fmt(y)})`, dy * y * (1 - y)]],
  },
  tanh: {
    letters: ["x"], y: "{y} = tanh {x}", d: ["d{x} = d{y} · (1 − {y}²)"],
    forward: (v) => [`tanh ${term(v[0])}`, Math.tanh(v[0])],
    back: [(dy, v, y) => [`${term(dy)} · (1 − ${term(y)}²)`, dy * (1 - y * y)]],
  },
  dropout: {
    letters: ["x"], y: "{y} = {x} · mask", d: ["d{x} = d{y} · mask"],
    forward: (v, y) => [`${fmt(v[0])} · ${fmt(v[0] === 0 ? 0 : y / v[0])}`, y],
    back: [(dy, v, y, given) => [`${term(dy)} · ${term(dy === 0 ? 0 : given / dy)}`, given]],
  },
};

function joinTerms(texts) {
  if (texts.length <= 9) return texts.join(" + ");
  return `${texts.slice(0, 3).join(" + ")} + … + ${texts[texts.length - 1]} (${texts.length} terms)`;
}

// Rules as rules.js wants them, from the table above.
function elementwiseRule(op) {
  const operands = (c, place) => c.x.map((values, k) => values[broadcastPlace(indexAt(place, c.shape), c.shapes[k])]);
  return {
    ...op,
    forward(c, place) {
      const [text, value] = op.forward(operands(c, place), c.y[place]);
      return {text, value};
    },
    backward(c, k, place) {
      const readers = readersOf(place, c.shapes[k], c.shape);
      const terms = readers.map((i) => op.back[k](c.dy[i], operands(c, i), c.y[i], c.given[k][place]));
      const texts = terms.map(([text]) => text);
      return {text: joinTerms(texts), value: terms.reduce((total, [, value]) => total + value, 0),
              copies: readers.length};
    },
  };
}
