"use strict";
// Operations on images [n, channels, height, width]: more of those in operations.js. Node can load it too.

if (typeof require !== "undefined") Object.assign(globalThis, require("./operations.js"));

Object.assign(OPERATIONS, {
  // y[o] = the sum over channels of windows of x times w[o], + b[o]; w [out, in, kernel, kernel]. Told {stride, padding}.
  conv2d: {
    forward([x, w, b], told) {
      const [n, , height, width] = x.shape, [out, , kernel] = w.shape;
      const [rows, columns] = [height, width].map((side) => Math.floor((side + 2 * told.padding - kernel) / told.stride) + 1);
      const y = new x.numbers.constructor(n * out * rows * columns), of = channelOf([n, out, rows, columns]);
      if (b) for (let i = 0; i < y.length; ++i) y[i] = b.numbers[of(i)];
      const shape = [n, out, rows, columns];
      overWindows(x, shape, w, told, (place, at, to) => { y[to] += w.numbers[place] * x.numbers[at]; });
      return {shape, numbers: y};
    },
    backward(dy, [x, w, b], y, told, needs) {
      const [dx, dw, db] = [x, w, b].map((operand, k) => (operand && needs[k] ? filledTensor(operand, 0) : null)), of = channelOf(dy.shape);
      if (dx) overWindows(x, dy.shape, w, told, (place, at, to) => { dx.numbers[at] += w.numbers[place] * dy.numbers[to]; });
      if (dw) overWindows(x, dy.shape, w, told, (place, at, to) => { dw.numbers[place] += x.numbers[at] * dy.numbers[to]; });
      if (db) dy.numbers.forEach((g, i) => { db.numbers[of(i)] += g; });
      return b ? [dx, dw, db] : [dx, dw];
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

// Each weight's place in w with each place of x that it meets inside the image, and the place of y that the product goes to.
function overWindows({shape: [n, inputs, height, width]}, [, outputs, rows, columns], {shape: [, , kernel]}, {stride, padding}, visit) {
  const first = (tap) => Math.max(0, Math.ceil((padding - tap) / stride));
  const end = (tap, size, all) => Math.min(all, Math.floor((size - 1 + padding - tap) / stride) + 1);
  for (let image = 0; image < n; ++image) {
    let place = 0;
    for (let o = 0; o < outputs; ++o) for (let c = 0; c < inputs; ++c) {
      for (let r = 0; r < kernel; ++r) for (let s = 0; s < kernel; ++s, ++place) {
        const left = first(s), right = end(s, width, columns), bottom = end(r, height, rows);
        for (let p = first(r); p < bottom; ++p) {
          const row = ((image * outputs + o) * rows + p) * columns;
          let at = ((image * inputs + c) * height + p * stride + r - padding) * width + left * stride + s - padding;
          for (let q = left; q < right; ++q, at += stride) visit(place, at, row + q);
        }
      }
    }
  }
}
