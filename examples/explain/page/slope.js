"use strict";
// A step downhill: with one number, with two, with a neuron.

const byId = (id) => document.getElementById(id);
const run = pageData("slope-run");

// Forward and backward of the line on these points, for parameters [w] or [w, b]: {loss, grads}.
function lineLoss(parameters, xs, ys) {
  const tape = new Tape();
  const leaves = parameters.map((value, k) => tape.variable(makeTensor([[1, 1], [1]][k], [value])));
  const guess = tape.apply("linear", [tape.input(makeTensor([xs.length, 1], xs)), ...leaves]);
  const loss = tape.apply("mse", [guess, tape.input(makeTensor([ys.length, 1], ys))]);
  tape.backward(loss);
  return {loss: tape.value(loss).numbers[0], grads: leaves.map((leaf) => tape.nodes[leaf].grad.numbers[0])};
}

// The same of the neuron, with its tape.
function neuronLoss([w, b]) {
  const tape = new Tape(), scalar = (x) => makeTensor([], [x]);
  const leaves = [tape.variable(scalar(w), "w"), tape.variable(scalar(b), "b")];
  const p = tape.apply("mul", [tape.input(scalar(run.neuron.x)), leaves[0]], {}, {name: "p"});
  const z = tape.apply("add", [p, leaves[1]], {}, {name: "z"});
  const y = tape.apply("tanh", [z], {}, {name: "y"});
  const e = tape.apply("sub", [y, tape.input(scalar(run.neuron.t))], {}, {name: "e"});
  const loss = tape.apply("mul", [e, e], {}, {name: "loss"});
  tape.backward(loss);
  return {loss: tape.value(loss).numbers[0], grads: leaves.map((leaf) => tape.nodes[leaf].grad.numbers[0]), tape};
}

const after = (values, grads, rate) => values.map((value, k) => UPDATES.sgd([value], [grads[k]], rate)[0]);

// Buttons, sliders and the way so far, of one of the three parts. `lossAt(values, step)` has the gradient that the step
// goes by, `show(state)` draws. -> the state, and what else moves it.
function startDescent(id, {start, rate}, names, sliders, lossAt, show) {
  const state = {path: [start], rate, step: 0, losses: []};
  const values = () => state.path.at(-1);
  state.found = () => lossAt(values(), state.step);
  const knobs = Object.fromEntries(Object.entries(sliders).map(([name, [label, min, max, step]]) => [name, sliderRow({
    id: `${id}-${name}`, label, min, max, step, value: name === "rate" ? rate : start[names.indexOf(name)],
    oninput: (x) => {
      if (name === "rate") state.rate = x;
      else restart(values().map((value, k) => (names[k] === name ? x : value)));
      update();
    },
  })]));
  byId(`${id}-sliders`).replaceChildren(...Object.values(knobs).map((knob) => knob.row));

  function restart(from) {
    Object.assign(state, {path: [from], step: 0, losses: []});
    update();
  }

  function take(count) {
    for (let i = 0; i < count && values().every((v) => Math.abs(v) < 1e6); ++i) {
      const {loss, grads} = state.found();
      state.losses.push(loss);
      state.path.push(after(values(), grads, state.rate));
      ++state.step;
    }
    update();
  }

  function update() {
    const {loss, grads} = state.found(), next = after(values(), grads, state.rate);
    names.forEach((name, k) => knobs[name]?.show(values()[k]));
    const parts = names.map((name, k) => [
      element("span", {class: "whole"}, `d${name} = `, element("strong", {class: "gradient"}, fmt(grads[k]))), ", so the step takes ",
      element("span", {class: "whole"}, `${name} to ${fmt(values()[k])} − ${fmt(state.rate)} · ${term(grads[k])} = `, element("strong", {class: "value"}, fmt(next[k])))]);
    byId(`${id}-numbers`).replaceChildren(`loss = ${fmt(loss)}. `, ...parts.flatMap((part, k) => [...part, k + 1 < parts.length ? "; " : "."]));
    byId(`${id}-count`).textContent = state.step === 1 ? "1 step taken" : `${state.step} steps taken`;
    show(state);
  }

  byId(`${id}-step`).addEventListener("click", () => take(1));
  byId(`${id}-ten`).addEventListener("click", () => take(10));
  byId(`${id}-reset`).addEventListener("click", () => restart(start));
  return {state, restart, update};
}

function verdict(id, {kind, why}) {
  byId(`${id}-verdict`).replaceChildren(element("strong", {}, kind), ` ${why}`);
  byId(`${id}-verdict`).classList.toggle("bad", kind === "Diverging.");
}

const short = (x) => fmt(Number(x.toPrecision(2)));

// A bowl of this curvature: a step leaves 1 - rate * curvature of the way to its bottom.
function judgeLine(rate, curvature) {
  const left = 1 - rate * curvature;
  const because = `The slope grows by ${fmt(curvature)} when w grows by 1, so a step leaves 1 − ${fmt(rate)} · ${fmt(curvature)} = ${fmt(Number(left.toFixed(3)))} of the way to the bottom`;
  if (left > 0.8) return {kind: "Crawling.", why: `${because}: the direction is right, but this takes dozens of steps.`};
  if (left >= -0.2) return {kind: "Right.", why: `${because}: a few steps are enough.`};
  if (left > -0.999) return {kind: "Overshooting.", why: `${because}: below zero, so each step lands on the other side, but nearer than before.`};
  return {kind: "Diverging.", why: `${because}: each step lands on the other side and no nearer than before, where it is at least as steep, so the next one is at least as long. No number of steps helps, only a lower rate does.`};
}

