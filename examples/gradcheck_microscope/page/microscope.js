"use strict";
// One state: which step is looked at. The slider, the chart under the pointer and the arrow keys all set it.

const run = pageData("run");
const slider = document.getElementById("step");
const chart = document.getElementById("chart");
let index = run.wrong ? Math.floor(run.steps.length / 3) : run.precisions[1].best;

function small(x) {
  if (x === 0) return "0";
  return x.toExponential(1).replace("e+", "e").replaceAll("-", "−");
}

// Enough digits to see where two numbers part.
function long(x) {
  return x.toPrecision(9).replaceAll("-", "−");
}

// The program's sentences with real minus signs before numbers, and powers of h raised.
function written(text) {
  const parts = text.replace(/(?<=[\s^e])-(?=\d)/g, "−").split(/\^(−?\d+\.\d+)/);
  return parts.map((part, i) => (i % 2 ? element("sup", {}, part) : part));
}

function legend() {
  const sample = (kind) => svgElement("svg", {viewBox: "0 0 26 12", "aria-hidden": "true"},
                                      svgElement("path", {class: kind, d: "M0 6h26"}));
  const entries = [["curve float", "float"], ["curve double", "double"]];
  if (!run.wrong) entries.push(["guide double", "fitted slopes: truncation to the right, rounding to the left"]);
  if (run.kinkDistance > 0) {
    entries.push(["curve kink", "elements beside a kink, in double"], ["guide kink", "their distance from it"]);
  }
  return entries.map(([kind, name]) => element("li", {}, sample(kind), name));
}

// A row for each question, a column for each precision: that fits a phone too.
function readout() {
  const row = (name, answer) => element("tr", {}, element("th", {scope: "row"}, name),
                                        run.precisions.map((p, which) => element("td", {}, answer(p, which))));
  return [
    row("error", (p) => small(p.error[index])),
    row("worst element", (p) => run.elements[p.worst[index]]),
    row("central difference", (p, which) => long(run.numeric[which][index][p.worst[index]])),
    row("backpropagation", (p) => long(run.truth[p.worst[index]])),
  ];
}

// What rules at this step, in a sentence.
function verdict() {
  if (run.wrong) return "Central differences and backpropagation disagree, here as everywhere.";
  const h = run.steps[index];
  const says = run.precisions.map((p) => {
    if (index === p.best) return `${p.name}: the best step`;
    if (p.error[index] < 3 * p.error[p.best]) return `${p.name}: near the bottom`;
    if (index > p.best) return `${p.name}: too small, rounding dominates`;
    return `${p.name}: too large, ${run.precisions[1].truncation ? "truncation" : "but not by much"}`;
  });
  if (run.kinkDistance > 0 && h > run.kinkDistance) says.push("and it reaches over the kink");
  return `${says.join("; ")}.`;
}

function show() {
  const width = Math.max(280, chart.clientWidth);
  const {svg, scale} = drawChart(run, index, width);
  const follow = (event) => {
    const box = svg.getBoundingClientRect();
    const wanted = Math.log(scale.stepAt((event.clientX - box.left) / box.width * width));
    const distance = (h) => Math.abs(Math.log(h) - wanted);
    choose(run.steps.reduce((best, h, i) => distance(h) < distance(run.steps[best]) ? i : best, 0));
  };
  svg.addEventListener("pointerdown", follow);
  svg.addEventListener("pointermove", follow);
  chart.replaceChildren(svg);
  slider.value = run.steps.length - 1 - index;  // larger steps to the right, as in the chart
  slider.setAttribute("aria-valuetext", small(run.steps[index]));
  document.getElementById("step-value").textContent = small(run.steps[index]);
  document.getElementById("readout").replaceChildren(...readout());
  document.getElementById("verdict").textContent = verdict();
}

function choose(next) {
  if (next === index) return;
  index = next;
  show();
}

document.title = `Central differences under the microscope: ${run.title}`;
document.getElementById("title").textContent = run.title;
document.getElementById("formula").textContent = run.formula;
document.getElementById("legend").replaceChildren(...legend());
document.getElementById("remarks").replaceChildren(...run.remarks.map((text) => element("p", {}, written(text))));
slider.max = run.steps.length - 1;
slider.addEventListener("input", () => choose(run.steps.length - 1 - Number(slider.value)));
run.precisions.forEach((p) => {
  const button = document.getElementById(`best-${p.name}`);
  button.hidden = run.wrong;
  button.addEventListener("click", () => choose(p.best));
});
window.addEventListener("resize", show);
show();
