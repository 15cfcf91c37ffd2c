"use strict";
// One state: which row is looked at.

const {rows, setting, optimizers} = pageData("ablation");
let chosen = Math.min(1, rows.length - 1);

const errorOf = (accuracy) => 100 * (1 - accuracy);
const finite = rows.flatMap((row) => row.runs.map((run) => Math.max(errorOf(run.heldOutAccuracy.at(-1)), 0.01)));

// ---- the dots: errors on a logarithmic axis, on which 1.2 beside 1.4 and 89 both have a place

const DOTS = {width: 260, height: 26, pad: 12};
const low = Math.log(Math.min(...finite, 1)), high = Math.log(Math.max(...finite, 2));
const dotX = (error) => DOTS.pad + (Math.log(Math.max(error, 0.01)) - low) / (high - low) * (DOTS.width - 2 * DOTS.pad);

function ticks() {
  const wanted = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100];
  return wanted.filter((value) => Math.log(value) >= low - 1e-9 && Math.log(value) <= high + 1e-9);
}

function axis() {
  const svg = svgElement("svg", {width: DOTS.width, height: 34, role: "img", "aria-label": "errors of 100 images"});
  svg.append(svgElement("text", {x: DOTS.pad, y: 12}, "errors of 100 images"));
  for (const value of ticks()) {
    svg.append(svgElement("text", {x: dotX(value), y: 30, "text-anchor": "middle"}, String(value)));
  }
  return svg;
}

function dots(row, isRecipe) {
  const svg = svgElement("svg", {width: DOTS.width, height: DOTS.height, class: isRecipe ? "recipe" : null, role: "img",
                                 "aria-label": row.runs.map((run) => fmt(errorOf(run.heldOutAccuracy.at(-1)))).join(", ")});
  for (const value of ticks()) svg.append(svgElement("path", {class: "grid", d: `M${dotX(value)} 0v${DOTS.height}`}));
  if (rows[0].runs.length) {
    svg.append(svgElement("path", {class: "middle", d: `M${dotX(errorOf(rows[0].accuracy))} 0v${DOTS.height}`}));
  }
  for (const run of row.runs) {
    svg.append(svgElement("circle", {class: "dot", cx: dotX(errorOf(run.heldOutAccuracy.at(-1))), cy: DOTS.height / 2, r: 5}));
  }
  return svg;
}

const percent = (fraction) => (100 * fraction).toFixed(2).replace("-", "−");

function tableRow(row, i) {
  const several = row.runs.length > 1, none = row.runs.length === 0;
  const difference = `${row.difference > 0 ? "+" : ""}${percent(row.difference)}${several ? ` ± ${percent(row.error)}` : ""}`;
  const button = element("button", {"aria-pressed": String(i === chosen), onclick: () => choose(i)}, row.name);
  return element("tr", {class: i === chosen ? "chosen" : null},
                 element("th", {scope: "row"}, button),
                 element("td", {}, dots(row, i === 0)),
                 element("td", {class: "right", "data-label": "held out"}, none ? (row.failed ? "not finite" : "not yet run")
                                                      : percent(row.accuracy) + (several ? ` ± ${percent(row.deviation)}` : "")),
                 element("td", {class: "right", "data-label": "from the recipe"}, i === 0 || none || rows[0].runs.length === 0 ? "" : difference),
                 element("td", {class: "right", "data-label": "training"}, none ? "" : percent(row.trainAccuracy)));
}

// ---- the curves of the recipe and of the row

function niceStep(span, most) {
  const power = 10 ** Math.floor(Math.log10(span / most));
  return power * [1, 2, 5, 10].find((factor) => span / (power * factor) <= most);
}

