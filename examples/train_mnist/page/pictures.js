"use strict";
// Images and weights as small pictures, and lists of things to walk through with the arrow keys. (bytesOf is of
// draw_network.js.)

// Dark on light, or the other way round: the style sheet turns it.
function imagePicture(text, label) {
  const canvas = element("canvas", {width: run.columns, height: run.rows, role: "img", "aria-label": label});
  const context = canvas.getContext("2d"), image = context.createImageData(run.columns, run.rows);
  bytesOf(text).forEach((byte, i) => { image.data[4 * i + 3] = byte; });
  context.putImageData(image, 0, 0);
  return element("span", {class: "image"}, canvas);
}

const POSITIVE = [27, 158, 119], NEGATIVE = [142, 91, 181];
const weightColor = (share) => [...(share < 0 ? NEGATIVE : POSITIVE), Math.min(255, Math.round(Math.abs(share) * 255))];

// The weights as they are, or each times the deviation of its pixel: what of it the unit feels.
function paintWeights(canvas, text, felt) {
  const shares = [...bytesOf(text)].map((byte) => (byte - 128) / 127);
  const deviations = felt ? bytesOf(run.weights.pixelDeviations) : null;
  if (felt) deviations.forEach((deviation, i) => { shares[i] *= deviation; });
  const scale = felt ? Math.max(...shares.map(Math.abs)) || 1 : 1;
  const context = canvas.getContext("2d"), image = context.createImageData(canvas.width, canvas.height);
  shares.forEach((share, i) => image.data.set(weightColor(share / scale), 4 * i));
  context.putImageData(image, 0, 0);
}

// One of the items can be tabbed to, the arrow keys go to the others; `choose` is called with the index of one that has
// the focus or the pointer.
function walkable(items, choose) {
  items.forEach((item, i) => {
    item.tabIndex = i ? -1 : 0;
    item.addEventListener("pointerenter", () => choose(i));
    item.addEventListener("click", () => item.focus());
    item.addEventListener("focus", () => {
      for (const other of items) other.tabIndex = other === item ? 0 : -1;
      choose(i);
    });
    item.addEventListener("keydown", (event) => {
      const second = items.findIndex((other) => other.offsetTop !== items[0].offsetTop);
      const inRow = second < 0 ? items.length : second;
      const step = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -inRow, ArrowDown: inRow}[event.key];
      const next = {Home: 0, End: items.length - 1}[event.key] ?? i + step;
      if (!items[next]) return;
      event.preventDefault();
      items[next].focus();
    });
  });
}

function drawWeights() {
  const {units, rows, columns, pictures, filters} = run.weights;
  const section = document.getElementById("weights");
  if (!pictures.length) {
    section.querySelector(".choices").hidden = true;
    section.querySelector("#weights-look").textContent =
      `An image of ${rows} × ${columns} pixels has too many weights to put on a page.`;
    return;
  }
  const kind = filters ? "filters" : "units";
  const some = pictures.length < units ? `The ${pictures.length} ${kind} with the largest weights, of ${units}` : `All ${units} ${kind}`;
  section.querySelector(".choices").hidden = filters;
  section.querySelector("#weights-look").textContent = filters
    ? `${some}, largest first. Each is laid on every ${rows} × ${columns} pixels of the image: ink under green speaks for ` +
      "that place of its feature map, ink under purple against it. Look for edges: green on one side, purple on the other."
    : `${some}, largest first: each picture is a unit's weights, pixel by pixel. Look for strokes and edges with their ` +
    "opposite beside them: ink under green speaks for the unit, ink under purple against it. Where a pixel hardly ever has ink, nothing is " +
    "learned, and the weights stay as random as they began; multiplied by how much the pixel varies, they fade.";
  section.querySelector("#weight-key").append(
    element("span", {class: "swatch negative"}), "−largest", element("span", {class: "swatch none"}), "0",
    element("span", {class: "swatch positive"}), "+largest, of each picture by itself");
  const readout = section.querySelector("#weight-readout");
  const canvases = pictures.map(() => element("canvas", {width: columns, height: rows}));
  const items = pictures.map((p, i) => element("div", {class: "weight", role: "img", "aria-label": weightText(p)}, canvases[i]));
  const buttons = ["plain-weights", "felt-weights"].map((id) => document.getElementById(id));
  const show = (felt) => {
    canvases.forEach((canvas, i) => paintWeights(canvas, pictures[i].image, felt));
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(felt === (i === 1))));
  };
  buttons.forEach((button, i) => button.addEventListener("click", () => show(i === 1)));
  show(false);
  walkable(items, (i) => { readout.textContent = weightText(pictures[i]); });
  section.querySelector("#weight-pictures").append(...items);
  readout.textContent = "Point at a picture, or walk with the arrow keys.";
}

function weightText(p) {
  return `${run.weights.filters ? "filter" : "unit"} ${p.unit} of ${run.weights.name}: norm ${fmt(p.norm)}, weights up to ±${fmt(p.scale)}`;
}
