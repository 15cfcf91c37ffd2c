"use strict";
// The optimizers of pages/optimizer.js for two numbers: what is said of each, and where it goes. Node can load it too.

if (typeof require !== "undefined") Object.assign(globalThis, require("../../pages/optimizer.js"));

// `keeps` names what an optimizer keeps between steps.
const METHODS = {
  sgd: {
    title: "SGD",
    keeps: {},
    formula: ["w ← w − rate · g"],
    words: "Keeps nothing. A step is the slope times the rate.",
  },
  momentum: {
    title: "Momentum",
    keeps: {v: "velocity"},
    formula: ["v ← β v + g", "w ← w − rate · v"],
    words: "A ball that rolls: v is the sum of all slopes so far, of which the share β stays at each step. Where all slopes " +
           "agree it becomes g / (1 − β), ten times as fast at β = 0.9; where they alternate they cancel.",
  },
  nesterov: {
    title: "Nesterov",
    keeps: {v: "velocity"},
    formula: ["v ← β v + g", "w ← w − rate · (g + β v)"],
    words: "The same velocity, and one step of it ahead: what the slope says now is counted once more, so that it brakes " +
           "earlier than the ball does.",
  },
  rmsprop: {
    title: "RMSprop",
    keeps: {v: "mean square"},
    formula: ["v ← β₂ v + (1 − β₂) g²", "w ← w − rate · g / (√v + ε)"],
    words: "Divides each slope by the root of its own mean square: x and y both move by about the rate, however steep it is. " +
           "v begins at 0 and is too small at first, so the first step is 1/√(1 − β₂) times too long.",
  },
  adam: {
    title: "Adam",
    keeps: {m: "mean", v: "mean square"},
    formula: ["g ← g + decay · w", "m ← β₁ m + (1 − β₁) g", "v ← β₂ v + (1 − β₂) g²",
              "m̂ = m / (1 − β₁ᵗ),   v̂ = v / (1 − β₂ᵗ)", "w ← w − rate · m̂ / (√v̂ + ε)"],
    words: "The mean of the slopes over the root of the mean of their squares. m and v begin at 0, so after t steps they have " +
           "only the shares 1 − β₁ᵗ and 1 − β₂ᵗ of what they should have; m̂ and v̂ are divided by these. The first step is " +
           "therefore the rate itself, in x and in y. Decay is part of the slope, and is divided like the rest.",
  },
  adamw: {
    title: "AdamW",
    keeps: {m: "mean", v: "mean square"},
    formula: ["w ← w − rate · decay · w", "m ← β₁ m + (1 − β₁) g", "v ← β₂ v + (1 − β₂) g²",
              "m̂ = m / (1 − β₁ᵗ),   v̂ = v / (1 − β₂ᵗ)", "w ← w − rate · m̂ / (√v̂ + ε)"],
    words: "Adam, but decay pulls towards 0 directly, past the square root: by the same share of w whether the slopes are " +
           "large or small. Give both the same decay (Adam's opens with 0), and look where they are at step 200.",
  },
  muon: {
    title: "Muon",
    keeps: {m: "mean"},
    formula: ["m ← β m + (1 − β) g", "u = β m + (1 − β) g", "o = u made orthogonal", "w ← w − rate · o"],
    words: "Made for matrices: the next card shows it on one. Two numbers are a matrix of one row, which has one singular value, its length: made " +
           "orthogonal, u is divided by it, so that every step is about as long as the rate. It cannot come to rest " +
           "unless the rate falls: switch the cycle on.",
  },
};

// One cycle of the rate: up along half a cosine in the first 30 % of the steps, and down along another.
function oneCycle(step, steps) {
  const halfCosine = (from, to, part) => to + (from - to) * (1 + Math.cos(Math.PI * Math.min(Math.max(part, 0), 1))) / 2;
  const last = steps - 1, top = 0.3 * steps - 1;
  if (step < top) return halfCosine(1 / 25, 1, step / top);
  return halfCosine(1, 1 / 25 / 1e4, last > top ? (step - top) / (last - top) : 1);
}

// All steps from a start: [{w, loss}, {w, loss, g, kept}, ...], each with the slope that led to it and what is kept then.
// It ends early where numbers grow without end. `settings` are the rate, momentum, squares and decay, as far as the
// method has them; `setup`: {start, noise, cycle}; `numbers`: two random ones for each step.
function follow(surface, method, settings, setup, numbers, steps) {
  const {momentum, squares, decay = 0} = settings;
  const options = {momentum, beta1: momentum, beta2: squares, alpha: squares, decay, shape: [1, 2]};
  const zero = Object.fromEntries(Object.keys(METHODS[method].keeps).map((name) => [name, [0, 0]]));
  const path = [{w: setup.start, kept: zero, loss: surface.value(setup.start)}];
  for (let t = 1; t <= steps; ++t) {
    const before = path.at(-1), slope = surface.slope(before.w);
    const g = slope.map((gi, i) => gi + setup.noise * numbers[2 * (t - 1) + i]);
    const rate = settings.rate * (setup.cycle > 0 ? oneCycle(t - 1, setup.cycle) : 1);
    const kept = {...before.kept};
    const w = UPDATES[method](before.w, g, rate, kept, t, options);
    if (!w.every((number) => Math.abs(number) < 1e6)) break;
    path.push({w, kept, g, loss: surface.value(w)});
  }
  return path;
}

if (typeof module !== "undefined") module.exports = {METHODS, oneCycle, follow};
