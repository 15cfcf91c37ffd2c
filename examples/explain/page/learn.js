"use strict";
// The tape of the page computed anew in the browser, with other numbers: forward, backward, step, again.

const NEAR_ZERO = 1e-3;
const STUCK = "It hardly moves any more: the slopes are nearly 0. ";
const BEHIND_TANH = "Far from z = 0 tanh is flat, so that 1 − y² lets almost nothing through; and no y is beyond ±1, whatever t asks for.";

// Whether the operations can be computed from what the page has: none that was told more than its operands, and all
// parameters and data whole.
function canReplay(tape) {
  const told = ["batch_norm", "layer_norm", "cross_entropy"];
  return tape.nodes.some((node) => node.operation === "parameter") &&
         tape.nodes.every((node) => (node.inputs.length ? node.operation in OPERATIONS && !told.includes(node.operation) : numbersOf(node.value)));
}

// The leaves of a tape with numbers of their own: {operation, name, value, grad} by node.
function leavesOf(tape) {
  return tape.nodes.map(({operation, layer, inputs, shape, value}, i) =>
      inputs.length ? null : {operation, name: nameOf(tape, i), layer, value: makeTensor(shape, numbersOf(value)), grad: null});
}

// Forward with these leaves, and backward.
function replay(tape, loss, leaves) {
  const again = new Tape();
  tape.nodes.forEach(({operation, name, layer, inputs, needs_grad}, i) => {
    if (operation === "parameter") again.parameter(leaves[i]);
    else if (leaves[i]) again.leaf(operation, leaves[i].value, name, needs_grad);
    else again.apply(operation, inputs, {}, {name, layer});
  });
  again.backward(loss);
  return again;
}

// The furthest that `again` is from `tape` in any value or gradient.
function furthestFrom(tape, again) {
  const gaps = (mine, theirs) => (mine && theirs && numbersOf(theirs) ? numbersOf(theirs).map((x, k) => Math.abs(x - mine.numbers[k])) : []);
  return again.nodes.reduce((worst, node, i) => Math.max(worst, ...gaps(node.value, tape.nodes[i].value), ...gaps(node.grad, tape.nodes[i].grad)), 0);
}

function startLearning({tape, loss}, show) {
  if (!canReplay(tape)) return;
  const error = furthestFrom(tape, replay(tape, loss, leavesOf(tape)));
  if (!(error < 1e-3)) return;  // some operation that this script takes for another
  const leaves = leavesOf(tape), parameters = leaves.filter((leaf) => leaf?.operation === "parameter");
  const scalars = leaves.filter((leaf) => leaf?.value.shape.length === 0), start = leaves.map((leaf) => leaf?.value);
  const hasTanh = tape.nodes.some(({operation}) => operation === "tanh");
  let optimizer, losses, now, timer = null, rate = scalars.length ? 0.032 : 1;

  const rateSlider = sliderRow({id: "learn-rate", label: "rate", min: -2, max: 1, step: 0.05, value: Math.log10(rate),
                                text: (v) => fmt(Number((10 ** v).toPrecision(2))), oninput: (v) => { rate = Number((10 ** v).toPrecision(2)); update(false); }});
  const sliders = scalars.map((leaf) => sliderRow({
    id: `learn-${leaf.name}`, label: leaf.name, min: -3, max: 3, step: 0.05, value: leaf.value.numbers[0],
    oninput: (v) => {
      leaf.value = makeTensor([], [v]);
      restart();
    },
  }));
  byId("learn-sliders").replaceChildren(rateSlider.row, ...sliders.map(({row}) => row));

  function compute() {
    for (const parameter of parameters) parameter.grad = null;
    now = replay(tape, loss, leaves);
    return now.value(loss).numbers[0];
  }

  // From these numbers on.
  function restart(moved = true) {
    stop();
    optimizer = new Optimizer("sgd", parameters, rate);
    losses = [compute()];
    update(moved);
  }

  function take(count) {
    for (let i = 0; i < count && going(); ++i) {
      optimizer.rate = rate;
      optimizer.step();
      losses.push(compute());
    }
    update();
  }

  const going = () => Number.isFinite(losses.at(-1)) && losses.at(-1) < 1e12;
  const arrived = () => losses.at(-1) < NEAR_ZERO;
  // In the last 200 steps the loss hardly fell.
  const stuck = () => going() && !arrived() && losses.length > 200 && losses.at(-201) - losses.at(-1) < 1e-4 * losses.at(-1);

  function stop() {
    clearInterval(timer);
    timer = null;
    byId("learn-run").textContent = "Run until the loss is near 0";
  }

  function runOn() {
    if (timer !== null) return stop();
    byId("learn-run").textContent = "Stop";
    timer = setInterval(() => {
      // The longer it goes on, the faster.
      for (let left = 1 + Math.floor(losses.length / 20); left > 0 && going() && !arrived() && !stuck(); --left) take(1);
      if (arrived() || !going() || stuck()) stop();
    }, 60);
  }

  function update(moved = true) {
    if (moved) show(now);
    sliders.forEach((slider, i) => slider.show(scalars[i].value.numbers[0]));
    plotLosses(byId("learn-losses"), losses);
    const steps = losses.length - 1, last = losses.at(-1);
    const said = !going() ? "It has run away: the rate is too high." : arrived() ? "That is near 0." : stuck() ? STUCK + (hasTanh ? BEHIND_TANH : "") : "";
    byId("learn-readout").textContent = `After ${steps} ${steps === 1 ? "step" : "steps"} the loss is ${fmt(last)}. ${said}`;
    byId("learn-steps").replaceChildren(...parameters.filter((p) => p.value.shape.length === 0).map(({name, value, grad}) => {
      const [w, dw] = [value.numbers[0], grad.numbers[0]];
      return element("li", {}, `next: ${name} ← ${fmt(w)} − ${fmt(rate)} · `, element("span", {class: "gradient"}, term(dw)), " = ",
                     element("strong", {class: "value"}, fmt(w - rate * dw)));
    }));
  }

  byId("learn-step").addEventListener("click", () => take(1));
  byId("learn-run").addEventListener("click", runOn);
  byId("learn-reset").addEventListener("click", () => {
    leaves.forEach((leaf, i) => { if (leaf) leaf.value = start[i]; });
    restart();
  });

  byId("learn-note").textContent = `For the numbers of the run, what this page's script computes differs from what the program did by at most ${fmt(error)}.`;
  byId("learn").hidden = false;
  restart(false);
  drawAtWidth(byId("learn-losses"), () => update(false));
}
