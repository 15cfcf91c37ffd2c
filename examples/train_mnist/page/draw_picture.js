"use strict";
// From strokes to the picture that the network gets, prepared as MNIST's were. Node can load it too.
//
// "The original black and white (bilevel) images from NIST were size normalized to fit in a 20x20 pixel box while
// preserving their aspect ratio. The resulting images contain grey levels as a result of the anti-aliasing technique
// used by the normalization algorithm. The images were centered in a 28x28 image by computing the center of mass of the
// pixels, and translating the image so as to position this point at the center of the 28x28 field."
// (Y. LeCun, C. Cortes, C. Burges: The MNIST database of handwritten digits, http://yann.lecun.com/exdb/mnist)

// Ink from 0 to 1 on a field that is finer than the picture: what is drawn on.
function makeField(rows, columns) {
  return {rows, columns, ink: new Float32Array(rows * columns)};
}

// A round pen of this radius, drawn from one point to another. Its edge is soft: half covered, half inked.
function stroke(field, from, to, radius) {
  const {rows, columns, ink} = field, reach = radius + 1;
  const dx = to.x - from.x, dy = to.y - from.y, length2 = dx * dx + dy * dy;
  const first = (a, b) => Math.max(0, Math.floor(Math.min(a, b) - reach));
  const last = (a, b, size) => Math.min(size - 1, Math.ceil(Math.max(a, b) + reach));
  for (let r = first(from.y, to.y); r <= last(from.y, to.y, rows); ++r) {
    for (let c = first(from.x, to.x); c <= last(from.x, to.x, columns); ++c) {
      const x = c + 0.5 - from.x, y = r + 0.5 - from.y;
      const along = length2 > 0 ? Math.max(0, Math.min(1, (x * dx + y * dy) / length2)) : 0;
      const covered = radius + 0.5 - Math.hypot(x - along * dx, y - along * dy);
      const place = r * columns + c;
      ink[place] = Math.max(ink[place], Math.min(1, covered));
    }
  }
}

// A picture of the data set, enlarged smoothly, so that one can draw on it.
function enlarge(picture, rows, columns, field) {
  const at = (r, c) => r >= 0 && r < rows && c >= 0 && c < columns ? picture[r * columns + c] : 0;
  for (let r = 0; r < field.rows; ++r) {
    const y = (r + 0.5) * rows / field.rows - 0.5, top = Math.floor(y), v = y - top;
    for (let c = 0; c < field.columns; ++c) {
      const x = (c + 0.5) * columns / field.columns - 0.5, left = Math.floor(x), u = x - left;
      field.ink[r * field.columns + c] = (1 - v) * ((1 - u) * at(top, left) + u * at(top, left + 1)) +
                                         v * ((1 - u) * at(top + 1, left) + u * at(top + 1, left + 1));
    }
  }
}

// The rows and columns that have ink: {top, left, bottom, right}, the last two excluded; null if there is none.
function inkedBox({rows, columns, ink}) {
  const box = {top: rows, left: columns, bottom: 0, right: 0};
  for (let r = 0; r < rows; ++r) {
    for (let c = 0; c < columns; ++c) {
      if (ink[r * columns + c] < 0.1) continue;
      box.top = Math.min(box.top, r);
      box.bottom = r + 1;
      box.left = Math.min(box.left, c);
      box.right = Math.max(box.right, c + 1);
    }
  }
  return box.bottom > 0 ? box : null;
}

// The part of the field in the box as height x width pixels. Each is the mean of the area it covers: that is what
// makes the grey levels.
function shrink(field, box, height, width) {
  const tall = (box.bottom - box.top) / height, wide = (box.right - box.left) / width;
  const picture = new Float32Array(height * width);
  for (let r = 0; r < height; ++r) {
    const y0 = box.top + r * tall, y1 = y0 + tall;
    for (let c = 0; c < width; ++c) {
      const x0 = box.left + c * wide, x1 = x0 + wide;
      let total = 0;
      for (let y = Math.floor(y0); y < y1; ++y) {
        const share = Math.min(y + 1, y1) - Math.max(y, y0);
        for (let x = Math.floor(x0); x < x1; ++x) {
          const ink = y < field.rows && x < field.columns ? field.ink[y * field.columns + x] : 0;
          total += share * (Math.min(x + 1, x1) - Math.max(x, x0)) * ink;
        }
      }
      picture[r * width + c] = Math.min(1, total / (tall * wide));
    }
  }
  return picture;
}

function centreOfMass(picture, columns) {
  let mass = 0, x = 0, y = 0;
  picture.forEach((ink, place) => {
    mass += ink;
    x += ink * (place % columns);
    y += ink * Math.floor(place / columns);
  });
  return {x: x / mass, y: y / mass};
}

// MNIST's 20 of 28 pixels, and the same share of a picture of another size.
function boxSize(rows, columns) {
  return Math.max(1, Math.round(Math.min(rows, columns) * 20 / 28));
}

// The picture [rows, columns] of what is on the field; null if nothing is. In MNIST the centre of mass lies within half
// a pixel of row 14 and column 14, counted from 0, so whole pixels were shifted.
function prepare(field, rows, columns) {
  const box = inkedBox(field);
  if (!box) return null;
  const height = box.bottom - box.top, width = box.right - box.left, size = boxSize(rows, columns);
  const fitted = (side) => Math.max(1, Math.round(side * size / Math.max(height, width)));
  const h = fitted(height), w = fitted(width), small = shrink(field, box, h, w);
  const centre = centreOfMass(small, w), picture = new Float32Array(rows * columns);
  const down = Math.round(rows / 2 - centre.y), right = Math.round(columns / 2 - centre.x);
  for (let r = 0; r < h; ++r) {
    for (let c = 0; c < w; ++c) {
      const y = r + down, x = c + right;
      if (y >= 0 && y < rows && x >= 0 && x < columns) picture[y * columns + x] = small[r * w + c];
    }
  }
  return picture;
}

if (typeof module !== "undefined") {
  module.exports = {makeField, stroke, enlarge, inkedBox, shrink, centreOfMass, boxSize, prepare};
}
