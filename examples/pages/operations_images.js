"use strict";
// Operations on images [n, channels, height, width]: more of those in operations.js. Node can load it too.

if (typeof require !== "undefined") Object.assign(globalThis, require("./operations.js"));

Object.assign(OPERATIONS, {
  // y[o] = the sum over channels of windows of x times w[o], + b[o]; w [out, in, kernel, kernel]. Told {stride, padding}.
  conv2d: {
    forward([x, w, b], told) {
      const [n, , height, width] = x.shape, [out, , kernel] = w.shape, {stride, padding} = told;
      const shape = [n, out, ...[height, width].map((side) => Math.floor((side + 2 * padding - kernel) / stride) + 1)];
      const y = new x.numbers.constructor(shape.reduce((product, side) => product * side)), of = channelOf(shape), from = x.numbers;
      if (b) for (let i = 0; i < y.length; ++i) y[i] = b.numbers[of(i)];
      overWindows(x.shape, shape, w.shape, told, (place, at, to, count) => {
        const weight = w.numbers[place];
        for (let q = 0; q < count; ++q) y[to + q] += weight * from[at + q * stride];
      });
      return {shape, numbers: y};
    },
    backward(dy, operands, y, told, needs) {
      const [x, w] = operands, g = dy.numbers, of = channelOf(dy.shape), {stride} = told;
      const given = operands.map((operand, k) => (needs[k] ? filledTensor(operand, 0) : null));
      const [dx, dw, db] = given.map((tensor) => tensor?.numbers);
      if (dx) overWindows(x.shape, dy.shape, w.shape, told, (place, at, to, count) => {
        const weight = w.numbers[place];
        for (let q = 0; q < count; ++q) dx[at + q * stride] += weight * g[to + q];
      });
      if (dw) overWindows(x.shape, dy.shape, w.shape, told, (place, at, to, count) => {
        for (let q = 0; q < count; ++q) dw[place] += x.numbers[at + q * stride] * g[to + q];
      });
      if (db) g.forEach((gi, i) => { db[of(i)] += gi; });
      return given;
    },
  },

  // Told {window, stride}. Of equal pixels the first is the largest; it alone gets the gradient.
  max_pool2d: {
    forward([x], saved) {
      const {window, stride} = saved, [n, channels, height, width] = x.shape;
      const [rows, columns] = [height, width].map((side) => Math.floor((side - window) / stride) + 1), shape = [n, channels, rows, columns];
      saved.places = Int32Array.from({length: n * channels * rows * columns}, (_, i) => {
        const q = i % columns, p = Math.floor(i / columns) % rows, image = Math.floor(i / (columns * rows));
        const corner = (image * height + p * stride) * width + q * stride;
        let best = corner;
        for (let r = 0; r < window; ++r) for (let s = 0; s < window; ++s) {
          if (x.numbers[corner + r * width + s] > x.numbers[best]) best = corner + r * width + s;
        }
        return best;
      });
      return {shape, numbers: x.numbers.constructor.from(saved.places, (place) => x.numbers[place])};
    },
    backward(dy, [x], y, {places}) {
      const dx = filledTensor(x, 0);
      places.forEach((place, i) => { dx.numbers[place] += dy.numbers[i]; });
      return [dx];
    },
  },
});

// A weight meets a row of pixels at a time, those inside the image: its place in w, and where the row begins in x and in
// y and how many of y it has; in x they are a stride apart.
function overWindows([n, inputs, height, width], [, outputs, rows, columns], [, , kernel], {stride, padding}, visit) {
  const first = (tap) => Math.max(0, Math.ceil((padding - tap) / stride));
  const end = (tap, size, all) => Math.min(all, Math.floor((size - 1 + padding - tap) / stride) + 1);
  for (let image = 0; image < n; ++image) {
    let place = 0;
    for (let o = 0; o < outputs; ++o) for (let c = 0; c < inputs; ++c) {
      for (let r = 0; r < kernel; ++r) for (let s = 0; s < kernel; ++s, ++place) {
        const left = first(s), count = end(s, width, columns) - left, bottom = end(r, height, rows);
        for (let p = first(r); p < bottom; ++p) {
          visit(place, ((image * inputs + c) * height + p * stride + r - padding) * width + left * stride + s - padding,
                ((image * outputs + o) * rows + p) * columns + left, count);
        }
      }
    }
  }
}
