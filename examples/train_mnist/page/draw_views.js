"use strict";
// What "Draw a digit" shows on its canvases: ink, activations, gradients.

// The page's colours as numbers, to mix for thousands of pixels at a time.
function themeColors() {
  const style = getComputedStyle(document.documentElement);
  const color = (name) => [1, 3, 5].map((i) => parseInt(style.getPropertyValue(name).trim().slice(i, i + 2), 16));
  return {surface: color("--surface"), ink: color("--ink"), value: color("--value"),
          positive: color("--positive"), negative: color("--negative")};
}

// Pixel `place` of the canvas gets the share colorOf(place)[1], from 0 to 1, of the colour colorOf(place)[0].
function paintPixels(canvas, columns, rows, surface, colorOf) {
  if (canvas.width !== columns || canvas.height !== rows) Object.assign(canvas, {width: columns, height: rows});
  const context = canvas.getContext("2d"), image = context.createImageData(columns, rows), bytes = image.data;
  for (let place = 0; place < rows * columns; ++place) {
    const [color, share] = colorOf(place);
    for (let k = 0; k < 3; ++k) bytes[4 * place + k] = surface[k] + share * (color[k] - surface[k]);
    bytes[4 * place + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

function paintInk(canvas, ink, columns, rows, {surface, ink: color}) {
  paintPixels(canvas, columns, rows, surface, (place) => [color, ink[place]]);
}

function largestSize(numbers) {
  return numbers.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}

// Numbers of both signs; those that are not there are 0.
function paintSigned(canvas, numbers, columns, rows, surface, below, above, strength = (share) => share) {
  const scale = largestSize(numbers) || 1;
  paintPixels(canvas, columns, rows, surface, (place) => {
    const x = numbers[place] ?? 0;
    return [x < 0 ? below : above, strength(Math.abs(x) / scale)];
  });
}

// The slopes as colours, and around the pixels that have ink a line.
function paintSlopes(canvas, slopes, picture, columns, rows, colors) {
  const cell = Math.max(2, Math.round(336 / columns)), small = document.createElement("canvas");
  paintSigned(small, slopes, columns, rows, colors.surface, colors.negative, colors.positive);
  Object.assign(canvas, {width: columns * cell, height: rows * cell});
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
  if (!picture) return;
  const inked = (r, c) => r >= 0 && r < rows && c >= 0 && c < columns && picture[r * columns + c] >= 0.5;
  context.beginPath();
  for (let r = 0; r <= rows; ++r) {
    for (let c = 0; c <= columns; ++c) {
      if (inked(r, c) !== inked(r - 1, c)) {
        context.moveTo(c * cell, r * cell);
        context.lineTo((c + 1) * cell, r * cell);
      }
      if (inked(r, c) !== inked(r, c - 1)) {
        context.moveTo(c * cell, r * cell);
        context.lineTo(c * cell, (r + 1) * cell);
      }
    }
  }
  context.strokeStyle = `rgb(${colors.ink})`;
  context.lineWidth = Math.max(1, cell / 8);
  context.lineCap = "square";
  context.stroke();
}

// A row for each class, which is also a button. Returns what shows other probabilities.
function makeBars(holder, classes, choose) {
  const rows = Array.from({length: Math.min(classes, 12)}, () => {
    const name = element("span", {class: "name"}), bar = element("span", {class: "bar"}), share = element("span", {class: "share number"});
    const row = {name, bar, share, shown: -1};
    row.button = element("button", {class: "draw-bar", onclick: () => choose(row.shown)}, name, element("span", {class: "track"}, bar), share);
    return row;
  });
  holder.replaceChildren(...rows.map((row) => row.button));
  return (probabilities, target, likeliest) => {
    // Of very many classes the most probable ones are shown.
    const order = [...probabilities.keys()];
    if (classes > rows.length) order.sort((a, b) => probabilities[b] - probabilities[a]);
    rows.forEach((row, i) => {
      row.shown = order[i];
      const p = probabilities[row.shown], percent = `${(100 * p).toFixed(1)} %`;
      row.name.textContent = row.shown;
      row.bar.style.width = `${100 * p}%`;
      row.share.textContent = percent;
      row.button.classList.toggle("likeliest", row.shown === likeliest);
      row.button.setAttribute("aria-pressed", row.shown === target);
      row.button.setAttribute("aria-label", `${row.shown}: ${percent}`);
    });
  };
}
