"use strict";
// Images and weights as small pictures, and lists of things to walk through with the arrow keys.

function bytesOf(text) {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

// color: (byte) => [red, green, blue, opacity]
function picture(text, rows, columns, color, label) {
  const canvas = element("canvas", {width: columns, height: rows, role: "img", "aria-label": label});
  const context = canvas.getContext("2d"), image = context.createImageData(columns, rows);
  bytesOf(text).forEach((byte, i) => image.data.set(color(byte), 4 * i));
  context.putImageData(image, 0, 0);
  return canvas;
}

// Dark on light, or the other way round: the style sheet turns it.
function imagePicture(text, label) {
  const frame = element("span", {class: "image"}, picture(text, run.rows, run.columns, (byte) => [0, 0, 0, byte], label));
  frame.style.aspectRatio = `${run.columns} / ${run.rows}`;
  return frame;
}

const POSITIVE = [27, 158, 119], NEGATIVE = [142, 91, 181];
function weightPicture(text, rows, columns, label) {
  const color = (byte) => [...(byte < 128 ? NEGATIVE : POSITIVE), Math.min(255, Math.abs(byte - 128) * 2)];
  return picture(text, rows, columns, color, label);
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
  const {units, rows, columns, pictures, name} = run.weights;
  const section = document.getElementById("weights");
  if (!pictures.length) {
    section.querySelector("#weights-look").textContent =
      `An image of ${rows} × ${columns} pixels has too many weights to put on a page.`;
    return;
  }
  const some = pictures.length < units ? `The ${pictures.length} units with the largest weights, of ${units}` : `All ${units} units`;
  section.querySelector("#weights-look").textContent =
    `${some}, largest first: each picture is a unit's weights, pixel by pixel. Look for strokes and edges with their ` +
    "opposite beside them: ink under green speaks for the unit, ink under purple against it. Noise means that little was learned.";
  section.querySelector("#weight-key").append(
    element("span", {class: "swatch negative"}), "−largest", element("span", {class: "swatch none"}), "0",
    element("span", {class: "swatch positive"}), "+largest, of each picture by itself");
  const readout = section.querySelector("#weight-readout");
  const items = pictures.map((p) => element("div", {class: "weight", role: "img", "aria-label": weightText(p, name)},
                                            weightPicture(p.image, rows, columns, "")));
  walkable(items, (i) => { readout.textContent = weightText(pictures[i], name); });
  section.querySelector("#weight-pictures").append(...items);
  readout.textContent = "Point at a picture, or walk with the arrow keys.";
}

function weightText(p, name) {
  return `unit ${p.unit} of ${name}: norm ${fmt(p.norm)}, weights up to ±${fmt(p.scale)}`;
}
