"use strict";
// What can be chosen: lists and sliders, whose values stand in one object.

const LISTS = {
  data: ["Data", [["spirals", "two spirals"], ["moons", "two moons"], ["xor", "exclusive or"], ["own", "draw your own"]]],
  count: ["Points of a class", [10, 20, 50, 100].map((n) => [n, String(n)])],
  heldOut: ["Held-out points", [[false, "hidden"], [true, "shown"]]],
  layers: ["Hidden layers", [0, 1, 2, 3, 4].map((n) => [n, String(n)])],
  units: ["Units in each", [1, 2, 3, 4, 5, 6, 8].map((n) => [n, String(n)])],
  activation: ["Activation", [["tanh", "tanh"], ["relu", "ReLU"], ["sigmoid", "sigmoid"]]],
  start: ["First weights", [[1, "usual size"], [4, "4 times"], [0.25, "a quarter"], [0, "0"]]],
  batchNorm: ["Batch normalization", [[false, "off"], [true, "on"]]],
  optimizer: ["Optimizer", [["sgd", "SGD"], ["momentum", "SGD, momentum 0.9"], ["nesterov", "SGD, Nesterov 0.9"],
                            ["rmsprop", "RMSprop"], ["adam", "Adam"], ["adamw", "AdamW"], ["muon", "Muon"]]],
  batch: ["Batch", [1, 5, 10, 20, 50, 100].map((n) => [n, String(n)])],
  speed: ["Speed", [[3, "3 steps/s"], [30, "30 steps/s"], [1000, "fastest"]]],
};

// A rate that suits each, to begin with.
const RATES = {sgd: 0.3, momentum: 0.1, nesterov: 0.1, rmsprop: 0.01, adam: 0.03, adamw: 0.03, muon: 0.05};

// Fills `holder` and calls `changed(name)` with what was changed. -> the values.
function startSettings(holder, changed) {
  const values = {data: "spirals", count: 100, heldOut: false, layers: 2, units: 8, activation: "tanh", start: 1, batchNorm: false, optimizer: "adam", batch: 20, speed: 30, rate: RATES.adam,
                  noise: 0.02};
  const list = (name) => {
    const [label, choices] = LISTS[name];
    return element("label", {}, label, element("select", {id: name, onchange: (event) => {
      values[name] = choices[event.target.selectedIndex][0];
      if (name === "optimizer") setRate(RATES[values.optimizer]);
      changed(name);
    }}, choices.map(([value, text]) => element("option", {value, selected: value === values[name] ? "" : null}, text))));
  };
  const rounded = (exponent) => Number((10 ** exponent).toPrecision(2));
  const rate = sliderRow({id: "rate", label: "Rate", min: -4, max: 1, step: 0.05, value: Math.log10(values.rate), text: (v) => fmt(rounded(v)),
                          oninput: (v) => { values.rate = rounded(v); changed("rate"); }});
  const noise = sliderRow({id: "noise", label: "Noise", min: 0, max: 0.3, step: 0.01, value: values.noise,
                           oninput: (v) => { values.noise = v; changed("noise"); }});
  function setRate(value) {
    values.rate = value;
    rate.show(Math.log10(value));
  }
  holder.replaceChildren(list("data"), noise.row, list("count"), list("heldOut"), list("layers"), list("units"), list("activation"), list("start"), list("batchNorm"),
                         list("optimizer"), rate.row, list("batch"), list("speed"));
  return values;
}
