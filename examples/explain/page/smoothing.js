"use strict";
// One sample of three classes: what cross-entropy asks of its logits, with label smoothing and without.

const SMOOTHING_START = [0.5, 1, -0.5], SMOOTHING_RATE = 1;

function startSmoothing() {
  let logits = [...SMOOTHING_START], share = 0, trail = [logits[0]];
  const slider = (id, label, min, max, value, set) => sliderRow({id, label, min, max, step: 0.01, value, oninput: (v) => {
    set(v);
    trail = [logits[0]];
    show();
  }});
  const ofLogit = ["A", "B", "C"].map((name, k) => slider(`smoothing-${k}`, `logit of ${name}`, -10, 10, logits[k], (v) => { logits[k] = v; }));
  byId("smoothing-sliders").replaceChildren(slider("smoothing-share", "smoothing", 0, 0.5, share, (v) => { share = v; }).row,
                                            ...ofLogit.map(({row}) => row));

  // p, t and p − t, which is the gradient of the logits.
  function numbers() {
    const top = Math.max(...logits), e = logits.map((z) => Math.exp(z - top)), total = sum(e);
    const p = e.map((x) => x / total), t = p.map((_, k) => share / 3 + (k === 0 ? 1 - share : 0));
    return {p, t, slope: p.map((x, k) => x - t[k])};
  }

  function show() {
    const {p, t, slope} = numbers(), steps = trail.length - 1;
    ofLogit.forEach((knob, k) => knob.show(Number(logits[k].toFixed(2))));
    byId("smoothing-numbers").tBodies[0].replaceChildren(...["A, the label", "B", "C"].map((name, k) => element("tr", {},
        element("th", {scope: "row"}, name), [logits[k], p[k], t[k], slope[k]].map((x, column) =>
            element("td", {style: column === 3 ? `background: ${heatColor(x, 1)}` : null}, fmt(x))))));
    const low = Math.min(...trail), high = Math.max(...trail);
    const frame = plotFrame(byId("smoothing-trail"), {label: "The logit of the label after each step", x: [0, Math.max(10, steps)],
                                                      y: [Math.min(0, low), Math.max(1, high) * 1.1], xName: "step", yName: "logit of A", height: 220});
    frame.inside.append(plotLine(frame, trail.map((z, i) => [i, z]), "curve"));
    frame.svg.append(plotDot(frame, [steps, trail.at(-1)], "now", 4.5));
    byId("smoothing-readout").textContent = Math.abs(slope[0]) < 5e-4 ? `p equals t${slope.some((x) => x !== 0) ? " to three digits: the gradient is nearly 0" : ": the gradient is 0"}.`
        : slope[0] < 0 ? "The gradient of A is negative: the next step pulls its logit up." : "Surer than the target: the next step pulls the logit of A down.";
  }

  function take(steps) {
    for (let i = 0; i < steps; ++i) {
      const {slope} = numbers();
      logits = logits.map((z, k) => z - SMOOTHING_RATE * slope[k]);
      trail.push(logits[0]);
    }
    show();
  }

  byId("smoothing-step").addEventListener("click", () => take(1));
  byId("smoothing-run").addEventListener("click", () => take(200));
  byId("smoothing-reset").addEventListener("click", () => {
    logits = [...SMOOTHING_START];
    trail = [logits[0]];
    show();
  });
  byId("smoothing").hidden = false;
  drawAtWidth(byId("smoothing-trail"), show);
}
