"use strict";
// Functions of two numbers whose least value is 0, and their slopes. The formulas once more: paths.cpp.

const SURFACES = {
  valley: {
    title: "long valley",
    formula: "L = ½ (x − 1)² + 25/2 (y − ½)²",
    minima: [[1, 0.5]],
    value: ([x, y]) => ((x - 1) ** 2 + 25 * (y - 0.5) ** 2) / 2,
    slope: ([x, y]) => [x - 1, 25 * (y - 0.5)],
    words: "25 times as steep across as along. SGD must take steps small enough for the steep direction (a rate above " +
           "2/25 = 0.08 grows without end: try it), and then creeps along the flat one. Momentum gathers speed " +
           "along the valley, where all slopes agree; across it they alternate in sign and cancel. RMSprop and Adam " +
           "give x and y each a rate of its own, so that the valley is as good as round.",
  },
  turned: {
    title: "valley, turned",
    formula: "L = ½ a² + 25/2 b², a and b along and across, turned by 45°",
    minima: [[1, 0.5]],
    value: ([x, y]) => ((x - 1 + y - 0.5) ** 2 + 25 * (y - 0.5 - x + 1) ** 2) / 4,
    slope: ([x, y]) => {
      const a = x - 1 + y - 0.5, b = y - 0.5 - x + 1;
      return [(a - 25 * b) / 2, (a + 25 * b) / 2];
    },
    words: "The same valley, turned by 45°. For SGD, momentum and Muon nothing has changed: they know no axes. RMSprop " +
           "and Adam divide x and y each by its own root mean square, and here these are equal: the valley stays long.",
  },
  curved: {
    title: "curved valley",
    formula: "L = ½ (x − 1)² + 5 (y − x²)²",
    minima: [[1, 1]],
    value: ([x, y]) => (x - 1) ** 2 / 2 + 5 * (y - x * x) ** 2,
    slope: ([x, y]) => [x - 1 - 20 * x * (y - x * x), 10 * (y - x * x)],
    words: "Rosenbrock's valley, less steep: down to its floor is easy, along the floor is not. No rate is right for " +
           "all of the way, and what a velocity has learned on one side is wrong on the other.",
  },
  saddle: {
    title: "saddle",
    formula: "L = ½ x² + ¼ (y² − 1)²",
    minima: [[0, 1], [0, -1]],
    value: ([x, y]) => x * x / 2 + (y * y - 1) ** 2 / 4,
    slope: ([x, y]) => [x, y * (y * y - 1)],
    words: "From almost exactly above a saddle (y = 0.001): the slope along y is tiny, and grows only with y itself. " +
           "SGD comes to rest at the saddle for a long time, a velocity leaves it sooner; whoever divides by the root mean square " +
           "takes tiny slopes as seriously as large ones. Begin at y = 0 exactly, and nobody leaves.",
  },
  plateau: {
    title: "plateau",
    formula: "L = 1 − exp(−(x − 1)² − (y − ½)²)",
    minima: [[1, 0.5]],
    value: ([x, y]) => 1 - Math.exp(-((x - 1) ** 2) - (y - 0.5) ** 2),
    slope: ([x, y]) => {
      const e = Math.exp(-((x - 1) ** 2) - (y - 0.5) ** 2);
      return [2 * (x - 1) * e, 2 * (y - 0.5) * e];
    },
    words: "Slopes near nothing where one starts, as behind a saturated sigmoid. A step of SGD is as long as the slope; " +
           "a step of RMSprop, Adam or Muon is about as long as the rate says, however flat it is.",
  },
  noise: {
    title: "bowl with noise",
    formula: "L = ½ (x − 1)² + 2 (y − ½)²",
    minima: [[1, 0.5]],
    value: ([x, y]) => ((x - 1) ** 2 + 4 * (y - 0.5) ** 2) / 2,
    slope: ([x, y]) => [x - 1, 4 * (y - 0.5)],
    words: "Each slope is that of a batch: the true one and a random number. Nobody comes to rest at a constant rate; " +
           "how far from the minimum they jump about depends on the rate. Switch the cycle on: the rate falls to nearly 0, and all of " +
           "them come to rest, though not all at the minimum. (The noise is the same for all.)",
  },
};

if (typeof module !== "undefined") module.exports = {SURFACES};
