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

// A cell for each number, `columns` in a row; the last row may be shorter.
function paintUnits(canvas, numbers, columns, {surface, value, negative}) {
  const scale = largestSize(numbers) || 1;
  paintPixels(canvas, columns, Math.ceil(numbers.length / columns), surface, (place) => {
    const x = numbers[place] ?? 0;
    return [x < 0 ? negative : value, Math.sqrt(Math.abs(x) / scale)];
  });
}

// The slopes as colours, and around the pixels that have ink a line.
function paintSlopes(canvas, slopes, picture, columns, rows, colors) {
  const cell = Math.max(2, Math.round(336 / columns)), scale = largestSize(slopes) || 1;
  const small = document.createElement("canvas");
  paintPixels(small, columns, rows, colors.surface,
              (place) => [slopes[place] < 0 ? colors.negative : colors.positive, Math.abs(slopes[place]) / scale]);
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

// A grid for each hidden layer: what comes out of its activation. Returns what shows other values.
function makeLayers(holder, network) {
  const shown = network.layers.map((layer, i) => ({kind: layer.kind, place: i + 1}))
                              .filter(({kind}) => ["ReLU", "Sigmoid", "Tanh"].includes(kind));
  const figures = shown.map(({kind, place}, i) => {
    const canvas = element("canvas", {class: "draw-units", role: "img"}), caption = element("figcaption", {class: "small"});
    holder.append(element("figure", {}, caption, canvas));
    return {kind, place, name: `Layer ${i + 1}`, canvas, caption};
  });
  if (figures.length === 0) {
    holder.append(element("p", {class: "small muted"}, "There are none: each class is a weighted sum of the pixels."));
  }
  return (values, colors) => figures.forEach(({kind, place, name, canvas, caption}) => {
    const units = values[place], columns = Math.max(Math.min(units.length, 32), Math.ceil(Math.sqrt(2 * units.length)));
    paintUnits(canvas, units, columns, colors);
    canvas.style.width = `${columns <= 32 ? columns * 10 : 320}px`;
    const active = units.reduce((count, x) => count + (x > 0), 0);
    const says = kind === "ReLU" ? `${active} of ${units.length} units active` : `${units.length} units`;
    caption.textContent = `${name}, after ${kind}: ${says}, largest ${fmt(largestSize(units))}`;
    canvas.setAttribute("aria-label", caption.textContent);
  });
}
