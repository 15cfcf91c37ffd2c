"use strict";
// Operations of nets that read words: more of those in operations.js. Node can load it too.

if (typeof require !== "undefined") Object.assign(globalThis, require("./operations.js"));

Object.assign(OPERATIONS, {
  // softmax(q k^T / sqrt d) v for each head; a place sees itself and those before it. x [t, 3 width] has q, k and v side
  // by side, y [t, width]. Told {heads}; keeps what each place takes from each, {weights}: [heads][t][t].
  causal_attention: {
    forward([x], saved) {
      const {t, width, d, at} = attentionSizes(x, saved), y = new x.numbers.constructor(t * width);
      saved.weights = Array.from({length: saved.heads}, (_, head) => Array.from({length: t}, (_, i) => {
        const score = (j) => sumOver(d, (c) => x.numbers[at(i, 0, head) + c] * x.numbers[at(j, 1, head) + c]) / Math.sqrt(d);
        return [...softmax(Array.from({length: i + 1}, (_, j) => score(j))), ...new Array(t - i - 1).fill(0)];
      }));
      saved.weights.forEach((rows, head) => rows.forEach((row, i) => {
        for (let c = 0; c < d; ++c) y[i * width + head * d + c] = sumOver(i + 1, (j) => row[j] * x.numbers[at(j, 2, head) + c]);
      }));
      return {shape: [t, width], numbers: y};
    },
    // dv_j = sum of a_ij dy_i      da_ij = dy_i v_j      ds = a (da - sum of a da)      dq = ds k / sqrt d      dk = ds^T q / sqrt d
    backward(dy, [x], y, saved) {
      const {width, d, at} = attentionSizes(x, saved), dx = filledTensor(x, 0);
      saved.weights.forEach((rows, head) => rows.forEach((row, i) => {
        const g = dy.numbers.subarray(i * width + head * d, i * width + (head + 1) * d);
        const da = row.map((_, j) => sumOver(d, (c) => g[c] * x.numbers[at(j, 2, head) + c]));
        const all = sumOver(i + 1, (j) => row[j] * da[j]);
        for (let j = 0; j <= i; ++j) {
          const ds = row[j] * (da[j] - all) / Math.sqrt(d);
          for (let c = 0; c < d; ++c) {
            dx.numbers[at(j, 2, head) + c] += row[j] * g[c];
            dx.numbers[at(i, 0, head) + c] += ds * x.numbers[at(j, 1, head) + c];
            dx.numbers[at(j, 1, head) + c] += ds * x.numbers[at(i, 0, head) + c];
          }
        }
      }));
      return [dx];
    },
  },

  // The rows of w that {indices} name. A row that is taken often gets the sum of what comes back.
  embedding: {
    forward([w], {indices}) {
      const y = makeTensor([indices.length, w.shape[1]], new Array(indices.length * w.shape[1]).fill(0), w.numbers.constructor);
      indices.forEach((row, i) => y.numbers.set(w.numbers.subarray(row * w.shape[1], (row + 1) * w.shape[1]), i * w.shape[1]));
      return y;
    },
    backward(dy, [w], y, {indices}) {
      const dw = filledTensor(w, 0), width = w.shape[1];
      dy.numbers.forEach((g, i) => { dw.numbers[indices[Math.floor(i / width)] * width + i % width] += g; });
      return [dw];
    },
  },
});

// Where q (0), k (1) or v (2) of a place and head begins.
function attentionSizes({shape: [t, columns]}, {heads}) {
  const width = columns / 3, d = width / heads;
  return {t, width, d, at: (place, which, head) => place * columns + which * width + head * d};
}

function sumOver(n, f) {
  let total = 0;
  for (let i = 0; i < n; ++i) total += f(i);
  return total;
}
