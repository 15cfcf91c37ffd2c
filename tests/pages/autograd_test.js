"use strict";
// examples/pages/autograd.js and operations.js: every operation's backward against the slopes of its forward, and the tape. (That both are
// the library's, playground_test.js sees.)
const assert = require("node:assert");
const path = require("node:path");
const {test} = require("node:test");
const pages = path.join(__dirname, "../../examples/pages");
const {Tape} = require(path.join(pages, "autograd.js"));
const {OPERATIONS, makeTensor} = require(path.join(pages, "operations.js"));
for (const more of ["words", "images"]) require(path.join(pages, `operations_${more}.js`));
const {UPDATES, Optimizer} = require(path.join(pages, "optimizer.js"));

const near = (found, expected, tolerance, what) =>
  assert.ok(Math.abs(found - expected) <= tolerance, `${what}: expected ${expected}, found ${found}`);

// Numbers without a pattern, none of them near the kink of a ReLU.
const some = (shape, seed) => makeTensor(shape, Array.from({length: shape.reduce((a, b) => a * b, 1)}, (_, i) => {
  const x = Math.sin(12.9898 * (i + 1) + 78.233 * seed) * 1.5;
  return x + Math.sign(x) * 0.05;
}));
const scalar = (x) => makeTensor([], [x]);

// Shapes of the operands, and what the operation is told.
const CASES = {
  add: [[[4, 3], [4, 3]], [[4, 3], [3]], [[], [4, 3]], [[], []]],
  sub: [[[4, 3], [3]], [[], []]],
  mul: [[[4, 3], [3]], [[3], [4, 3]], [[], []]],
  relu: [[[4, 3]]],
  tanh: [[[4, 3]]],
  sigmoid: [[[4, 3]]],
  gelu: [[[4, 3]]],
  linear: [[[4, 3], [2, 3], [2]], [[4, 3], [2, 3]], [[2, 4, 3], [2, 3]]],
  batch_norm: [[[4, 3], [3], [3], {eps: 0.1}],
               [[4, 3], [3], [3], {eps: 0.1, mean: Float64Array.of(0.5, -1, 2), variance: Float64Array.of(1, 2, 0.5)}],
               [[2, 3, 2, 2], [3], [3], {eps: 0.1}]],
  layer_norm: [[[4, 3], [3], [3], {eps: 0.1}]],
  mse: [[[4, 3], [4, 3]]],
  cross_entropy: [[[4, 3], {labels: [0, 2, 1, 2]}]],
  causal_attention: [[[4, 12], {heads: 2}], [[3, 6], {heads: 1}]],
  embedding: [[[5, 2], {indices: [4, 0, 4, 1]}]],
  conv2d: [[[2, 2, 5, 5], [3, 2, 3, 3], [3], {stride: 1, padding: 1}], [[1, 2, 6, 5], [2, 2, 2, 2], {stride: 3, padding: 2}]],
  max_pool2d: [[[2, 2, 4, 5], {window: 2, stride: 2}], [[1, 1, 5, 5], {window: 3, stride: 1}]],
};

test("every operation has a case", () => assert.deepStrictEqual(Object.keys(CASES), Object.keys(OPERATIONS)));

for (const [operation, cases] of Object.entries(CASES)) {
  cases.forEach((all, number) => test(`${operation}, case ${number + 1}: the backward is the slope of the forward`, () => {
    const shapes = all.filter(Array.isArray), told = all.find((part) => !Array.isArray(part)) ?? {};
    const operands = shapes.map((shape, k) => some(shape, k + number));
    const forward = (inputs) => OPERATIONS[operation].forward(inputs, {...told});
    const saved = {...told}, y = OPERATIONS[operation].forward(operands, saved);
    const dy = some(y.shape, 7);
    const contributions = OPERATIONS[operation].backward(dy, operands, y, saved, operands.map(() => true));
    const weighed = (inputs) => forward(inputs).numbers.reduce((total, value, i) => total + value * dy.numbers[i], 0);
    operands.forEach((operand, k) => {
      assert.deepStrictEqual(contributions[k].shape, operand.shape);
      operand.numbers.forEach((x, i) => {
        const at = (h) => weighed(operands.map((o, j) => (j === k ? {...o, numbers: o.numbers.map((v, n) => (n === i ? v + h : v))} : o)));
        near(contributions[k].numbers[i], (at(1e-5) - at(-1e-5)) / 2e-5, 1e-7, `operand ${k}, element ${i}`);
      });
    });
  }));
}

