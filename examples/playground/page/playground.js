"use strict";
// Puts the page together: trains, draws what there is, and listens.

const SEED = 1, OWN = {x: [], labels: []}, HELD_OUT = 100, EVERY = 5;
const settings = startSettings(byId("settings"), changed);
let points, heldOut, heldOutLosses, training, order, diagram, colors = pageColors();
let chosen = {column: 1, unit: 0}, decides = true, drawClass = 0, cursor = null, running = false, walkOfPage = null;

// ---- training

// Points of the same kind are held out; of points of one's own there are none.
function newPoints() {
  const {data, count, noise} = settings, isOwn = data === "own";
  points = isOwn ? OWN : makePoints(data, count, noise, seededRandom(SEED));
  heldOut = isOwn ? null : makePoints(data, HELD_OUT, noise, seededRandom(SEED + 3));
}

// New weights, the same for the same seed.
function restart() {
  setRunning(false);
  const {layers, units, activation, start, batchNorm, optimizer, rate} = settings;
  training = new Training({hidden: Array(layers).fill(units), activation, start, batchNorm, optimizer, rate}, seededRandom(SEED + 1));
  heldOutLosses = [];
  newOrder();
  byId("looking").hidden = true;
  drawNetwork();
  show();
}

function newOrder() {
  order = new BatchOrder(points.labels.length, settings.batch, seededRandom(SEED + 2));
}

// Why no step can be taken, or nothing.
function obstacle() {
  if (points.labels.length === 0) return "Draw some points of each class first.";
  if (settings.batchNorm && order.size < 2) return "Batch normalization needs a batch of more than one point.";
  if (training.losses.length && !Number.isFinite(training.losses.at(-1))) return "The loss is no number any more: the rate is too high. Start again with a lower one.";
  return "";
}

function step() {
  const places = order.next();
  training.optimizer.rate = settings.rate;
  training.step(places.map((i) => points.x[i]), places.map((i) => points.labels[i]));
  const steps = training.losses.length;
  if (heldOut && (steps === 1 || steps % EVERY === 0)) heldOutLosses.push([steps - 1, judge(training.network, heldOut).loss]);
}

