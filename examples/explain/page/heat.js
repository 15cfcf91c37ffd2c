"use strict";
// A tensor to look at: a number, a table of numbers, or for a large one a heat map with a line that tells what one
// points at. Purple is negative, green positive, the strength is the size.

// What rows and columns stand for, in the tensor's `labels`, stands beside a table and above it.
//
// `choose(place)` is called when an element is clicked, or picked with the arrow keys; `chosen` is marked, and so are the
// places in `used`, from which that element is made.
function tensorView(tensor, {label, kind = "value", chosen = null, choose = null, used = null}) {
  if (!tensor) return element("span", {class: "muted"}, "not kept");
  if (tensor.shape.length === 0 && !tensor.blocks) {
    return element("span", {class: `scalar ${kind} number`}, fmt(numbersOf(tensor)[0]));
  }
  const matrix = asMatrix(tensor);
  if (matrix.values.length === 0) return element("span", {class: "muted"}, "empty");
  const small = !matrix.reduced && matrix.columns <= 8 && matrix.values.length <= 64;
  const view = element("div", {
    class: `tensor ${kind}`, role: "group", tabindex: choose ? "0" : null,
    "aria-label": `${label}, ${shapeText(tensor.shape)}${choose ? "; arrow keys choose an element" : ""}`,
  });
  view.append(...(small ? [numberTable(matrix, tensor.labels, chosen, choose, used)] : heatMap(tensor, matrix, chosen, choose)));
  if (choose) view.addEventListener("keydown", (event) => moveChoice(event, matrix, chosen ?? 0, choose));
  return view;
}

function moveChoice(event, matrix, chosen, choose) {
  const steps = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -matrix.columns, ArrowDown: matrix.columns};
  const target = chosen + (steps[event.key] ?? NaN);
  if (!(event.key in steps)) return;
  event.stopPropagation();  // here the arrows move in the tensor, not along the tape
  event.preventDefault();
  if (target >= 0 && target < matrix.values.length) choose(target);
}

function numberTable(matrix, labels, chosen, choose, used) {
  const scale = scaleOf(matrix.values), label = (scope, text) => element("th", {scope}, text);
  const head = labels?.columns && element("thead", {}, element("tr", {}, labels.rows && element("td"), labels.columns.map((text) => label("col", text))));
  const rows = Array.from({length: matrix.rows}, (_, r) => element("tr", {}, labels?.rows && label("row", labels.rows[r]), Array.from({length: matrix.columns}, (_, c) => {
    const place = r * matrix.columns + c, x = matrix.values[place];
    return element("td", {
      class: `number${place === chosen ? " chosen" : ""}${used?.includes(place) ? " used" : ""}`, style: `background: ${heatColor(x, scale)}`,
      onclick: choose ? () => choose(place) : () => {},
    }, fmt(x));
  })));
  return element("table", {class: choose ? "choosable" : null}, head, element("tbody", {}, rows));
}

function heatMap(tensor, matrix, chosen, choose) {
  const scale = scaleOf(matrix.values), {rows, columns} = matrix;
  const cell = Math.max(2, Math.min(16, Math.floor(340 / columns), Math.floor(260 / rows)));
  const map = svgElement("svg", {
    class: "heat", viewBox: `0 0 ${columns * cell} ${rows * cell}`, width: columns * cell, height: rows * cell,
  });
  matrix.values.forEach((x, place) => map.append(svgElement("rect", {
    x: (place % columns) * cell, y: Math.floor(place / columns) * cell, width: cell, height: cell,
    style: `fill: ${heatColor(x, scale)}`, class: place === chosen && !matrix.reduced ? "chosen" : null,
  })));
  const readout = element("p", {class: "readout small muted number"}, summary(tensor, matrix));
  const placeUnder = (event) => {
    const box = map.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left) / box.width * columns);
    const row = Math.floor((event.clientY - box.top) / box.height * rows);
    return row >= 0 && row < rows && column >= 0 && column < columns ? row * columns + column : null;
  };
  map.addEventListener("pointermove", (event) => {
    const place = placeUnder(event);
    if (place === null) return;
    const where = matrix.reduced ? `block [${Math.floor(place / columns)}, ${place % columns}], mean`
                                 : indexText(place, tensor.shape);
    readout.textContent = `${where}  ${fmt(matrix.values[place])}`;
  });
  map.addEventListener("pointerleave", () => { readout.textContent = summary(tensor, matrix); });
  if (choose && !matrix.reduced) {
    map.addEventListener("click", (event) => { if (placeUnder(event) !== null) choose(placeUnder(event)); });
  }
  return [map, readout];
}

function summary(tensor, matrix) {
  const finite = matrix.values.filter(Number.isFinite);
  const [low, high] = tensor.min !== undefined ? [Number(tensor.min), Number(tensor.max)]
                                               : [Math.min(...finite), Math.max(...finite)];
  const mean = tensor.mean !== undefined ? Number(tensor.mean) : sum(finite) / finite.length;
  const how = matrix.reduced ? `means of ${matrix.rows} × ${matrix.columns} blocks; ` : "";
  return `${how}${fmt(low)} to ${fmt(high)}, mean ${fmt(mean)}`;
}

// A few coloured cells for a node of the graph, at most `width` by `height` in its coordinates.
function thumbnail(tensor, x, y, width, height) {
  const matrix = asMatrix(tensor), scale = scaleOf(matrix.values);
  const rows = Math.min(matrix.rows, 8), columns = Math.min(matrix.columns, 14);
  const cellWidth = Math.min(width / columns, 13), cellHeight = Math.min(height / rows, 9);
  const group = svgElement("g", {class: "thumbnail"});
  for (let r = 0; r < rows; ++r) {
    for (let c = 0; c < columns; ++c) {
      // Of a larger tensor every so many rows and columns: an impression, the panel has it whole.
      const from = Math.floor(r * matrix.rows / rows) * matrix.columns + Math.floor(c * matrix.columns / columns);
      group.append(svgElement("rect", {
        x: x + c * cellWidth, y: y + (height - rows * cellHeight) / 2 + r * cellHeight,
        width: cellWidth, height: cellHeight,
        style: `fill: ${heatColor(matrix.values[from], scale)}`,
      }));
    }
  }
  return group;
}
