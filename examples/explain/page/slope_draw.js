"use strict";
// The pictures of the page about a step downhill.

function heightOf(holder) {
  return holder.clientWidth < 400 ? 220 : 300;
}

// The points, the guess as a line, and the errors. `looked` has the points that the last step looked at.
function drawGuess(holder, {x, y}, guess, looked = x.map((_, i) => i)) {
  const frame = plotFrame(holder, {label: "The measurements and the guess", x: [0, 3], y: [-1, 4], xName: "x", yName: "y", height: heightOf(holder)});
  frame.inside.append(
    ...looked.map((i) => plotLine(frame, [[x[i], y[i]], [x[i], guess(x[i])]], "error")),
    plotLine(frame, [[0, guess(0)], [3, guess(3)]], "curve"),
    ...x.map((value, i) => plotDot(frame, [value, y[i]], looked.includes(i) ? "point" : "point off", 4)));
}

const BOWL = {w: [-1, 3.4], loss: [0, 12]};  // what the picture of the bowl shows

// The loss over w with its tangent where we are, and where we were.
function drawBowl(holder, lossAt, path) {
  const w = path.at(-1), {loss, grads: [dw]} = lossAt(w), reach = 0.8 / Math.max(1, Math.hypot(1, dw) / 4);
  const frame = plotFrame(holder, {label: `The loss over w: at w = ${fmt(w)} it is ${fmt(loss)}, with slope ${fmt(dw)}`,
                                   x: BOWL.w, y: BOWL.loss, xName: "w", yName: "loss", height: heightOf(holder)});
  const curve = Array.from({length: 89}, (_, i) => -1 + i * 0.05).map((at) => [at, lossAt(at).loss]);
  const seen = path.slice(-40).map((at) => [at, lossAt(at).loss]);
  frame.inside.append(
    plotLine(frame, curve, "curve"), plotLine(frame, seen, "path"), ...seen.map((p) => plotDot(frame, p, "was", 3)),
    plotLine(frame, [[w - reach, loss - reach * dw], [w + reach, loss + reach * dw]], "tangent"), plotDot(frame, [w, loss], "now", 6));
  const [first, last] = BOWL.w, top = BOWL.loss[1];
  if (w >= first && w <= last && loss <= top) return;
  const left = w < (first + last) / 2;
  frame.svg.append(svgElement("text", {class: "outside", x: left ? frame.x(first) + 8 : frame.x(last) - 8, y: frame.y(top) + 18, "text-anchor": left ? "start" : "end"},
      left ? `← w = ${fmt(w)}, outside the picture` : `w = ${fmt(w)}, outside the picture →`));
}

// The loss is a bowl, c + (p - lowest) H (p - lowest) / 2: where it is lowest, and its curvatures along the two
// directions in which H only stretches, the steep one first.
function bowlOf({x, y}) {
  const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
  const [mx, my, mxx, mxy] = [mean(x), mean(y), mean(x.map((v) => v * v)), mean(x.map((v, i) => v * y[i]))];
  const w = (mxy - mx * my) / (mxx - mx * mx), half = (mxx + 1) / 2, root = Math.hypot((mxx - 1) / 2, mx);
  const angle = Math.atan2(mx, (mxx - 1) / 2) / 2;  // of the steep direction
  return {lowest: [w, my - w * mx], curvatures: [2 * (half + root), 2 * (half - root)], angle, alone: 2 * mxx};
}

function drawValley(holder, bowl, path, grads, choose) {
  const size = Math.max(240, Math.min(holder.clientWidth, 560)), range = [-1.4, 2.4], [w, b] = path.at(-1);
  const frame = plotFrame(holder, {label: `The valley: w = ${fmt(w)}, b = ${fmt(b)}`, x: range, y: range, xName: "w", yName: "b", height: size + 8});
  const contour = (rise) => plotLine(frame, Array.from({length: 121}, (_, i) => {
    const turn = i / 60 * Math.PI, [p, q] = [Math.cos(turn), Math.sin(turn)].map((part, k) => part * Math.sqrt(2 * rise / bowl.curvatures[k]));
    return [bowl.lowest[0] + p * Math.cos(bowl.angle) - q * Math.sin(bowl.angle), bowl.lowest[1] + p * Math.sin(bowl.angle) + q * Math.cos(bowl.angle)];
  }), "contour");
  const [cx, cy] = [frame.x(bowl.lowest[0]), frame.y(bowl.lowest[1])];
  frame.inside.append(
    ...[32, 16, 8, 4, 2, 1, 0.4, 0.1, 0.02].map(contour),
    svgElement("path", {class: "lowest", d: `M${cx - 6} ${cy}h12M${cx} ${cy - 6}v12`}),
    plotLine(frame, path.slice(-300), "path"), ...path.slice(-300).map((p) => plotDot(frame, p, "was", 2.5)),
    ...gradientArrow(frame.x(w), frame.y(b), grads), plotDot(frame, [w, b], "now", 6));
  frame.svg.addEventListener("click", (event) => {
    const box = frame.svg.getBoundingClientRect(), scale = frame.svg.viewBox.baseVal.width / box.width;
    const inside = (v) => Math.min(Math.max(v, range[0]), range[1]);
    choose([inside(frame.xAt((event.clientX - box.left) * scale)), inside(frame.yAt((event.clientY - box.top) * scale))]);
  });
}

function gradientArrow(x, y, [dw, db]) {
  const size = Math.hypot(dw, db), length = Math.min(110, 30 * Math.sqrt(size));
  if (!(length > 8)) return [];
  const [ux, uy] = [dw / size, -db / size], [tx, ty] = [x + ux * length, y + uy * length];
  const back = (side) => `${tx - 10 * ux + side * 5 * uy},${ty - 10 * uy - side * 5 * ux}`;
  return [svgElement("path", {class: "gradient-arrow", d: `M${x} ${y}L${tx - 8 * ux} ${ty - 8 * uy}`}),
          svgElement("path", {class: "tip", d: `M${tx},${ty}L${back(1)}L${back(-1)}Z`})];
}
