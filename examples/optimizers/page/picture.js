"use strict";
// Maps with contours and paths, and the curves of the losses. Sizes are pixels of the view box.

const BOX = {left: -2, right: 2, bottom: -1.5, top: 1.5};

function mapScale(width) {
  const height = width * (BOX.top - BOX.bottom) / (BOX.right - BOX.left);
  return {
    width, height,
    x: (x) => (x - BOX.left) / (BOX.right - BOX.left) * width,
    y: (y) => (BOX.top - y) / (BOX.top - BOX.bottom) * height,
    at: (px, py) => [BOX.left + px / width * (BOX.right - BOX.left), BOX.top - py / height * (BOX.top - BOX.bottom)],
  };
}

// Lines of equal value, each half as high as the one before: through a grid of squares, straight within each.
function contours(surface, scale) {
  const columns = 64, rows = 48;
  const at = (i, j) => scale.at(i / columns * scale.width, j / rows * scale.height);
  const values = Array.from({length: rows + 1}, (_, j) => Array.from({length: columns + 1}, (_, i) => surface.value(at(i, j))));
  const highest = Math.max(...values.flat());
  const parts = [];
  for (let k = 1, level = highest / 2; k <= 11; ++k, level /= 2) {
    for (let j = 0; j < rows; ++j) {
      for (let i = 0; i < columns; ++i) {
        const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]];
        const crossings = [];
        corners.forEach(([a, b], edge) => {
          const [c, d] = corners[(edge + 1) % 4];
          const from = values[b][a] - level, to = values[d][c] - level;
          if (from < 0 === to < 0) return;
          const share = from / (from - to);
          crossings.push([(a + (c - a) * share) / columns * scale.width, (b + (d - b) * share) / rows * scale.height]);
        });
        for (let n = 0; n + 1 < crossings.length; n += 2) {
          parts.push(`M${crossings[n].map((p) => p.toFixed(1)).join(" ")}L${crossings[n + 1].map((p) => p.toFixed(1)).join(" ")}`);
        }
      }
    }
  }
  return parts.join("");
}

// A map that shows any number of paths: {svg, ground(surface), show(lists, step)}.
function makeMap(width, label) {
  const scale = mapScale(width);
  const svg = svgElement("svg", {viewBox: `0 0 ${scale.width} ${scale.height}`, class: "map", role: "img", "aria-label": label});
  const ground = svgElement("g"), paths = svgElement("g");
  svg.append(ground, paths);
  return {
    svg, scale,
    ground(surface) {
      ground.replaceChildren(
        svgElement("path", {class: "contour", d: contours(surface, scale)}),
        ...[-1, 0, 1].flatMap((value) => [
          svgElement("text", {class: "tick", x: scale.x(value), y: scale.height - 5, "text-anchor": "middle"}, `${value === 0 ? "x = 0" : fmt(value)}`),
          svgElement("text", {class: "tick", x: 5, y: scale.y(value) + 4}, `${value === 0 ? "y = 0" : fmt(value)}`)]),
        svgElement("path", {class: "origin", d: `M${scale.x(0) - 4} ${scale.y(0)}h8M${scale.x(0)} ${scale.y(0) - 4}v8`}),
        ...surface.minima.map(([x, y]) => svgElement("circle", {class: "minimum", cx: scale.x(x), cy: scale.y(y), r: 5})));
    },
    show(lists, step) {
      paths.replaceChildren(...lists.flatMap(({name, path}) => {
        const shown = path.slice(0, step + 1).map(({w}) => w.map((value) => Math.max(-50, Math.min(50, value))));
        const points = shown.map(([x, y]) => `${scale.x(x).toFixed(1)} ${scale.y(y).toFixed(1)}`);
        const [x, y] = shown.at(-1);
        return [
          svgElement("path", {class: `path ${name}`, d: `M${points.join("L")}`}),
          svgElement("path", {class: `steps ${name}`, d: points.slice(-61).map((point) => `M${point}h0`).join("")}),
          svgElement("circle", {class: `here ${name}`, cx: scale.x(x), cy: scale.y(y), r: 5.5}),
        ];
      }));
    },
  };
}

// The losses, on a logarithmic axis.
function lossChart(lists, step, steps, width) {
  const height = 390, box = {left: 44, right: 10, top: 26, bottom: 34};
  const low = -8, high = 2;
  const x = (t) => box.left + t / steps * (width - box.left - box.right);
  const y = (loss) => {
    const part = (Math.log10(Math.max(loss, 10 ** low)) - low) / (high - low);
    return height - box.bottom - Math.min(part, 1) * (height - box.top - box.bottom);
  };
  const svg = svgElement("svg", {viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Loss after each step"});
  for (let power = low; power <= high; power += 2) {
    const label = power === 0 ? "1" : power === 2 ? "100" : power === -2 ? "0.01" : `1e${power}`.replace("-", "−");
    svg.append(svgElement("path", {class: "grid", d: `M${box.left} ${y(10 ** power)}H${width - box.right}`}),
               svgElement("text", {x: box.left - 6, y: y(10 ** power) + 4, "text-anchor": "end"}, label));
  }
  for (let t = 0; t <= steps; t += 50) {
    svg.append(svgElement("text", {x: x(t), y: height - box.bottom + 17, "text-anchor": t === steps ? "end" : "middle"}, String(t)));
  }
  svg.append(svgElement("text", {x: (box.left + width) / 2, y: height - 3, "text-anchor": "middle"}, "step"),
             svgElement("text", {x: 4, y: 12}, "loss"),
             svgElement("path", {class: "cursor", d: `M${x(step)} ${box.top}V${height - box.bottom}`}));
  for (const {name, path} of lists) {
    const d = path.map(({loss}, t) => `${t ? "L" : "M"}${x(t).toFixed(1)} ${y(loss).toFixed(1)}`);
    svg.append(svgElement("path", {class: `path ahead ${name}`, d: d.join("")}),
               svgElement("path", {class: `path ${name}`, d: d.slice(0, step + 1).join("")}));
    const here = path[Math.min(step, path.length - 1)];
    svg.append(svgElement("circle", {class: `here ${name}`, cx: x(Math.min(step, path.length - 1)), cy: y(here.loss), r: 4}));
  }
  return svg;
}
