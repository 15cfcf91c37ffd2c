"use strict";
// One state: the surface, where to start, the settings, and how many steps have been taken.

const data = pageData("optimizers");
const STEPS = data.noise.length / 2;
const byId = (id) => document.getElementById(id);
const names = data.methods.map(({name}) => name);

const state = {surface: 0, start: [...data.surfaces[0].start], noise: data.surfaces[0].noise, cycle: false, step: 0,
               shown: new Set(names), settings: Object.fromEntries(data.methods.map((m) => [m.name, {...m.settings}]))};
state.settings.adam.decay = 0;
let paths = {}, timer = null;

const surface = () => SURFACES[data.surfaces[state.surface].name];

// ---- what is drawn

const map = makeMap(520, "The paths of all on one map");
const cards = Object.fromEntries(names.map((name) => [name, makeCard(name, state.settings[name], compute)]));

function compute() {
  const setup = {start: state.start, noise: state.noise, cycle: state.cycle ? STEPS : 0};
  for (const name of names) paths[name] = follow(surface(), name, state.settings[name], setup, data.noise, STEPS);
  draw();
}

function draw() {
  const lists = names.filter((name) => state.shown.has(name)).map((name) => ({name, path: paths[name]}));
  map.show(lists, state.step);
  byId("losses").replaceChildren(lossChart(lists, state.step, STEPS, 520));
  for (const name of names) cards[name].show(paths[name], state.step);
  sliders.step.set(state.step);
  byId("back").disabled = state.step === 0;
  byId("forward").disabled = state.step === STEPS;
  byId("run").textContent = timer ? "Pause" : "Run";
}

// ---- what one can do

function go(step) {
  state.step = Math.max(0, Math.min(STEPS, step));
  if (state.step === STEPS) pause();
  draw();
}

function pause() {
  clearInterval(timer);
  timer = null;
}

function toggleRun() {
  if (timer) {
    pause();
  } else {
    if (state.step === STEPS) state.step = 0;
    timer = setInterval(() => go(state.step + 1), 60);
  }
  draw();
}

function reset() {
  pause();
  go(0);
}

function choose(index) {
  pause();
  state.surface = index;
  state.start = [...data.surfaces[index].start];
  state.noise = data.surfaces[index].noise;
  state.step = 0;
  sliders.x.set(state.start[0]);
  sliders.y.set(state.start[1]);
  sliders.noise.set(state.noise);
  byId("formula").textContent = surface().formula;
  byId("words").textContent = surface().words;
  for (const [i, button] of [...byId("surfaces").children].entries()) button.setAttribute("aria-pressed", String(i === index));
  map.ground(surface());
  for (const name of names) cards[name].ground(surface());
  compute();
}

const sliders = {
  step: makeSlider("step", {low: 0, high: STEPS, step: 1}, 0, (step) => {
    pause();
    go(step);
  }),
  noise: makeSlider("noise in the slopes", {low: 0, high: 5, step: 0.1}, 0, (noise) => {
    state.noise = noise;
    compute();
  }),
  x: makeSlider("start at x", {low: BOX.left, high: BOX.right, step: 0.001}, state.start[0], (x) => {
    state.start = [x, state.start[1]];
    compute();
  }),
  y: makeSlider("start at y", {low: BOX.bottom, high: BOX.top, step: 0.001}, state.start[1], (y) => {
    state.start = [state.start[0], y];
    compute();
  }),
};

function startAt(event) {
  const box = map.svg.getBoundingClientRect();
  const [x, y] = map.scale.at((event.clientX - box.left) / box.width * map.scale.width,
                              (event.clientY - box.top) / box.height * map.scale.height);
  state.start = [x, y].map((value) => Number(value.toFixed(3)));
  sliders.x.set(state.start[0]);
  sliders.y.set(state.start[1]);
  compute();
}

map.svg.addEventListener("pointerdown", startAt);
map.svg.addEventListener("pointermove", (event) => event.buttons && startAt(event));

