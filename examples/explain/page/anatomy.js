"use strict";
// The anatomy of the batch norm gradient: sliders, samples to touch, and the facts that must hold.

// What samples are added with when the batch grows.
const MORE_X = [0.4, -1.1, 1.7, -0.6, 0.9, -1.9, 0.1, 2.2, -0.3, 1.2, -1.5, 0.7, -0.9, 1.4, 0.2, -2.1];
const MORE_G = [0.8, -0.5, 0.3, -1.0, 0.6, 0.2, -0.7, 0.9, -0.2, 0.5, -0.9, 0.1, 0.7, -0.4, 1.0, -0.6];

function startAnatomy(run) {
  const initial = () => ({x: run.x.map(Number), g: run.g.map(Number), gamma: run.gamma, eps: run.eps, chosen: 0});
  let state = initial(), before = null, sliding = null;

  const presets = [
    ["As the program ran it", "The batch, γ and ε of the run. The tape below has the same numbers.", initial],
    ["The same g for all", "A loss such as Σ y has this g. Its mean takes all of it: dx = 0 whatever x is (17). " +
     "A gradient check with such a loss sees nothing.", () => ({...initial(), g: run.x.map(() => 1)})],
    ["g along x̂", "Stretching x about its mean would change the loss, but normalization undoes the stretch: the third " +
     "term takes it all, but for ε.", () => ({...initial(), g: anatomyOf(initial()).xhat.map((v) => v * 0.8)})],
    ["One outlier", "A sample far out has a large x̂. It takes most of the variance, so s is small, and its own dx is nearly 0.",
     () => ({...initial(), x: initial().x.map((x, i) => (i === 0 ? 12 : x))})],
    ["Two samples", "Two directions are taken out of g, and two samples have only two: dx is nearly 0 whatever g is.",
     () => ({...initial(), x: [-0.5, 1.5], g: [1, -0.4]})],
    ["Nearly constant", "σ² is about as small as ε: now ε is felt, and Σ dx x̂ is not 0 (16).",
     () => ({...initial(), x: initial().x.map((x) => x * 0.003)})],
  ];
  byId("anatomy-presets").replaceChildren(...presets.map(([name, note, make]) => element("button", {
    onclick: () => {
      before = null;
      state = make();
      update(note);
    },
  }, name)));

  const sliders = {
    x: slider("x", () => `x${subscript(state.chosen + 1)}`, -4, 4, 0.01, () => state.x[state.chosen], (v) => { state.x = replaced(state.x, v); }),
    g: slider("g", () => `g${subscript(state.chosen + 1)}`, -2, 2, 0.01, () => state.g[state.chosen], (v) => { state.g = replaced(state.g, v); }),
    gamma: slider("gamma", () => "γ", -3, 3, 0.01, () => state.gamma, (v) => { state.gamma = v; }),
    eps: slider("eps", () => "ε", -8, 1, 0.1, () => Math.log10(state.eps), (v) => { state.eps = 10 ** v; }, (v) => fmt(10 ** v)),
    m: slider("m", () => "samples m", 2, 16, 1, () => state.x.length, resize),
  };
  byId("anatomy-sliders").replaceChildren(...Object.values(sliders).map((s) => s.row));

  function replaced(values, value) {
    return values.map((old, i) => (i === state.chosen ? value : old));
  }

  function resize(m) {
    const grown = (values, more) => values.concat(more.slice(values.length)).slice(0, m);
    state = {...state, x: grown(state.x, MORE_X), g: grown(state.g, MORE_G), chosen: Math.min(state.chosen, m - 1)};
  }

  // A labelled slider that shows its number. What stood before the hand came to it stays visible, hollow.
  function slider(name, label, min, max, step, get, set, text = fmt) {
    const id = `anatomy-${name}`, title = element("label", {for: id}), output = element("output", {class: "number", for: id});
    const input = element("input", {
      id, type: "range", min, max, step, "data-own-keys": "",
      oninput: () => {
        if (sliding !== id) before = {...state, anatomy: anatomyOf(state)};
        sliding = id;
        set(Number(input.value));
        update(whatMoved());
      },
      onchange: () => { sliding = null; },
    });
    return {
      row: element("div", {class: "slider-row"}, title, input, output),
      show() {
        title.textContent = label();
        input.value = get();
        output.textContent = text(get());
        input.setAttribute("aria-valuetext", output.textContent);
      },
    };
  }

  function whatMoved() {
    if (before.x.length !== state.x.length) return "";
    const {dx} = anatomyOf(state);
    const moved = dx.map((d, i) => (i === state.chosen ? 0 : Math.abs(d - before.anatomy.dx[i])));
    return `The dx of the other samples moved by up to ${fmt(Math.max(...moved))}.`;
  }

  function choose(sample) {
    state = {...state, chosen: Math.max(0, Math.min(sample, state.x.length - 1))};
    before = null;
    update("");
  }

  byId("anatomy-bars").dataset.ownKeys = "";
  byId("anatomy-bars").addEventListener("keydown", (event) => {
    const steps = {ArrowLeft: -1, ArrowRight: 1};
    if (!(event.key in steps)) return;
    event.preventDefault();
    choose(state.chosen + steps[event.key]);
  });

  function update(note = null) {
    const a = anatomyOf(state), i = state.chosen;
    drawBars(byId("anatomy-bars"), state, a, before, choose);
    drawJacobian(byId("anatomy-jacobian"), byId("anatomy-jacobian-readout"), state, a);
    Object.values(sliders).forEach((s) => s.show());
    byId("anatomy-readout").textContent =
        `Sample ${i + 1}: x = ${fmt(state.x[i])}, x̂ = ${fmt(a.xhat[i])}. ` +
        `dx = ${fmt(state.gamma)} · ${fmt(a.s)} · (${fmt(state.g[i])} − ${term(a.meanG)} − ${term(a.xhat[i])} · ${term(a.meanGx)}) = ${fmt(a.dx[i])}`;
    if (note !== null) byId("anatomy-note").textContent = note;
    showFacts(a);
  }

  function showFacts(a) {
    const alongs = a.dx.reduce((total, dx, i) => total + dx * a.xhat[i], 0);
    const facts = [
      ["Σ dx", rounded(a.dx.reduce((total, dx) => total + dx, 0), a.dx), "0, always", "(15)"],
      ["Σ dx · x̂", rounded(alongs, a.dx), `γ s · ε / (σ² + ε) · dγ = ${fmt(state.gamma * a.s * state.eps / (a.variance + state.eps) * a.dgamma)}`, "(16)"],
      ["dγ = Σ g x̂", fmt(a.dgamma), "what γ's own gradient is", "(S5)"],
      ["dβ = Σ g", fmt(a.dbeta), "what β's own gradient is", "(S6)"],
      ["μ, σ², s", `${fmt(a.mu)}, ${fmt(a.variance)}, ${fmt(a.s)}`, "mean, variance, 1 / √(σ² + ε)", "(F1–F3)"],
    ];
    byId("anatomy-facts").tBodies[0].replaceChildren(...facts.map(([name, value, what, number]) => element("tr", {},
        element("th", {scope: "row"}, name), element("td", {}, value),
        element("td", {class: "muted"}, what), element("td", {class: "muted"}, number))));
  }

  const error = anatomyOf(initial()).dx.reduce((worst, dx, i) => Math.max(worst, Math.abs(dx - Number(run.dx[i]))), 0);
  byId("anatomy-library").textContent =
      `BatchNorm1d computed for the batch of the run: dx = ${run.dx.map((dx) => fmt(Number(dx))).join(", ")}. ` +
      `The script of this page differs from it by at most ${fmt(error)}.`;
  byId("anatomy").hidden = false;
  let width = 0;
  new ResizeObserver(() => {
    if (byId("anatomy-bars").clientWidth !== width) update();
    width = byId("anatomy-bars").clientWidth;
  }).observe(byId("anatomy-bars"));
  update(presets[0][1]);
}

// Rounding noise of a sum that is zero in exact arithmetic is shown as what it is.
function rounded(total, terms) {
  return Math.abs(total) <= 1e-12 * scaleOf(terms) * terms.length ? "0" : fmt(total);
}