function setRunning(on) {
  running = on && !obstacle();
  byId("train").textContent = running ? "Pause" : "Train";
  if (running) {
    let before = performance.now(), owed = 1;
    const frame = (now) => {
      if (!running) return;
      owed = Math.min(owed + settings.speed * (now - before) / 1000, 100);
      before = now;
      const end = performance.now() + 12;
      for (; owed >= 1 && !obstacle() && performance.now() < end; --owed) step();
      show();
      if (obstacle()) setRunning(false);
      else requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }
}

function changed(name) {
  if (["rate", "speed", "heldOut"].includes(name)) return show();
  byId("drawing").hidden = settings.data !== "own";
  byId("held-out-said").hidden = settings.data === "own";
  for (const id of ["noise", "count", "heldOut"]) byId(id).disabled = settings.data === "own";
  byId("plane").classList.toggle("drawing", settings.data === "own");
  byId("plane").tabIndex = settings.data === "own" ? 0 : -1;
  if (["data", "noise", "count"].includes(name)) newPoints();
  if (name === "batch") {
    newOrder();
    return show();
  }
  restart();
}

// ---- what is seen

function drawNetwork() {
  diagram = drawDiagram(byId("diagram"), training.network, choose);
  const isThere = chosen.column < diagram.columns.length && chosen.unit < diagram.columns[chosen.column].units;
  if (!isThere) [chosen, decides] = [{column: 1, unit: 0}, true];
  delete chosen.from;
}

// A unit, or a weight that leads to it.
function choose(what) {
  chosen = what;
  decides = false;
  show();
}

function showDecision() {
  decides = true;
  show();
}

function show() {
  const sense = senseOfPlane(training.network);
  diagram.update(sense, colors, chosen, training);
  showPlane(sense);
  showChosen();
  const {losses} = training, right = (of) => `${Math.round(100 * judge(training.network, of).accuracy)} % of ${of.labels.length}`;
  byId("status").textContent = obstacle() || (losses.length === 0 ? "Not trained yet." :
    `Step ${losses.length}, epoch ${order.epochs + 1}: loss ${losses.at(-1).toFixed(3)}, ${right(points)} points right${settings.heldOut && heldOut ? `, ${right(heldOut)} held out` : ""}`);
  plotLosses(byId("losses"), losses.length ? losses : [Math.log(2)], {other: heldOutLosses});
  byId("step").disabled = Boolean(obstacle());
  byId("train").disabled = Boolean(obstacle());
  byId("look").disabled = losses.length === 0;
}

function showPlane(sense) {
  const surface = decides ? probabilities(sense.layers.at(-1)).map((p) => 2 * p - 1) : surfaceOf(sense, diagram.columns, chosen);
  const scale = decides ? 1 : scaleOf(surface) || 1;
  byId("plane-title").textContent = decides ? "What it says of each place" : `What ${unitName(diagram.columns, chosen)} gives`;
  byId("decision").setAttribute("aria-pressed", decides);
  byId("plane-legend").replaceChildren(
    ...(decides ? [element("span", {class: "swatch negative"}), " class A (dots), ", element("span", {class: "swatch positive"}), ` class B (squares); pale where it is not sure.${settings.heldOut && heldOut ? " Hollow ones are held out." : ""}`]
                : [`From ${fmt(Number(Math.min(...surface).toPrecision(3)))} to ${fmt(Number(Math.max(...surface).toPrecision(3)))}; `, element("span", {class: "swatch negative"}), " negative, ", element("span", {class: "swatch positive"}), " positive."]));
  paintPlane(byId("plane"), surface, scale, points, colors, byId("plane").matches(":focus-visible") ? cursor : null,
             settings.heldOut ? heldOut : null);
}

// What leads to the chosen unit, a parameter a row: {name, parameter, at, from}.
function weightsOfChosen() {
  if (chosen.column === 0) return [];
  const {linear, output} = diagram.columns[chosen.column], last = chosen.column - 1;
  const source = (from) => (last === 0 ? unitName(diagram.columns, {column: 0, unit: from}) : `unit ${from + 1}`);
  return training.network.layers.slice(linear, output + 1).flatMap(({kind, parameters}) => parameters.flatMap((parameter) => {
    if (parameter.value.shape.length === 2) {
      const inputs = parameter.value.shape[1];
      return Array.from({length: inputs}, (_, from) => ({name: `from ${source(from)}`, parameter, at: chosen.unit * inputs + from, from}));
    }
    const name = kind === "batchnorm1d" ? {weight: "γ, the scale", bias: "β, the shift"}[parameter.name] : "bias";
    return [{name, parameter, at: chosen.unit, from: null}];
  }));
}

// With the gradient and the change of the last step.
function showChosen() {
  const rows = weightsOfChosen();
  byId("unit-title").textContent = unitName(diagram.columns, chosen).replace(/^./, (c) => c.toUpperCase());
  byId("unit-text").textContent = unitText(rows.length);
  byId("weights").hidden = rows.length === 0;
  byId("weights").tBodies[0].replaceChildren(...rows.map(({name, parameter: {value, grad, moved}, at, from}) => element("tr", {class: from !== null && from === chosen.from ? "chosen" : null},
    element("th", {scope: "row"}, name), element("td", {class: "value"}, fmt(value.numbers[at])),
    element("td", {class: "gradient"}, grad ? fmt(grad.numbers[at]) : "–"), element("td", {}, moved ? fmt(moved[at]) : "–"))));
}

// How the last column follows from the one before it.
const STEP_RULES = {
  sgd: (rate) => `SGD: the step is −${rate} times the gradient.`,
  momentum: (rate) => `Momentum: the step is −${rate} times a velocity, the gradient and 0.9 of the velocity before.`,
  nesterov: (rate) => `Nesterov: −${rate} times the gradient and 0.9 of the velocity, which has taken in this gradient already.`,
  rmsprop: (rate) => `RMSprop: −${rate} times the gradient, divided by the root of a running mean of its square.`,
  adam: (rate) => `Adam: −${rate} times a running mean of the gradient, divided by the root of one of its square. So a weight moves by about ${rate} a step, however small its gradient is, as long as it keeps its sign.`,
  adamw: (rate) => `AdamW: Adam's step, and before it the weight loses ${rate} · 0.01 of itself.`,
  muon: (rate) => `Muon: −${rate} times a running mean of the layer's gradients, as a matrix whose singular values have all been brought near 1. Biases take AdamW's step, at a tenth of the rate.`,
};

function unitText(weights) {
  if (!weights) return "A coordinate of the points: nothing leads to it.";
  return `What leads to it; choose another square or a line of the network to see that. ${STEP_RULES[settings.optimizer](fmt(settings.rate))}`;
}

// ---- a step, operation by operation

function look() {
  setRunning(false);
  const {tape, loss, losses} = training, title = `step ${losses.length}`;
  byId("looking").hidden = false;
  byId("looking-title").textContent = `Step ${losses.length}, operation by operation`;
  if (walkOfPage) walkOfPage.show({title, tape, loss}, false);
  else walkOfPage = startWalk({title, tape, loss});
}

// ---- drawing points of one's own

function addPoint([a, b]) {
  const inside = Math.max(Math.abs(a), Math.abs(b)) < PLANE.reach;
  const isNear = OWN.x.some(([c, d], i) => OWN.labels[i] === drawClass && Math.hypot(a - c, b - d) < 0.05);
  if (!inside || isNear) return;
  OWN.x.push([a, b]);
  OWN.labels.push(drawClass);
  newOrder();
  show();
}

const plane = byId("plane");
for (const kind of ["pointerdown", "pointermove"]) {
  plane.addEventListener(kind, (event) => {
    if (settings.data === "own" && event.buttons === 1) addPoint(pointUnder(plane, event));
  });
}
plane.addEventListener("focus", () => {
  cursor ??= [0, 0];
  show();
});
plane.addEventListener("blur", show);
plane.addEventListener("keydown", (event) => {
  const move = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1]}[event.key];
  if (!move && event.key !== " ") return;
  event.preventDefault();
  if (move) cursor = cursor.map((v, k) => Math.max(-1.1, Math.min(v + 0.08 * move[k], 1.1)));
  else addPoint(cursor);
  show();
});
for (const label of [0, 1]) {
  byId(`class-${label}`).addEventListener("click", () => {
    drawClass = label;
    for (const other of [0, 1]) byId(`class-${other}`).setAttribute("aria-pressed", other === label);
  });
}
byId("clear").addEventListener("click", () => {
  OWN.x.length = OWN.labels.length = 0;
  restart();
});

// ---- the rest

byId("train").addEventListener("click", () => setRunning(!running));
byId("step").addEventListener("click", () => {
  setRunning(false);
  step();
  show();
  if (!byId("looking").hidden) look();
});
byId("restart").addEventListener("click", restart);
byId("decision").addEventListener("click", showDecision);
byId("look").addEventListener("click", () => {
  look();
  byId("looking").scrollIntoView({block: "start"});
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  colors = pageColors();
  show();
});

newPoints();
restart();
drawAtWidth(byId("diagram"), () => {
  drawNetwork();
  show();
});