// `lists`: {values, recipe}. What a run begins with may be far outside of what is to be seen: the axis ends at three
// times the recipe's second epoch, or where all is inside.
function curves(lists, label) {
  const width = 460, height = 260, box = {left: 46, right: 10, top: 8, bottom: 36};
  const all = lists.flatMap((list) => list.values), epochs = Math.max(1, ...lists.map((list) => list.values.length));
  const reference = lists.filter((list) => list.recipe).map((list) => list.values[Math.min(1, list.values.length - 1)]);
  const least = Math.min(...all);
  const top = Math.min(Math.max(...all), reference.length ? 3 * Math.max(...reference) : Infinity);
  const bottom = least > top / 2 ? least - (top - least) * 0.05 : 0;
  const span = Math.max(top - bottom, 1e-9);
  const x = (epoch) => box.left + (epoch - 1) / Math.max(epochs - 1, 1) * (width - box.left - box.right);
  const y = (value) => Math.max(box.top, height - box.bottom - (value - bottom) / span * (height - box.top - box.bottom));
  const svg = svgElement("svg", {viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label});
  const step = niceStep(span, 5), every = Math.max(1, niceStep(epochs, 8));
  for (let value = Math.ceil(bottom / step) * step; value <= top + 1e-9; value += step) {
    svg.append(svgElement("path", {class: "grid", d: `M${box.left} ${y(value)}H${width - box.right}`}),
               svgElement("text", {x: box.left - 6, y: y(value) + 4, "text-anchor": "end"}, fmt(value)));
  }
  for (let epoch = every > 1 ? every : 1; epoch <= epochs; epoch += every) {
    svg.append(svgElement("text", {x: x(epoch), y: height - box.bottom + 16, "text-anchor": "middle"}, String(epoch)));
  }
  svg.append(svgElement("text", {x: (box.left + width) / 2, y: height - 4, "text-anchor": "middle"}, "epoch"));
  for (const {values, recipe} of lists) {
    const kind = recipe ? "recipe" : "";
    const d = values.map((value, i) => `${i ? "L" : "M"}${x(i + 1).toFixed(1)} ${y(value).toFixed(1)}`).join("");
    svg.append(values.length > 1 ? svgElement("path", {class: `curve ${kind}`, d})
                                 : svgElement("circle", {class: `single ${kind}`, cx: x(1), cy: y(values[0]), r: 4}));
  }
  return svg;
}

function show() {
  const row = rows[chosen];
  const of = (get) => [...new Set([rows[0], row])].flatMap(
    (each) => each.runs.map((run) => ({values: get(run), recipe: each === rows[0]})));
  const sample = (kind) => svgElement("svg", {viewBox: "0 0 26 12", "aria-hidden": "true"},
                                      svgElement("path", {class: `curve ${kind}`, d: "M0 6h26"}));
  const byId = (id) => document.getElementById(id);
  byId("rows").replaceChildren(...rows.map(tableRow));
  byId("name").textContent = row.name;
  byId("text").textContent = row.text;
  byId("legend").replaceChildren(element("li", {}, sample("recipe"), "the recipe, a line a seed"),
                                 ...(chosen > 0 ? [element("li", {}, sample(""), row.name)] : []));
  const lists = of((run) => run.heldOutAccuracy.map(errorOf));
  byId("errors").replaceChildren(lists.length ? curves(lists, "errors by epoch") : "no run has ended yet");
  byId("losses").replaceChildren(lists.length ? curves(of((run) => run.trainLoss), "training loss by epoch") : "");
}

function choose(next) {
  if (next < 0 || next >= rows.length) return;
  chosen = next;
  show();
  document.querySelector("#rows [aria-pressed=true]").focus();
}

document.addEventListener("keydown", (event) => {
  const step = {ArrowUp: -1, ArrowDown: 1}[event.key];
  if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  choose(chosen + step);
});

const title = optimizers ? "Optimizers on the same run" : "What is each ingredient worth?";
document.title = title;
document.getElementById("title").textContent = title;
document.getElementById("setting").textContent = `Each trained for ${setting}.`;
document.getElementById("axis").append(axis());
document.getElementById("remark").textContent = rows.some((row) => row.runs.length > 1)
  ? "± beside an accuracy is its deviation over the seeds, beside a difference the standard error of its mean: " +
    "with many seeds a difference smaller than two of them may be chance, with three one smaller than four."
  : "One seed each: differences of a few tenths of a point may be chance.";
show();
