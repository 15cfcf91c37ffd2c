"use strict";
// The tape as a picture: nodes with their values and gradients, edges that light up as the walk passes.

// Draws the walk's tape into `holder`. -> {update(state)}; `pick(node)` is called when a node is clicked.
function drawGraph(holder, walk, {label, pick = null}) {
  const {tape} = walk, layout = layOut(tape.nodes), margin = 18;
  const svg = svgElement("svg", {
    class: "graph", role: "img", "aria-label": label, width: layout.width + 2 * margin,
    height: layout.height + 2 * margin,
    viewBox: `${-margin} ${-margin} ${layout.width + 2 * margin} ${layout.height + 2 * margin}`,
    style: `min-width: ${0.67 * (layout.width + 2 * margin)}px`,
  });
  svg.append(...layerBoxes(tape, layout));
  const edges = layout.edges.map((edge) => drawEdge(edge, layout));
  svg.append(...edges.map((edge) => edge.group));
  const nodes = tape.nodes.map((_, i) => drawNode(walk, i, layout.nodes[i], pick));
  svg.append(...nodes.map((node) => node.group));
  svg.append(...edges.map((edge) => edge.label));
  holder.replaceChildren(svg);
  return {
    update(state) {
      nodes.forEach((node) => node.update(state));
      edges.forEach((edge) => edge.update(walk, state));
      keepInView(holder, layout.nodes[state.current.node], margin);
    },
  };
}

// A dashed box around the lines of each layer, unless it would take in lines of others.
function layerBoxes(tape, layout) {
  const layers = new Map();
  tape.nodes.forEach((node, i) => {
    if (node.layer) layers.set(node.layer, [...(layers.get(node.layer) ?? []), i]);
  });
  const boxes = [];
  for (const [layer, members] of layers) {
    const places = members.map((i) => layout.nodes[i]);
    const left = Math.min(...places.map((p) => p.x)) - 9, right = Math.max(...places.map((p) => p.x + p.width)) + 9;
    const top = Math.min(...places.map((p) => p.y)) - 16, bottom = Math.max(...places.map((p) => p.y + p.height)) + 14;
    const intruder = layout.nodes.some((p, i) => !members.includes(i) && p.x < right && p.x + p.width > left &&
                                                 p.y < bottom && p.y + p.height > top);
    if (intruder) continue;
    boxes.push(svgElement("rect", {class: "layer", x: left, y: top, width: right - left, height: bottom - top, rx: 9}),
               svgElement("text", {class: "layer-name", x: right - 6, y: top + 11, "text-anchor": "end"}, layer));
  }
  return boxes;
}

function drawEdge(edge, layout) {
  const points = edge.points;
  let path = `M${points[0]}`;
  for (let i = 1; i < points.length; ++i) {
    const [x0, y0] = points[i - 1], [x1, y1] = points[i], bend = (y1 - y0) / 2;
    path += edge.beside ? `L${x1},${y1}` : `C${x0},${y0 + bend} ${x1},${y1 - bend} ${x1},${y1}`;
  }
  // Towards the user while values are computed, towards the operand while gradients travel.
  const forwardTip = arrowHead(points.at(-1), points.at(-2)), backwardTip = arrowHead(points[0], points[1]);
  const tip = svgElement("path", {class: "tip"});
  const group = svgElement("g", {}, svgElement("path", {class: "edge", d: path}), tip);
  const from = points[0];
  // Of several edges side by side the left one has its number on the left, and the others have theirs further down.
  const onLeft = edge.leaving === 0 && edge.together > 1;
  const label = svgElement("text", {
    class: "edge-label", "text-anchor": onLeft ? "end" : "start",
    x: from[0] + (onLeft ? -8 : 8), y: from[1] + 14 + (edge.together > 2 ? edge.leaving * 11 : 0),
  });
  return {
    group, label,
    update(walk, state) {
      const {tape} = walk, contribution = tape.nodes[edge.to].contributions?.[edge.operand];
      const isCurrent = state.current.node === edge.to && state.current.phase !== "seed";
      const passed = state.passed.has(edge.to) && contribution;
      tip.setAttribute("d", !state.seeded ? forwardTip : tape.nodes[edge.from].needs_grad ? backwardTip : "");
      group.setAttribute("class", [isCurrent && (state.current.phase === "forward" ? "forward" : passed ? "backward" : ""),
                                   passed ? "passed" : "", tape.nodes[edge.from].needs_grad ? "" : "no-gradient"].join(" "));
      // (What stands beside its user has no other: its gradient is this contribution.)
      const numbers = passed && !edge.beside ? numbersOf(contribution) : null;
      label.textContent = numbers?.length === 1 ? `+ ${term(numbers[0])}` : "";
      label.classList.toggle("current", isCurrent);
    },
  };
}

