"use strict";
// The hidden layers: what comes out of each activation as a grid of units, and what one unit of the first looks for.

// Returns show(values, colors).
function makeLayers(holder, network, {rows, columns}) {
  const shown = network.layers.map((layer, i) => ({kind: layer.kind, place: i + 1}))
                              .filter(({kind}) => ["ReLU", "Sigmoid", "Tanh"].includes(kind));
  let values = null, colors = null;
  const figures = shown.map(({kind, place}, i) => {
    const caption = element("figcaption", {class: "small"}), canvas = element("canvas", {class: "draw-units"});
    const figure = {kind, place, name: `Layer ${i + 1}`, canvas, caption, unit: null};
    const looks = i === 0 && network.layers[0].kind === "Linear" ? makeLooks(network, rows, columns) : null;
    const pick = (unit) => {
      figure.unit = unit;
      showFigure(figure, values[place], colors);
      if (looks) looks.show(unit ?? indexOfLargest(values[place]), values[place], colors);
    };
    listenToUnits(canvas, () => values[place].length, () => figure.unit ?? 0, pick);
    holder.append(...[element("figure", {}, caption, canvas), looks?.view].filter(Boolean));
    return {...figure, pick};
  });
  if (figures.length === 0) {
    holder.append(element("p", {class: "small muted"}, "There are none: each class is a weighted sum of the pixels."));
  }
  return (newValues, newColors) => {
    [values, colors] = [newValues, newColors];
    for (const {pick} of figures) pick(null);
  };
}

function columnsOf(count) {
  return Math.max(Math.min(count, 32), Math.ceil(Math.sqrt(2 * count)));
}

function showFigure({kind, name, canvas, caption, unit}, units, {surface, value, negative}) {
  const columns = columnsOf(units.length);
  paintSigned(canvas, units, columns, Math.ceil(units.length / columns), surface, negative, value, Math.sqrt);
  canvas.style.width = `${columns <= 32 ? columns * 10 : 320}px`;
  const active = units.reduce((count, x) => count + (x > 0), 0);
  const says = kind === "ReLU" ? `${active} of ${units.length} active` : `${units.length} units`;
  caption.textContent = unit === null ? `${name} (${kind}): ${says}, up to ${fmt(largestSize(units))}`
                                      : `${name}, unit ${unit}: ${fmt(units[unit])}`;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${caption.textContent}; arrow keys choose a unit`);
}

// Calls pick(unit) for the unit under the pointer or chosen by arrow keys, and pick(null) when it is left.
function listenToUnits(canvas, count, current, pick) {
  canvas.tabIndex = 0;
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect(), place = (at, size, all) => Math.floor(at / size * all);
    const column = place(event.clientX - box.left, box.width, canvas.width);
    const unit = place(event.clientY - box.top, box.height, canvas.height) * canvas.width + column;
    if (column >= 0 && column < canvas.width && unit >= 0 && unit < count()) pick(unit);
  });
  canvas.addEventListener("keydown", (event) => {
    const step = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -canvas.width, ArrowDown: canvas.width}[event.key];
    if (step === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const unit = current() + step;
    if (unit >= 0 && unit < count()) pick(unit);
  });
  for (const end of ["pointerleave", "blur"]) canvas.addEventListener(end, () => pick(null));
}

// The weights of a unit of the first layer lie like the pixels that they belong to.
function makeLooks(network, rows, columns) {
  const canvas = element("canvas", {role: "img"}), caption = element("figcaption", {class: "small"});
  const {weight} = network.layers[0], norm = network.layers[1]?.kind === "BatchNorm1d" ? network.layers[1] : null;
  return {
    view: element("figure", {class: "draw-looks"}, canvas, caption),
    show(unit, units, colors) {
      const sign = norm ? Math.sign(norm.scale[unit]) : 1;  // batch normalization may turn the sum around
      const weights = Float32Array.from({length: rows * columns}, (_, i) => sign * weight[unit * rows * columns + i]);
      paintSigned(canvas, weights, columns, rows, colors.surface, colors.negative, colors.positive);
      canvas.setAttribute("aria-label", `The weights of unit ${unit}, pixel by pixel`);
      const rank = units[unit] === largestSize(units) ? ", the most active" : "";
      caption.textContent = `Weights of unit ${unit}${rank}: ink in green places excites it, in purple ones silences it. ` +
                            "Point at another.";
    },
  };
}
