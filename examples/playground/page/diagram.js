"use strict";
// The network as columns of units: squares that show what each gives, lines for the weights between them.

// The columns of a network: {name, output, linear}; `output` is the layer whose result the units are, -1 for the data,
// and `linear` the layer that leads to them.
function columnsOf(network) {
  const columns = [{name: "data", units: 2, output: -1, linear: null}];
  network.layers.forEach(({kind, parameters}, i) => {
    if (kind !== "linear") return;
    const next = network.layers.findIndex((layer, k) => k > i && layer.kind === "linear");
    const last = next < 0, number = columns.length;
    columns.push({name: last ? "logits" : `layer ${number}`, units: parameters[0].value.shape[0], output: (last ? network.layers.length : next) - 1, linear: i});
  });
  return columns;
}

function unitName(columns, {column, unit}) {
  if (column === 0) return `x${subscript(unit + 1)}`;
  return column === columns.length - 1 ? `logit ${"AB"[unit]}` : `unit ${unit + 1} of layer ${column}`;
}

// What a unit gives on the plane, cell by cell.
function surfaceOf(sense, columns, {column, unit}) {
  const {output, units} = columns[column], numbers = (output < 0 ? sense.inputs : sense.layers[output]).numbers;
  return Float64Array.from({length: numbers.length / units}, (_, i) => numbers[i * units + unit]);
}

// Of the last step, in the batch: how far what the units of a column gave varied, and how large the gradient was that
// came back to them, as roots of mean squares.
function sizesOf({units, output}, {tape, outputs}) {
  const {value, grad} = tape.nodes[outputs[output]], mean = (numbers) => numbers.reduce((sum, v) => sum + v, 0) / numbers.length;
  const middle = Array.from({length: units}, (_, unit) => mean(value.numbers.filter((_, i) => i % units === unit)));
  return {spread: Math.sqrt(mean(value.numbers.map((v, i) => (v - middle[i % units]) ** 2))), gradient: Math.sqrt(mean(grad.numbers.map((v) => v * v)))};
}

// Draws the columns into `holder`. `choose` is called with {column, unit}, of a line also with `from`. -> what shows
// numbers in it.
function drawDiagram(holder, network, choose) {
  const columns = columnsOf(network), width = Math.max(260, holder.clientWidth), most = Math.max(...columns.map((c) => c.units));
  const gap = width / columns.length, size = Math.max(20, Math.min(44, gap * 0.62)), row = size + 8, top = 58, height = top + most * row;
  const middle = (column, unit) => [gap * (column + 0.5), top + row * (unit + 0.5) + (most - columns[column].units) * row / 2];
  const svg = svgElement("svg", {width, height, viewBox: `0 0 ${width} ${height}`});
  const lines = [], squares = [];
  columns.forEach(({units, linear}, column) => {
    for (let unit = 0; unit < units; ++unit) {
      const [x, y] = middle(column, unit), canvas = element("canvas");
      for (let from = 0; linear !== null && from < columns[column - 1].units; ++from) {
        const [x0, y0] = middle(column - 1, from), [a, b] = [x0 + size / 2, x - size / 2], bend = (b - a) / 2;
        const d = `M${a} ${y0}C${a + bend} ${y0} ${b - bend} ${y} ${b} ${y}`;
        const line = svgElement("path", {class: "weight", d});
        lines.push({line, column, unit, from});
        svg.append(line, svgElement("path", {class: "hit", d, onclick: () => choose({column, unit, from})},
                                    svgElement("title", {}, `from ${unitName(columns, {column: column - 1, unit: from})} to ${unitName(columns, {column, unit})}`)));
      }
      const button = element("button", {"aria-label": unitName(columns, {column, unit}), title: unitName(columns, {column, unit}),
                                        style: `left: ${x - size / 2}px; top: ${y - size / 2}px; width: ${size}px; height: ${size}px`,
                                        onclick: () => choose({column, unit})}, canvas);
      squares.push({button, canvas, column, unit});
    }
  });
  // One stop for the tabulator; from there the arrow keys.
  holder.onkeydown = (event) => {
    const move = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key];
    const at = squares.find(({button}) => button === document.activeElement);
    if (!move || !at) return;
    event.preventDefault();
    const column = Math.max(0, Math.min(at.column + move[0], columns.length - 1));
    const unit = Math.max(0, Math.min(at.unit + move[1], columns[column].units - 1));
    choose({column, unit});
    squares.find((square) => square.column === column && square.unit === unit).button.focus();
  };
  const sizes = columns.map((_, column) => (column ? {spread: element("span", {class: "value"}), gradient: element("span", {class: "gradient"})} : null));
  holder.style.height = `${height}px`;
  holder.replaceChildren(svg, ...squares.map(({button}) => button),
                         ...columns.map(({name}, i) => element("span", {class: "column", style: `left: ${gap * (i + 0.5)}px; top: 0`}, name, sizes[i] ? [sizes[i].spread, sizes[i].gradient] : [])));
  return {
    columns,
    update(sense, colors, chosen, training) {
      for (const {button, canvas, column, unit} of squares) {
        const surface = surfaceOf(sense, columns, {column, unit});
        paintCells(canvas, surface, scaleOf(surface) || 1, colors);
        const isChosen = chosen.column === column && chosen.unit === unit;
        button.setAttribute("aria-pressed", isChosen);
        button.tabIndex = isChosen ? 0 : -1;
      }
      for (let column = 1; column < columns.length; ++column) {
        const {spread, gradient} = training.tape ? sizesOf(columns[column], training) : {}, short = (v) => fmt(Number(v.toPrecision(2)));
        sizes[column].spread.textContent = training.tape ? `±${short(spread)}` : "";
        sizes[column].gradient.textContent = training.tape ? `∂${short(gradient)}` : "";
      }
      for (const {line, column, unit, from} of lines) {
        const {numbers, shape: [, inputs]} = network.layers[columns[column].linear].parameters[0].value;
        const w = numbers[unit * inputs + from], share = Math.abs(w) / (scaleOf(numbers) || 1);
        line.setAttribute("stroke", `var(--${w < 0 ? "negative" : "positive"})`);
        line.setAttribute("stroke-width", (0.4 + 4.6 * (Number.isFinite(share) ? share : 1)).toFixed(2));
        line.classList.toggle("chosen", chosen.column === column && chosen.unit === unit && chosen.from === from);
      }
    },
  };
}