// At the end of an edge that comes from there: level with it, or from above or below.
function arrowHead([x, y], [fromX, fromY]) {
  const length = 8, half = 4.5;
  return y === fromY ? `M${x},${y}L${x + length * Math.sign(fromX - x)},${y - half}v${2 * half}z`
                     : `M${x},${y}L${x - half},${y + length * Math.sign(fromY - y)}h${2 * half}z`;
}

function drawNode(walk, i, place, pick) {
  const {tape} = walk, node = tape.nodes[i], {x, y, width, height} = place;
  const named = node.name !== undefined, isLeaf = node.inputs.length === 0;
  const body = svgElement("g", {class: "content"});
  const group = svgElement("g", {
    class: "node", "data-node": i, onclick: pick ? () => pick(i) : () => {},
  }, svgElement("rect", {class: isLeaf ? "box leaf" : "box", x, y, width, height, rx: isLeaf ? 18 : 7}),
     svgElement("text", {class: "title", x: x + 10, y: y + 18}, named ? node.name : node.operation),
     body);
  // The operation and the shape: beside the title where there is room, the second one below.
  const corner = (text, bottom) => svgElement("text", {class: "operation", x: x + width - 9, y: bottom ? y + height - 8 : y + 18,
                                                       "text-anchor": "end"}, text);
  const title = named ? node.name : node.operation, shape = node.shape.length ? shapeText(node.shape) : "";
  const fits = (text) => title.length * 7.8 + text.length * 6.2 + 26 < width;
  const beside = [named && !isLeaf ? node.operation : "", shape].find((text) => text && fits(text));
  if (beside) group.append(corner(beside, false));
  if (shape && beside !== shape) group.append(corner(shape, true));
  return {
    group,
    update(state) {
      const isCurrent = state.current.node === i;
      group.setAttribute("class", ["node", isCurrent ? `current ${state.current.phase}` : "",
                                   state.hasValue[i] ? "" : "waiting"].join(" "));
      body.replaceChildren();
      if (state.hasValue[i]) body.append(quantity(node.value, "value", x + 10, y + 25, width - 20));
      const gradient = gradientSoFar(walk, state, i);
      if (!gradient) return;
      const missing = i !== walk.loss && state.arrived[i] < walk.arriving[i].length;
      body.append(quantity(gradient, missing ? "gradient partial" : "gradient", x + 10, y + 50, width - 20));
    },
  };
}

// A number, or the thumbnail of a tensor.
function quantity(tensor, kind, x, y, width) {
  if (!tensor) return "";
  const symbol = kind === "value" ? "=" : "∂";
  const group = svgElement("g", {class: kind}, svgElement("text", {x, y: y + 14}, symbol));
  const numbers = numbersOf(tensor);
  if (numbers?.length === 1) {
    group.append(svgElement("text", {class: "number", x: x + 14, y: y + 14}, fmt(numbers[0]) +
                            (kind.includes("partial") ? " + …" : "")));
  } else if (asMatrix(tensor).values.length) {
    group.append(thumbnail(tensor, x + 15, y, width - 60, 21));
  }
  return group;
}

function keepInView(holder, place, margin) {
  const svg = holder.firstElementChild, scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
  const middle = {x: (place.x + place.width / 2 + margin) * scale, y: (place.y + place.height / 2 + margin) * scale};
  holder.scrollTo({left: middle.x - holder.clientWidth / 2, top: middle.y - holder.clientHeight / 2});
}
