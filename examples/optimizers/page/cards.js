"use strict";
// A card for each optimizer: its formula and loss; its own map, what it keeps and its sliders unfold.

const RULES = {
  rate: {label: "rate", low: 0.001, high: 2, logarithmic: true},
  momentum: {label: "β, share of the mean that is kept", low: 0, high: 0.99, step: 0.01},
  squares: {label: "β₂, share of the mean square that is kept", low: 0, high: 0.999, step: 0.001},
  decay: {label: "decay", low: 0, high: 1, step: 0.01},
};
const VELOCITY = "β, share of the velocity that is kept";

// A labelled slider: {node, set(value)}.
function makeSlider(label, {low, high, logarithmic, step}, value, change) {
  const position = (v) => (logarithmic ? Math.log(v) : v);
  const number = (p) => (logarithmic ? Number(Math.exp(p).toPrecision(3)) : p);
  const input = element("input", {type: "range", min: position(low), max: position(high), step: logarithmic ? 0.01 : step,
                                  "aria-label": label});
  const output = element("output", {class: "number"});
  const set = (next) => {
    input.value = position(next);
    input.setAttribute("aria-valuetext", fmt(next));
    output.textContent = fmt(next);
  };
  set(value);
  input.addEventListener("input", () => {
    const next = number(Number(input.value));
    input.setAttribute("aria-valuetext", fmt(next));
    output.textContent = fmt(next);
    change(next);
  });
  return {node: element("label", {class: "slider small"}, element("span", {}, label), input, output), set, input};
}

// Where it stands, the slope that it came by, and what it keeps.
function keptTable(method, path, step) {
  const here = path[Math.min(step, path.length - 1)];
  const row = (name, words, values) => element("tr", {}, element("th", {scope: "row"}, name, element("span", {class: "muted"}, ` ${words}`)),
                                               values.map((value) => element("td", {}, fmt(value))));
  const rows = [row("w", "weights", here.w)];
  if (here.g) rows.push(row("g", method === METHODS.adam ? "last slope, without decay" : "last slope", here.g));
  for (const [name, words] of Object.entries(method.keeps)) rows.push(row(name, words, here.kept[name]));
  return [element("thead", {}, element("tr", {}, element("th"), element("th", {scope: "col"}, "x"), element("th", {scope: "col"}, "y"))),
          element("tbody", {}, rows)];
}

// {node, show(path, step), ground(surface)}; `change` is called when a slider of it was moved.
function makeCard(name, settings, change) {
  const method = METHODS[name];
  const map = makeMap(360, `The path of ${method.title}`);
  const table = element("table", {class: "number"}), status = element("p", {class: "small status"});
  const sliders = Object.keys(settings).map((key) => {
    const label = key === "momentum" && method.keeps.v === "velocity" ? VELOCITY : RULES[key].label;
    return makeSlider(label, RULES[key], settings[key], (value) => {
      settings[key] = value;
      change();
    });
  });
  const node = element("section", {class: "card", "aria-label": method.title},
                       element("h2", {}, element("span", {class: `swatch ${name}`}), method.title),
                       element("div", {class: "formula"}, method.formula.map((line) => element("div", {}, line))),
                       element("p", {class: "small"}, method.words), status,
                       element("details", {}, element("summary", {class: "small"}, "Its path, what it keeps, its sliders"), map.svg,
                               element("div", {class: "table-holder"}, table),
                               element("div", {class: "sliders"}, sliders.map((slider) => slider.node))));
  return {
    node,
    ground: (surface) => map.ground(surface),
    show(path, step) {
      map.show([{name, path}], step);
      const at = Math.min(step, path.length - 1);
      const gone = step > at ? `grew without end at step ${at + 1}` : `loss ${fmt(path[at].loss)} after ${step} ${step === 1 ? "step" : "steps"}`;
      status.textContent = gone;
      table.replaceChildren(...keptTable(method, path, step));
    },
  };
}
