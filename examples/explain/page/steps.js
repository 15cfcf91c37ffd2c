"use strict";
// The walk along the tape: forward a line at a time as it was recorded, then backward over the same lines.

// {phase: "forward" | "seed" | "backward", node}
function stepsOf(tape, loss) {
  const forward = tape.nodes.map((_, node) => ({phase: "forward", node}));
  const backward = [];
  for (let node = loss; node >= 0; --node) {
    if (tape.nodes[node].grad) backward.push({phase: "backward", node});
  }
  return [...forward, {phase: "seed", node: loss}, ...backward];
}

// The contributions to each node's gradient, in the order in which the walk brings them.
function contributionsTo(tape, loss) {
  const arriving = tape.nodes.map(() => []);
  for (let user = loss; user >= 0; --user) {
    (tape.nodes[user].contributions ?? []).forEach((tensor, operand) => {
      if (tensor) arriving[tape.nodes[user].inputs[operand]].push({user, operand, tensor});
    });
  }
  return arriving;
}

// What there is after `position` steps were taken, the last of them being the current one:
// for each node whether it has its value, and how many of its contributions have come.
function stateAt(walk, position) {
  const {tape, steps, arriving} = walk;
  const current = steps[position];
  const isForward = current.phase === "forward";
  const hasValue = tape.nodes.map((_, node) => !isForward || node <= current.node);
  const passed = new Set(steps.slice(0, position + 1).filter((step) => step.phase === "backward").map((s) => s.node));
  const arrived = arriving.map((list) => list.filter(({user}) => passed.has(user)).length);
  return {current, hasValue, arrived, passed, seeded: !isForward};
}

// The gradient of a node as far as it has come; null while nothing has.
function gradientSoFar(walk, state, node) {
  if (node === walk.loss) return state.seeded ? walk.tape.nodes[node].grad : null;
  const {arriving} = walk, count = state.arrived[node];
  if (count === 0) return null;
  if (count === arriving[node].length && walk.tape.nodes[node].grad) return walk.tape.nodes[node].grad;
  return sumOf(arriving[node].slice(0, count).map(({tensor}) => tensor));
}

// "e", or "matmul₅" for a node without a name.
function nameOf(tape, node) {
  const {name, operation} = tape.nodes[node];
  return name ?? `${operation}${subscript(node)}`;
}

function subscript(number) {
  return String(number).replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]);
}

// What the tape ends with: "the loss", or "d" where it has another name.
function endName({tape, loss}) {
  const {name} = tape.nodes[loss];
  return name && name !== "loss" ? name : "the loss";
}

// "e = y − t" with the names of the operands in the place of the formula's letters, where that reads well.
function asCode(tape, node) {
  const {operation, inputs} = tape.nodes[node];
  const operands = inputs.map((input) => nameOf(tape, input));
  const sign = {add: "+", sub: "−", mul: "·", div: "/", matmul: "×"}[operation];
  return sign && operands.length === 2 ? operands.join(` ${sign} `) : `${operation}(${operands.join(", ")})`;
}

// The names that stand for the letters of a rule's formulas, or null if some line has none that reads well.
function namesIn(tape, node, rule) {
  const {name, inputs} = tape.nodes[node];
  const names = [name, ...inputs.map((input) => tape.nodes[input].name)];
  if (!names.every((n) => n && n.length <= 8 && !n.includes(" "))) return null;
  return Object.fromEntries([["y", name], ...rule.letters.map((letter, k) => [letter, names[k + 1]])]);
}

// A formula with its letters filled in, as text and raised text.
function formulaParts(template, names) {
  const text = template.replace(/\{(.+?)\}/g, (_, letter) => names?.[letter] ?? letter);
  return text.split(/(\^(?:\([^)]*\)|[^\s)]+))/).map((part) =>
      part.startsWith("^") ? element("sup", {}, part.slice(1).replace(/^\((.*)\)$/, "$1")) : part);
}
