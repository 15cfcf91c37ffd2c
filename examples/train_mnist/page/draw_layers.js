"use strict";
// The hidden layers: what comes out of each activation as a grid of units, and what one unit of the first looks for. Of
// a convolutional layer, a grid of feature maps, and all filters of the first.

// Returns show(values, colors).
function makeLayers(holder, network, {rows, columns}) {
  const shown = network.layers.map((layer, i) => ({...layer, place: i + 1, pool: network.layers[i + 1]?.window}))
                              .filter(({kind}) => ["ReLU", "Sigmoid", "Tanh"].includes(kind));
  let values = null, colors = null;
  const figures = shown.map(({kind, shape, place, pool}, i) => {
    const caption = element("figcaption", {class: "small"}), canvas = element("canvas", {class: "draw-units"});
    const figure = {kind, shape, place, pool, name: `Layer ${i + 1}`, canvas, caption, unit: null};
    const first = i === 0 ? {Linear: makeLooks, Conv2d: makeFilters}[network.layers[0].kind] : null;
    const looks = first?.(network, rows, columns);
    const pick = (unit) => {
      figure.unit = unit;
      (shape ? showMaps : showFigure)(figure, values[place], colors);
      if (looks) looks.show(unit ?? indexOfLargest(values[place]), values[place], colors, unit);
    };
    const count = () => shape ? shape[0] : values[place].length;
    listenToUnits(canvas, count, () => shape ? mapColumns(count()) : canvas.width, () => figure.unit ?? 0, pick);
    holder.append(...[element("figure", {class: shape ? "draw-maps" : ""}, caption, canvas), looks?.view].filter(Boolean));
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

function mapColumns(count) {
  return Math.min(count > 32 ? 16 : 8, count);
}

// The feature maps side by side, all on one scale; [count, rows, columns] as one picture would have them below each
// other. `side` is how many pixels each gets.
function paintMaps(canvas, numbers, [count, rows, columns], side, {surface, ink, negative}, above, chosen, strength) {
  const all = document.createElement("canvas"), across = mapColumns(count), gap = 4;
  paintSigned(all, numbers, columns, count * rows, surface, negative, above, strength);
  const cell = Math.max(1, Math.round(side / Math.max(rows, columns))), width = columns * cell, height = rows * cell;
  Object.assign(canvas, {width: across * (width + gap), height: Math.ceil(count / across) * (height + gap)});
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  for (let map = 0; map < count; ++map) {
    const x = map % across * (width + gap) + gap / 2, y = Math.floor(map / across) * (height + gap) + gap / 2;
    context.drawImage(all, 0, map * rows, columns, rows, x, y, width, height);
    context.strokeStyle = `rgba(${ink}, ${map === chosen ? 1 : 0.2})`;
    context.strokeRect(x - 0.5, y - 0.5, width + 1, height + 1);
  }
}

function showMaps({kind, shape, pool, name, canvas, caption, unit}, values, colors) {
  const [count, rows, columns] = shape, size = rows * columns;
  const largest = Array.from({length: count}, (_, map) => largestSize(values.subarray(map * size, (map + 1) * size)));
  paintMaps(canvas, values, shape, count > 32 ? 26 : 56, colors, colors.value, unit, Math.sqrt);
  const active = largest.filter((x) => x > 0).length, says = kind === "ReLU" ? `, ${active} active` : "";
  const then = pool ? `; the largest of each ${pool} × ${pool} goes on` : "";
  caption.textContent = unit === null
      ? `${name} (${kind}): ${count} maps of ${rows} × ${columns}${says}, up to ${fmt(largestSize(largest))}${then}`
      : `${name}, map ${unit}: up to ${fmt(largest[unit])}`;
  describeUnits(canvas, caption, "map");
}

function showFigure({kind, name, canvas, caption, unit}, units, {surface, value, negative}) {
  const columns = columnsOf(units.length);
  paintSigned(canvas, units, columns, Math.ceil(units.length / columns), surface, negative, value, Math.sqrt);
  canvas.style.width = `${columns <= 32 ? columns * 10 : 320}px`;
  const active = units.reduce((count, x) => count + (x > 0), 0);
  const says = kind === "ReLU" ? `${active} of ${units.length} active` : `${units.length} units`;
  caption.textContent = unit === null ? `${name} (${kind}): ${says}, up to ${fmt(largestSize(units))}`
                                      : `${name}, unit ${unit}: ${fmt(units[unit])}`;
  describeUnits(canvas, caption, "unit");
}

function describeUnits(canvas, caption, one) {
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${caption.textContent}; arrow keys choose a ${one}`);
}

// Calls pick(unit) for the unit under the pointer or chosen by arrow keys, and pick(null) when it is left.
function listenToUnits(canvas, count, columns, current, pick) {
  canvas.tabIndex = 0;
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect(), place = (at, size, all) => Math.floor(at / size * all);
    const across = columns(), column = place(event.clientX - box.left, box.width, across);
    const unit = place(event.clientY - box.top, box.height, Math.ceil(count() / across)) * across + column;
    if (column >= 0 && column < across && unit >= 0 && unit < count()) pick(unit);
  });
  canvas.addEventListener("keydown", (event) => {
    const step = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns(), ArrowDown: columns()}[event.key];
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

// The filters of the first convolution, in the order of its maps; null where they do not lie on a picture of one channel.
function makeFilters(network) {
  const {from, out, kernel, weight} = network.layers[0], norm = network.layers[1]?.scale;
  if (from[0] !== 1) return null;
  const canvas = element("canvas", {role: "img", "aria-label": "The filters of the first layer"});
  const signed = weight.map((w, i) => w * Math.sign(norm?.[Math.floor(i * norm.length / weight.length)] ?? 1));
  return {
    view: element("figure", {class: "draw-filters"}, canvas, element("figcaption", {class: "small"},
      `The filters of layer 1, in the order of its maps: each is laid on every ${kernel} × ${kernel} pixels of the ` +
      "picture. Ink under green excites that place of the map, ink under purple silences it. Point at a map.")),
    show(unit, units, colors, chosen) {
      paintMaps(canvas, signed, [out, kernel, kernel], 27, colors, colors.positive, chosen);
    },
  };
}
