"use strict";
// The curve: error against step size, both axes logarithmic. Drawn for the width there is.

const LEAST = 1e-17;  // an error of 0 has no place on a logarithmic axis

function powerOfTen(exponent) {
  const raised = [...String(exponent)].map((c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]).join("");
  return exponent === 0 ? "1" : `10${raised}`;
}

// Where things lie, in pixels, on a chart of this width.
function chartScale(run, width) {
  const box = {left: 46, top: 10, right: 14, bottom: 44};
  const height = Math.max(300, Math.min(460, width * 0.6));
  const least = Math.min(...run.precisions.flatMap((p) => p.error));
  const low = Math.min(Math.floor(Math.log10(Math.max(least, LEAST))) - 1, -12), high = 1;
  const first = Math.log10(run.steps.at(-1)), last = Math.log10(run.steps[0]);
  const inner = {width: width - box.left - box.right, height: height - box.top - box.bottom};
  const x = (h) => box.left + (Math.log10(h) - first) / (last - first) * inner.width;
  const y = (error) => box.top + (high - Math.log10(Math.max(error, LEAST))) / (high - low) * inner.height;
  const stepAt = (pixel) => 10 ** (first + (pixel - box.left) / inner.width * (last - first));
  return {width, height, box, inner, low, high, first, last, x, y, stepAt};
}

function axes(scale) {
  const {box, inner, width, height} = scale;
  const parts = [];
  const every = inner.width < 420 ? 3 : inner.width < 620 ? 2 : 1;
  for (let e = Math.round(scale.last); e >= scale.first - 1e-9; e -= every) {
    const x = scale.x(10 ** e);
    parts.push(svgElement("path", {class: "grid", d: `M${x} ${box.top}v${inner.height}`}),
               svgElement("text", {x, y: height - box.bottom + 18, "text-anchor": "middle"}, powerOfTen(e)));
  }
  for (let e = scale.high - 1; e >= scale.low; e -= 2) {
    const y = scale.y(10 ** e);
    parts.push(svgElement("path", {class: "grid", d: `M${box.left} ${y}h${inner.width}`}),
               svgElement("text", {x: box.left - 7, y: y + 4, "text-anchor": "end"}, powerOfTen(e)));
  }
  parts.push(svgElement("rect", {class: "frame", x: box.left, y: box.top, width: inner.width, height: inner.height}),
             svgElement("text", {x: box.left + inner.width / 2, y: height - 6, "text-anchor": "middle"},
                        width < 500 ? "step h" : "step h: smaller to the left"));
  return parts;
}

function path(scale, steps, errors) {
  return steps.map((h, i) => `${i ? "L" : "M"}${scale.x(h).toFixed(1)} ${scale.y(errors[i]).toFixed(1)}`).join("");
}

// A straight line through a branch, from the best step outwards, as far as it stays inside of the frame.
function guide(scale, law, from, to) {
  const inside = (h) => law.factor * h ** law.exponent <= 10 ** scale.high;
  const limit = (10 ** scale.high / law.factor) ** (1 / law.exponent);
  const end = inside(to) ? to : limit;
  return path(scale, [from, end], [from, end].map((h) => law.factor * h ** law.exponent));
}

// The exponent of a power law is its slope where both axes are logarithmic. Written beside the middle of a branch.
function slopeLabel(scale, law, from, to) {
  const middle = Math.sqrt(from * to), rising = law.exponent > 0;
  const right = scale.width - scale.box.right - 78;  // as far as there is room for it
  const below = rising && scale.width < 500;  // on a phone there is no room above
  const x = below ? scale.x(middle) + 8 : rising ? scale.x(middle) - 10 : Math.min(scale.x(middle) + 10, right);
  const y = scale.y(law.factor * middle ** law.exponent) + (below ? 14 : -10);
  return svgElement("text", {class: "on-curve", x, y, "text-anchor": rising && !below ? "end" : "start"},
                    `slope ${law.exponent.toFixed(2)}`.replace("-", "−"));
}

function drawChart(run, index, width) {
  const scale = chartScale(run, width);
  const svg = svgElement("svg", {viewBox: `0 0 ${width} ${scale.height}`, height: scale.height, role: "img",
                                 "aria-label": "Error of the central difference against the step size"});
  svg.append(...axes(scale));
  const smallest = run.steps.at(-1), largest = run.steps[0];
  if (run.kinkDistance > 0) {
    const x = scale.x(run.kinkDistance);
    svg.append(svgElement("path", {class: "guide kink", d: `M${x} ${scale.box.top}v${scale.inner.height}`}),
               svgElement("path", {class: "curve kink", d: path(scale, run.steps, run.precisions[1].kinkError)}));
  }
  const labels = [];
  for (const p of run.precisions) {
    const best = run.steps[p.best];
    svg.append(svgElement("path", {class: `curve ${p.name}`, d: path(scale, run.steps, p.error)}));
    if (run.wrong) continue;
    for (const [law, to] of [[p.rounding, smallest], [p.truncation, largest]]) {
      if (law) svg.append(svgElement("path", {class: `guide ${p.name}`, d: guide(scale, law, best, to)}));
    }
    if (p.rounding) {
      const end = (0.2 / p.rounding.factor) ** (1 / p.rounding.exponent);  // where it is no longer a straight line
      labels.push(slopeLabel(scale, p.rounding, best, Math.max(smallest, end)));
    }
    if (p.truncation && p.name === "double") labels.push(slopeLabel(scale, p.truncation, best, largest));
    const at = {cx: scale.x(best), cy: scale.y(p.error[p.best])};
    svg.append(svgElement("circle", {class: `best ${p.name}`, ...at, r: 6.5}));
  }
  const x = scale.x(run.steps[index]);
  svg.append(...labels, svgElement("path", {class: "cursor", d: `M${x} ${scale.box.top}v${scale.inner.height}`}));
  for (const p of run.precisions) {
    svg.append(svgElement("circle", {class: `dot ${p.name}`, cx: x, cy: scale.y(p.error[index]), r: 4.5}));
  }
  return {svg, scale};
}
