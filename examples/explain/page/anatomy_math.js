"use strict";
// Batch normalization of one feature, its gradient term by term. Numbers in brackets: layers/batch_norm.md.

function averageOf(values) {
  return values.reduce((total, x) => total + x, 0) / values.length;
}

// {x, g, gamma, eps}, x and g one number a sample -> everything on the way to dx.
function anatomyOf({x, g, gamma, eps}) {
  const m = x.length, mu = averageOf(x);                                       // (F1)
  const variance = averageOf(x.map((xi) => (xi - mu) ** 2));                   // (F2)
  const s = 1 / Math.sqrt(variance + eps), xhat = x.map((xi) => (xi - mu) * s);  // (F3)
  const meanG = averageOf(g), meanGx = averageOf(g.map((gi, i) => gi * xhat[i]));
  const minusMean = g.map(() => -meanG), minusAlong = xhat.map((xi) => -xi * meanGx);
  const rest = g.map((gi, i) => gi + minusMean[i] + minusAlong[i]);
  return {
    m, mu, variance, s, xhat, meanG, meanGx, minusMean, minusAlong, rest,
    dx: rest.map((r) => gamma * s * r),                                        // (10)
    dgamma: m * meanGx, dbeta: m * meanG,                                      // (S5), (S6)
    // dy_i / dx_k: the terms of (10) with g picked apart.
    jacobian: xhat.map((xi, i) => xhat.map((xk, k) => gamma * s * ((i === k ? 1 : 0) - 1 / m - xi * xk / m))),
  };
}

// The smallest of a few round numbers that is no smaller: a scale that does not change with every move.
function niceScale(size) {
  if (!(size > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(size));
  return power * [1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((step) => step * power >= size * 0.9999);
}