test("contributions add up, and the nodes are as those of the library's tape", () => {
  const tape = new Tape();
  const a = tape.variable(scalar(2), "a");
  const b = tape.apply("mul", [a, a], {}, {name: "b"});
  const c = tape.apply("add", [b, a]);
  const d = tape.apply("mul", [b, c]);
  tape.backward(d);
  assert.strictEqual(tape.nodes[a].grad.numbers[0], 44);  // d = a^4 + a^3
  assert.deepStrictEqual(tape.nodes[b].contributions.map((t) => t.numbers[0]), [20, 20]);
  const {operation, name, inputs, shape, needs_grad} = tape.nodes[b];
  tape.backward(d);
  assert.strictEqual(tape.nodes[a].grad.numbers[0], 44, "a second backward begins anew");
  assert.deepStrictEqual({operation, name, inputs, shape, needs_grad}, {operation: "mul", name: "b", inputs: [0, 0], shape: [], needs_grad: true});
});

test("a parameter's gradient adds up until it is taken away, and data gets none", () => {
  const w = {name: "w", value: scalar(3), grad: null};
  for (const expected of [5, 10]) {
    const tape = new Tape();
    const x = tape.input(scalar(5));
    const y = tape.apply("mul", [tape.parameter(w), x]);
    tape.backward(y);
    assert.strictEqual(w.grad.numbers[0], expected);
    assert.strictEqual(tape.nodes[x].grad, undefined);
    assert.strictEqual(tape.nodes[y].contributions[1], null);
  }
  new Optimizer("sgd", [w], 0.1).zeroGrad();
  assert.strictEqual(w.grad, null);
});

test("large and small logits", () => {
  const loss = (...row) => OPERATIONS.cross_entropy.forward([makeTensor([1, 2], row)], {labels: [0]}).numbers[0];
  near(loss(1000, 0), 0, 1e-12);
  near(loss(-1000, 0), 1000, 1e-12);
});

// Two steps by hand, from w = 1 with gradients 2 and then -1, at a rate of 0.1.
const STEPS = {
  sgd: [0.8, 0.9],
  momentum: [0.8, 0.8 - 0.1 * (0.9 * 2 - 1)],
  nesterov: [1 - 0.1 * (2 + 0.9 * 2), 0.62 - 0.1 * (-1 + 0.9 * 0.8)],
  rmsprop: [1 - 0.1 * 2 / Math.sqrt(0.04), 0 - 0.1 * -1 / Math.sqrt(0.99 * 0.04 + 0.01)],
  adam: [0.9, 0.9 - 0.1 * ((0.9 * 0.2 - 0.1) / 0.19) / Math.sqrt((0.999 * 0.004 + 0.001) / (1 - 0.999 ** 2))],
  adamw: [0.999 - 0.1, (0.899 * 0.999) - 0.1 * ((0.9 * 0.2 - 0.1) / 0.19) / Math.sqrt((0.999 * 0.004 + 0.001) / (1 - 0.999 ** 2))],
  muon: [0.9999 - 0.01, 0.9899 * 0.9999 - 0.01 * ((0.9 * 0.2 - 0.1) / 0.19) / Math.sqrt((0.999 * 0.004 + 0.001) / (1 - 0.999 ** 2))],
};

test("two steps of every optimizer by hand", () => {
  assert.deepStrictEqual(Object.keys(STEPS), Object.keys(UPDATES));
  for (const [kind, expected] of Object.entries(STEPS)) {
    const w = {value: scalar(1)}, optimizer = new Optimizer(kind, [w], 0.1);
    [2, -1].forEach((g, i) => {
      const before = w.value.numbers[0];
      w.grad = scalar(g);
      optimizer.step();
      near(w.value.numbers[0], expected[i], 1e-7, `${kind}, step ${i + 1}`);
      near(w.moved[0], w.value.numbers[0] - before, 1e-15, `${kind}, what it moved`);
    });
  }
});
