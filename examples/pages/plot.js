"use strict";
// A frame to draw in, for what pages plot.

// Round numbers from low to high, about `count` of them.
function roundTicks(low, high, count) {
  const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((s) => s * power >= rough * 0.999);
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; ++i) ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

// Draws axes of these ranges into `holder`, as wide as it is. -> {svg, inside, x, y}: x and y take numbers to pixels,
// xAt and yAt back; what is appended to `inside` is cut off at the frame.
function plotFrame(holder, {label, x: [x0, x1], y: [y0, y1], xName, yName, height, ticks = 5}) {
  const width = Math.max(240, holder.clientWidth), box = {left: 46, right: width - 18, top: 24, bottom: height - 40};
  const x = (v) => box.left + (v - x0) / (x1 - x0) * (box.right - box.left);
  const y = (v) => box.bottom - (v - y0) / (y1 - y0) * (box.bottom - box.top);
  const [wide, high] = [box.right - box.left, box.bottom - box.top];
  const inside = svgElement("svg", {x: box.left, y: box.top, width: wide, height: high, viewBox: `${box.left} ${box.top} ${wide} ${high}`});
  const svg = svgElement("svg", {class: "plot", role: "img", "aria-label": label, width, height, viewBox: `0 0 ${width} ${height}`},
    roundTicks(x0, x1, ticks).flatMap((v) => [
      svgElement("path", {class: "grid", d: `M${x(v)} ${box.top}V${box.bottom}`}),
      svgElement("text", {x: x(v), y: box.bottom + 16, "text-anchor": "middle"}, fmt(v))]),
    roundTicks(y0, y1, ticks).flatMap((v) => [
      svgElement("path", {class: "grid", d: `M${box.left} ${y(v)}H${box.right}`}),
      svgElement("text", {x: box.left - 6, y: y(v) + 4, "text-anchor": "end"}, fmt(v))]),
    inside,
    svgElement("rect", {class: "frame", x: box.left, y: box.top, width: wide, height: high}),
    svgElement("text", {class: "axis", x: box.right, y: height - 6, "text-anchor": "end"}, xName),
    svgElement("text", {class: "axis", x: 4, y: 14}, yName));
  holder.replaceChildren(svg);
  return {svg, inside, x, y, xAt: (p) => x0 + (p - box.left) / wide * (x1 - x0), yAt: (p) => y0 + (box.bottom - p) / high * (y1 - y0)};
}

function plotLine({x, y}, points, className) {
  return svgElement("path", {class: className, d: points.map(([a, b], i) => `${i ? "L" : "M"}${x(a).toFixed(2)} ${y(b).toFixed(2)}`).join("")});
}

function plotDot({x, y}, [a, b], className, r = 5) {
  return svgElement("circle", {class: className, cx: x(a), cy: y(b), r});
}

// Draws now, and anew when the holder's width changes.
function drawAtWidth(holder, draw) {
  let width = holder.clientWidth;
  new ResizeObserver(() => {
    if (holder.clientWidth !== width) draw();
    width = holder.clientWidth;
  }).observe(holder);
  draw();
}

// The loss of each step so far, beside whatever learns; `other` is a second curve, of [step, loss].
function plotLosses(holder, losses, {least = 10, height = 220, other = []} = {}) {
  const finite = [...losses, ...other.map(([, loss]) => loss)].filter(Number.isFinite), top = Math.max(...finite, 1e-9) * 1.08;
  const frame = plotFrame(holder, {label: "The loss after each step", x: [0, Math.max(least, losses.length - 1)], y: [0, top],
                                   xName: "step", yName: "loss", height, ticks: 4});
  const every = Math.ceil(losses.length / 600), points = losses.map((loss, i) => [i, Math.min(loss, 1e9)]);
  const shown = points.filter(([i, loss]) => Number.isFinite(loss) && (i % every === 0 || i === losses.length - 1));
  frame.inside.append(plotLine(frame, shown, "curve"));
  if (other.length) frame.inside.append(plotLine(frame, other.filter(([, loss]) => Number.isFinite(loss)), "curve other"));
  if (Number.isFinite(losses.at(-1))) frame.svg.append(plotDot(frame, [losses.length - 1, losses.at(-1)], "now", 4.5));
}
