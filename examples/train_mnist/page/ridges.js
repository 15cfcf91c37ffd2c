"use strict";
// Histograms over epochs, one behind the other, the first epoch at the top.

const MOST_RIDGES = 21, RIDGE_STEP = 9, RIDGE_HEIGHT = 30;

// Evenly spaced, with the first and the last.
function someOf(list, most) {
  if (list.length <= most) return list;
  return Array.from({length: most}, (_, i) => list[Math.round(i * (list.length - 1) / (most - 1))]);
}

// spec: {title, color, unit, items: [{epoch, histogram}], powers: [low, high] (of ten, where the histograms are of these)}
function ridgeChart(spec) {
  const svg = svgElement("svg", {class: "chart ridge", role: "img"});
  const readout = element("p", {class: "readout small number"});
  const items = someOf(spec.items, MOST_RIDGES);
  svg.setAttribute("aria-label", `${spec.title}: a histogram for each of ${items.length} epochs`);
  drawn.push(() => drawRidges(svg, spec, items));
  marked.push((epoch) => {
    const item = spec.items.find((i) => i.epoch === epoch);
    for (const ridge of svg.querySelectorAll("[data-epoch]")) {
      ridge.classList.toggle("chosen", Number(ridge.dataset.epoch) === epoch);
    }
    readout.textContent = item ? ridgeText(item) : `${epochName(epoch)}: not measured`;
  });
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const row = Math.round(((event.clientY - box.top) / box.height * Number(svg.dataset.height) - 4 - RIDGE_HEIGHT) / RIDGE_STEP);
    chooseEpoch(items[Math.min(Math.max(row, 0), items.length - 1)].epoch);
  });
  return element("figure", {class: "figure"}, element("h4", {}, spec.title), svg, readout);
}

function ridgeText({epoch, histogram: h}) {
  const zeros = h.zeros >= 0.0005 ? `, ${percentText(h.zeros, 1)} exactly 0` : "";
  return `${epochName(epoch)}: mean ${fmt(h.mean)} ± ${fmt(h.deviation)}${zeros}`;
}

// Nearly all numbers of most of the epochs fit; what is wider is cut off at the sides.
function ridgeRange(items) {
  const shown = items.filter((item) => item.histogram.counts.length);
  if (!shown.length) return [-1, 1];
  const at = (values, share) => values.sort((a, b) => a - b)[Math.round(share * (values.length - 1))];
  const low = at(shown.map((item) => quantile(item.histogram, 0.01)), 0.15), high = at(shown.map((item) => quantile(item.histogram, 0.99)), 0.85);
  const margin = (high - low) * 0.05 || Math.abs(high) * 0.1 || 1;
  return [low - margin, high + margin];
}

// Above what value there is this share of the numbers.
function quantile(h, share) {
  const all = h.counts.reduce((a, b) => a + b, 0);
  let below = 0;
  const bin = h.counts.findIndex((count) => (below += count) >= share * all);
  return h.low + (bin + (share < 0.5 ? 0 : 1)) / h.counts.length * (h.high - h.low);
}

// As few characters as the place below an axis wants.
function tickText(value) {
  const size = Math.abs(value);
  return size && (size < 0.01 || size >= 1e5) ? value.toExponential().replace(/(\.\d\d?)\d*e/, "$1e").replaceAll("-", "−") : fmt(Number(value.toPrecision(3)));
}

function ridgePath(h, x, base) {
  const most = Math.max(...h.counts), wide = (h.high - h.low) / h.counts.length;
  if (!(wide > 0)) {  // all numbers are the same
    const at = x.to(h.low).toFixed(1);
    return `M${at} ${base}L${at} ${base - RIDGE_HEIGHT}L${at} ${base}`;
  }
  const points = h.counts.map((count, i) =>
    `L${x.to(h.low + (i + 0.5) * wide).toFixed(1)} ${(base - count / most * RIDGE_HEIGHT).toFixed(1)}`);
  return `M${x.to(h.low).toFixed(1)} ${base}${points.join("")}L${x.to(h.high).toFixed(1)} ${base}`;
}

// The range of all layers' powers of ten, so that what moves from layer to layer is seen to.
function sharedPowers(layers) {
  const ranges = layers.filter((items) => items.some((item) => item.histogram.counts.length)).map(ridgeRange);
  if (!ranges.length) return [-1, 1];
  return [Math.floor(Math.min(...ranges.map((range) => range[0]))), Math.ceil(Math.max(...ranges.map((range) => range[1])))];
}

function drawRidges(svg, spec, items) {
  const width = Math.max(150, svg.parentNode.clientWidth), left = 30, right = width - 8, top = 4;
  const bottom = top + RIDGE_HEIGHT + (items.length - 1) * RIDGE_STEP, height = bottom + 38;
  const x = axis([], [left, right], {range: spec.powers ?? ridgeRange(items), count: spec.powers ? 5 : width < 220 ? 2 : 3, whole: !!spec.powers});
  const named = spec.powers ? (value) => powerOfTen(10 ** value) : tickText;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.dataset.height = height;
  const every = Math.max(1, Math.ceil(items.length / 6));
  svg.replaceChildren(
    ...x.ticks.flatMap((value) => [
      svgElement("path", {class: "grid", d: `M${x.to(value).toFixed(1)} ${top}V${bottom}`}),
      svgElement("text", {x: Math.min(x.to(value), right - 16), y: bottom + 16, "text-anchor": "middle"}, named(value))]),
    svgElement("text", {x: (left + right) / 2, y: height - 5, "text-anchor": "middle"}, spec.unit));
  const group = clipTo(svg, left, 0, right, bottom + 2);
  items.forEach((item, i) => {
    const base = top + RIDGE_HEIGHT + i * RIDGE_STEP;
    if (item.histogram.counts.length) {
      group.append(svgElement("path", {class: "ridge-line", "data-epoch": item.epoch, style: `--ridge:var(--${spec.color})`,
                                       d: ridgePath(item.histogram, x, base)}));
    }
    if (i % every === 0 || i === items.length - 1) {
      if (i !== items.length - 1 && items.length - 1 - i < every) return;
      svg.append(svgElement("text", {x: left - 5, y: base + 3, "text-anchor": "end"}, String(item.epoch)));
    }
  });
  svg.append(group);
}
