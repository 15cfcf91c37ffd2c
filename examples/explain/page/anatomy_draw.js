"use strict";
// The pictures of the anatomy: rows of bars, one bar a sample, and the Jacobian.

const BARS = {rowHeight: 88, title: 20, left: 8, right: 8};

// Draws into `holder`; `before` is an earlier state shown hollow, or null.
function drawBars(holder, state, anatomy, before, choose) {
  const width = Math.max(280, Math.min(holder.clientWidth || 560, 680)), {m} = anatomy;
  const slot = (width - BARS.left - BARS.right) / m;
  const termScale = niceScale(scaleOf([...state.g, ...anatomy.minusMean, ...anatomy.minusAlong]));
  const rows = [
    {title: "x, about its mean μ", values: state.x.map((xi) => xi - anatomy.mu), kind: "input",
     old: before && before.x.map((xi) => xi - before.anatomy.mu)},
    {title: "g, what arrives", values: state.g, scale: termScale, old: before && before.g, kind: "term"},
    {title: "− the mean of g", values: anatomy.minusMean, scale: termScale, old: before?.anatomy.minusMean, kind: "term"},
    {title: "− x̂ · the mean of g x̂", values: anatomy.minusAlong, scale: termScale, old: before?.anatomy.minusAlong, kind: "term"},
    {title: `the sum of the three, × γ s = ${fmt(state.gamma * anatomy.s)}: dx`, values: anatomy.dx,
     old: before?.anatomy.dx, kind: "result"},
  ];
  const height = rows.length * (BARS.rowHeight + BARS.title) + 18;
  const svg = svgElement("svg", {class: "bars", width, height, viewBox: `0 0 ${width} ${height}`, role: "img",
                                 "aria-label": "x, the three terms and dx, as bars for each sample"});
  svg.append(svgElement("rect", {class: "chosen-column", x: BARS.left + state.chosen * slot, y: 0, width: slot, height, rx: 6}));
  rows.forEach((row, r) => svg.append(...barRow(row, r * (BARS.rowHeight + BARS.title), width, slot, state.chosen)));
  for (let i = 0; i < m; ++i) {
    const x = BARS.left + i * slot;
    svg.append(svgElement("text", {class: "sample", x: x + slot / 2, y: height - 4, "text-anchor": "middle"}, i + 1));
    svg.append(svgElement("rect", {class: "touch", "data-sample": i, x, y: 0, width: slot, height,
                                   onclick: () => choose(i)}));
  }
  holder.replaceChildren(svg);
}

function barRow(row, top, width, slot, chosen) {
  const scale = row.scale ?? niceScale(scaleOf([...row.values, ...(row.old ?? [])]));
  const zero = top + BARS.title + BARS.rowHeight / 2, unit = (BARS.rowHeight / 2 - 6) / scale;
  const barWidth = Math.min(slot * 0.6, 42);
  const barAt = (value, i, name) => {
    const length = Math.max(-BARS.rowHeight / 2, Math.min(value * unit, BARS.rowHeight / 2));
    return svgElement("rect", {class: name, x: BARS.left + (i + .5) * slot - barWidth / 2, width: barWidth, rx: 1.5,
                               y: Math.min(zero, zero - length), height: Math.max(Math.abs(length), 1)});
  };
  return [
    svgElement("text", {class: "row-title", x: BARS.left, y: top + 15}, row.title),
    svgElement("text", {class: "row-scale", x: width - BARS.right, y: top + 15, "text-anchor": "end"}, `±${fmt(scale)}`),
    ...row.values.map((value, i) => barAt(value, i, `bar ${row.kind}${i === chosen ? " chosen" : ""}`)),
    ...(row.old && row.old.length === row.values.length ? row.old.map((value, i) => barAt(value, i, "ghost")) : []),
    svgElement("line", {class: "zero", x1: BARS.left, x2: width - BARS.right, y1: zero, y2: zero}),
  ];
}

function drawJacobian(holder, readout, state, anatomy) {
  const {m, jacobian} = anatomy, room = Math.max(220, Math.min(holder.clientWidth || 300, 340));
  const cell = Math.floor(Math.min(36, (room - 22) / m)), side = cell * m, offset = 20;
  const scale = scaleOf(jacobian.flat());
  const svg = svgElement("svg", {class: "jacobian", width: side + offset + 2, height: side + offset + 2, role: "img",
                                 viewBox: `0 0 ${side + offset + 2} ${side + offset + 2}`,
                                 "aria-label": `The Jacobian of ${m} outputs and ${m} inputs as a heat map`});
  const name = `row: y, column: x; ${fmt(-scale)} to ${fmt(scale)}`;
  jacobian.forEach((row, i) => {
    svg.append(svgElement("text", {class: "sample", x: offset - 6, y: offset + (i + .5) * cell + 4, "text-anchor": "end"}, i + 1),
               svgElement("text", {class: "sample", x: offset + (i + .5) * cell, y: offset - 7, "text-anchor": "middle"}, i + 1));
    row.forEach((value, k) => {
      const text = `∂y${subscript(i + 1)}/∂x${subscript(k + 1)} = ${fmt(value)}`;
      svg.append(svgElement("rect", {
        x: offset + k * cell, y: offset + i * cell, width: cell - 1, height: cell - 1, rx: 2,
        style: `fill: ${heatColor(value, scale)}`, onpointerenter: () => { readout.textContent = text; },
        onpointerleave: () => { readout.textContent = name; },
      }, svgElement("title", {}, text)));
    });
  });
  svg.append(svgElement("rect", {class: "column-mark", x: offset + state.chosen * cell - 1, y: offset - 1, width: cell + 1, height: side + 1, rx: 3}));
  holder.replaceChildren(svg);
  readout.textContent = name;
}