// Keys that a slider or a button under the focus wants for itself are left to it.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const focus = document.activeElement, onSlider = focus?.type === "range";
  const act = {ArrowRight: () => go(state.step + 1), ArrowLeft: () => go(state.step - 1), " ": toggleRun, r: reset}[event.key];
  const index = Number(event.key) - 1;
  if (act && !(onSlider && event.key.startsWith("Arrow")) && !(event.key === " " && /BUTTON|INPUT|SUMMARY/.test(focus?.tagName) && !onSlider)) {
    if (event.key.startsWith("Arrow")) pause();
    act();
  } else if (event.key !== " " && index >= 0 && index < data.surfaces.length) {
    choose(index);
  } else {
    return;
  }
  event.preventDefault();
});

// ---- Muon on a matrix: what becomes of two singular values

function showRounds(ratio) {
  let values = [1, ratio].map((s) => s / Math.hypot(1, ratio));
  const rows = [values];
  for (let round = 0; round < 5; ++round) rows.push(values = values.map((s) => 3.4445 * s - 4.775 * s ** 3 + 2.0315 * s ** 5));
  byId("rounds").replaceChildren(
    element("thead", {}, element("tr", {}, element("th"), rows.map((_, i) => element("th", {scope: "col"}, i ? `round ${i}` : "u / |u|")))),
    element("tbody", {}, ["larger", "smaller"].map((name, k) => element("tr", {}, element("th", {scope: "row"}, name),
      rows.map((row) => element("td", {}, row[k].toFixed(3).replace("-", "−")))))));
  byId("singular-words").textContent =
    `Along the gradient the smaller direction moves ${fmt(ratio)} times as far as the larger; in Muon's step ` +
    `${fmt(values[1] / values[0])} times.`;
}

const ratioSlider = makeSlider("smaller / larger", {low: 0.001, high: 1, logarithmic: true}, 0.1, showRounds);
byId("singular").append(ratioSlider.node);
showRounds(0.1);

// ---- the library took the same steps before this page was written

function largestDifference() {
  let largest = 0;
  for (const {surface: where, method, settings, cycle, path} of data.recorded) {
    const {start, noise} = data.surfaces.find(({name}) => name === where);
    const here = follow(SURFACES[where], method, settings, {start, noise, cycle}, data.noise, path.length - 1);
    path.forEach(([x, y], t) => {
      largest = Math.max(largest, Math.abs(x - here[t].w[0]), Math.abs(y - here[t].w[1]));
    });
  }
  return largest;
}

byId("held").textContent =
  `What moves here is computed by this page. The program that wrote it took ${data.recorded[0].path.length - 1} steps ` +
  `with the library's optimizers in double, for every optimizer on every surface, with these settings, with others and ` +
  `with the cycle: ${data.recorded.length} paths. This page has just repeated them, and nowhere differs by more than ` +
  `${largestDifference().toExponential(0).replace("-", "−")}.`;

byId("map").append(map.svg);
byId("cards").prepend(...names.map((name) => cards[name].node));
byId("common").append(sliders.step.node, sliders.noise.node, sliders.x.node, sliders.y.node);
byId("surfaces").append(...data.surfaces.map(({name}, i) => element("button", {onclick: () => choose(i)}, SURFACES[name].title)));
byId("shown").append(...names.map((name) => element("button", {
  "aria-pressed": "true",
  onclick: (event) => {
    if (!state.shown.delete(name)) state.shown.add(name);
    event.currentTarget.setAttribute("aria-pressed", String(state.shown.has(name)));
    draw();
  },
}, element("span", {class: `swatch ${name}`}), METHODS[name].title)));
byId("back").addEventListener("click", () => { pause(); go(state.step - 1); });
byId("forward").addEventListener("click", () => { pause(); go(state.step + 1); });
byId("run").addEventListener("click", toggleRun);
byId("reset").addEventListener("click", reset);
byId("cycle").addEventListener("change", (event) => {
  state.cycle = event.target.checked;
  compute();
});
choose(0);
go(40);