function judgeValley(rate, [steep, shallow], single) {
  const [across, along] = [steep, shallow].map((curvature) => 1 - rate * curvature);
  const because = `A step multiplies the distance to the lowest place by ${short(across)} across the valley, where it is steep, and by ${short(along)} along it, where it is shallow`;
  const wander = single ? " With one point a step, read this as what happens on average." : "";
  if (across <= -0.999) return {kind: "Diverging.", why: `${because}: across, each step lands no nearer than before.${wander}`};
  if (across < -0.2) return {kind: "Overshooting across, yet slow along.", why: `${because}. The steep direction sets the limit of the rate, the shallow one how long it takes: one rate has to do for both.${wander}`};
  if (along > 0.985) return {kind: "Crawling.", why: `${because}: the bottom of the valley is soon reached, its lowest place is not.${wander}`};
  return {kind: "About right.", why: `${because}. It drops to the bottom of the valley at once, and then takes its time. (Optimizers such as momentum and Adam are made for valleys.)${wander}`};
}

// ---- one number

const bowl = bowlOf(run);
const line = startDescent("line", run.line, ["w"], {rate: ["rate", 0.005, 0.42, 0.005], w: ["w", -1, 3.4, 0.05]},
  (values) => lineLoss(values, run.x, run.y), (state) => {
    const [w] = state.path.at(-1);
    drawGuess(byId("line-data"), run, (x) => w * x);
    drawBowl(byId("line-loss"), (at) => lineLoss([at], run.x, run.y), state.path.map(([at]) => at));
    verdict("line", judgeLine(state.rate, bowl.alone));
  });
drawAtWidth(byId("line-loss"), line.update);

// ---- two numbers

let batch = run.x.length;
const pointsOf = (step) => (batch === 1 ? [step % run.x.length] : run.x.map((_, i) => i));
const valley = startDescent("valley", run.valley, ["w", "b"], {rate: ["rate", 0.005, 0.32, 0.005]},
  (values, step) => lineLoss(values, pointsOf(step).map((i) => run.x[i]), pointsOf(step).map((i) => run.y[i])), (state) => {
    const [w, b] = state.path.at(-1);
    drawGuess(byId("valley-data"), run, (x) => w * x + b, pointsOf(state.step));
    drawValley(byId("valley-map"), bowl, state.path, state.found().grads, (from) => valley.restart(from));
    verdict("valley", judgeValley(state.rate, bowl.curvatures, batch === 1));
    if (batch === 1) byId("valley-count").textContent += `, ${Math.floor(state.step / run.x.length)} epochs; next: point ${state.step % run.x.length + 1}`;
  });
drawAtWidth(byId("valley-map"), valley.update);
for (const size of [5, 1]) {
  byId(`batch-${size}`).addEventListener("click", () => {
    batch = size;
    for (const other of [5, 1]) byId(`batch-${other}`).setAttribute("aria-pressed", other === size);
    valley.restart(valley.state.path[0]);
  });
}
byId("valley-map").addEventListener("keydown", (event) => {
  const move = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1]}[event.key];
  if (!move) return;
  event.preventDefault();
  valley.restart(valley.state.path.at(-1).map((v, k) => Math.min(Math.max(v + 0.1 * move[k], -1.4), 2.4)));
});

// ---- a neuron

const neuron = startDescent("neuron", run.neuron, ["w", "b"],
  {rate: ["rate", 0.01, 2, 0.01], w: ["w", -3, 3, 0.05], b: ["b", -3, 3, 0.05]}, neuronLoss, (state) => {
    const {tape} = state.found(), {x, t} = run.neuron;
    const at = (name) => tape.nodes.find((node) => node.name === name);
    const value = (name) => at(name).value.numbers[0], slope = (name) => at(name).grad.numbers[0];
    const rows = [
      ["w", "w", `dw = dz · x = ${term(slope("z"))} · ${fmt(x)}`],
      ["b", "b", "db = dz"],
      ["z", `z = w · x + b = ${term(value("w"))} · ${fmt(x)} + ${term(value("b"))}`, `dz = dy · (1 − y²) = ${term(slope("y"))} · ${fmt(1 - value("y") ** 2)}`],
      ["y", "y = tanh z", "dy = de"],
      ["e", `e = y − t = ${fmt(value("y"))} − ${fmt(t)}`, `de = dloss · 2 e = 1 · 2 · ${term(value("e"))}`],
      ["loss", "loss = e²", "dloss = 1"],
    ];
    byId("neuron-table").tBodies[0].replaceChildren(...rows.map(([name, forward, backward]) => element("tr", {},
      element("td", {}, forward), element("td", {class: "value"}, fmt(value(name))),
      element("td", {}, backward), element("td", {class: "gradient"}, fmt(slope(name))))));
    plotLosses(byId("neuron-losses"), [...state.losses, state.found().loss], {height: heightOf(byId("neuron-losses"))});
  });
drawAtWidth(byId("neuron-losses"), neuron.update);

// ---- the library's first steps

const largestDifference = [["line", (v) => lineLoss(v, run.x, run.y)], ["valley", (v) => lineLoss(v, run.x, run.y)], ["neuron", neuronLoss]].reduce((worst, [part, lossAt]) => {
  let values = run[part].start;
  const differences = run[part].losses.map((expected) => {
    const {loss, grads} = lossAt(values);
    values = after(values, grads, run[part].rate);
    return Math.abs(loss - expected);
  });
  return Math.max(worst, ...differences, ...values.map((v, k) => Math.abs(v - run[part].end[k])));
}, 0);
byId("library").textContent = `The program that wrote this page took the first twenty steps of each part with the library; this page's differ from them by at most ${fmt(largestDifference)}.`;
