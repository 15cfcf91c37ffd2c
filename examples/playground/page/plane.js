"use strict";
// The plane in colours: what a unit gives everywhere, and the points on top.

const PLANE = {cells: 48, reach: 1.2};

// What every layer gives at the middle of each cell, row by row from the top: {outputs, decision}, tensors.
function senseOfPlane(network) {
  const at = (i) => PLANE.reach * ((2 * i + 1) / PLANE.cells - 1), x = new Float64Array(2 * PLANE.cells ** 2);
  for (let i = 0; i < PLANE.cells ** 2; ++i) {
    x[2 * i] = at(i % PLANE.cells);
    x[2 * i + 1] = -at(Math.floor(i / PLANE.cells));
  }
  const tape = new Tape(), input = tape.input({shape: [PLANE.cells ** 2, 2], numbers: x});
  const layers = network.forward(tape, input, false).map((node) => tape.value(node));
  return {inputs: tape.value(input), layers};
}

// Of class B at each of these points.
function probabilities(logits) {
  const p = softmaxOfRows(logits.numbers, 2);
  return Float64Array.from({length: p.length / 2}, (_, i) => p[2 * i + 1]);
}

// The mean loss of these points, and how many are on their side of the border.
function judge(network, {x, labels}) {
  const tape = new Tape(), input = tape.input(makeTensor([labels.length, 2], x.flat()));
  const p = probabilities(tape.value(network.forward(tape, input, false).at(-1)));
  const ofLabel = labels.map((label, i) => (label ? p[i] : 1 - p[i]));
  return {loss: -ofLabel.reduce((sum, q) => sum + Math.log(Math.max(q, 1e-300)), 0) / labels.length,
          accuracy: labels.filter((label, i) => (p[i] > 0.5 ? 1 : 0) === label).length / labels.length};
}

// The colours of the page, as [r, g, b]; they differ in light and dark.
function pageColors() {
  const style = getComputedStyle(document.documentElement);
  const rgb = (name) => [1, 3, 5].map((at) => parseInt(style.getPropertyValue(name).trim().slice(at, at + 2), 16));
  return {negative: rgb("--negative"), positive: rgb("--positive"), surface: rgb("--surface"), ink: rgb("--ink")};
}

// Numbers of size up to `scale`; `strength` is the share of colour that the largest has.
function paintCells(canvas, values, scale, colors, strength = 0.85) {
  canvas.width = canvas.height = PLANE.cells;
  const image = new ImageData(PLANE.cells, PLANE.cells);
  values.forEach((value, i) => {
    const share = strength * Math.min(1, Math.abs(value) / scale), hue = value < 0 ? colors.negative : colors.positive;
    for (let k = 0; k < 3; ++k) image.data[4 * i + k] = colors.surface[k] + share * (hue[k] - colors.surface[k]);
    image.data[4 * i + 3] = 255;
  });
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// With the points on it, those held out hollow; `cursor` is where the keyboard is, or null.
function paintPlane(canvas, values, scale, points, colors, cursor, heldOut) {
  const cells = document.createElement("canvas"), side = Math.round(canvas.clientWidth * devicePixelRatio);
  paintCells(cells, values, scale, colors, 0.6);
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d"), zoom = side / (2 * PLANE.reach), css = (rgb) => `rgb(${rgb})`;
  context.drawImage(cells, 0, 0, side, side);
  const r = 4.2 * devicePixelRatio, place = ([a, b]) => [(a + PLANE.reach) * zoom, (PLANE.reach - b) * zoom];
  context.lineWidth = 1.2 * devicePixelRatio;
  const mark = (isHollow, [cx, cy], label) => {
    const hue = css(label ? colors.positive : colors.negative);
    context.beginPath();
    if (label) context.rect(cx - r * 0.85, cy - r * 0.85, 1.7 * r, 1.7 * r);
    else context.arc(cx, cy, r, 0, 7);
    context.fillStyle = isHollow ? css(colors.surface) : hue;
    context.strokeStyle = isHollow ? hue : css(colors.surface);
    context.fill();
    context.stroke();
  };
  heldOut?.x.forEach((point, i) => mark(true, place(point), heldOut.labels[i]));
  points.x.forEach((point, i) => mark(false, place(point), points.labels[i]));
  if (!cursor) return;
  const [cx, cy] = place(cursor);
  context.strokeStyle = css(colors.ink);
  context.beginPath();
  context.moveTo(cx - 3 * r, cy);
  context.lineTo(cx + 3 * r, cy);
  context.moveTo(cx, cy - 3 * r);
  context.lineTo(cx, cy + 3 * r);
  context.stroke();
}

function pointUnder(canvas, event) {
  const box = canvas.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width, 1 - (event.clientY - box.top) / box.height].map((share) => PLANE.reach * (2 * share - 1));
}
