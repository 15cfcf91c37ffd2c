"use strict";
// Line charts over epochs. Drawn for the width there is; the chosen epoch is marked in all of them at once.

const drawn = [];  // what is drawn again when the width changes: functions
const marked = [];  // what shows the chosen epoch: functions of it
let chosenEpoch = 0;

function chooseEpoch(epoch) {
  chosenEpoch = epoch;
  for (const mark of marked) mark(epoch);
}

function drawAll() {
  for (const draw of drawn) draw();
  chooseEpoch(chosenEpoch);
}

const epochName = (epoch) => epoch ? `epoch ${epoch}` : "before training";

// About `count` round numbers from low to high.
function ticks(low, high, count, whole = false) {
  const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(whole ? 1 : 0, power * [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999));
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({length: Math.floor(high / step + 1e-9) - first + 1}, (_, i) => (first + i) * step);
}

function powersOfTen(low, high, most) {
  const first = Math.ceil(Math.log10(low) - 1e-9), last = Math.floor(Math.log10(high) + 1e-9);
  const every = Math.max(1, Math.ceil((last - first + 1) / most));
  return Array.from({length: Math.max(0, last - first + 1)}, (_, i) => first + i)
    .filter((e) => (last - e) % every === 0).map((e) => 10 ** e);
}

const raised = (number) => [...String(number)].map((c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]).join("");
const powerOfTen = (value) => value === 1 ? "1" : `10${raised(Math.round(Math.log10(value)))}`;
const percentText = (fraction, digits = 2) => `${(fraction * 100).toFixed(digits)}\u00a0%`;
const known = (value) => value !== null && value !== undefined;

// Where numbers lie in pixels: {to(value), ticks, low, high}.
function axis(values, [start, end], {log = false, range = [null, null], count = 4, whole = false}) {
  let low = range[0] ?? Math.min(...values), high = range[1] ?? Math.max(...values);
  if (log) [low, high] = [10 ** Math.floor(Math.log10(low)), 10 ** Math.ceil(Math.log10(high * 1.0001))];
  if (!(low < high)) [low, high] = [low - (whole ? 0.5 : Math.abs(low) * 0.1 + 1e-6), high + (whole ? 0.5 : Math.abs(high) * 0.1 + 1e-6)];
  const scale = log ? Math.log10 : (value) => value;
  const from = scale(low), span = scale(high) - from;
  const places = log ? powersOfTen(low, high, count + 1) : ticks(low, high, count, whole);
  return {low, high, ticks: places, to: (value) => start + (scale(value) - from) / span * (end - start),
          back: (pixel) => from + (pixel - start) / (end - start) * span};
}

function linePath(xs, ys) {
  let path = "", pen = false;
  xs.forEach((x, i) => {
    if (known(ys[i])) path += `${pen ? "L" : "M"}${x.toFixed(1)} ${ys[i].toFixed(1)}`;
    pen = known(ys[i]);
  });
  return path;
}

// spec: {title, look, unit (of y), epochs, series: [{name, color, dashed, values}], log, range, format, guides:
// [{value, text, below, left}], short (format of the ticks)}
function lineChart(spec) {
  const svg = svgElement("svg", {class: "chart", tabindex: 0, role: "group"});
  const readout = element("p", {class: "readout small number", "aria-live": "polite"});
  const legend = element("ul", {class: "legend small"}, spec.series.map((series) => element("li", {},
    svgElement("svg", {viewBox: "0 0 26 12", "aria-hidden": "true"},
               svgElement("path", {class: `curve ${series.dashed ? "dashed" : ""}`, style: `stroke:var(--${series.color})`, d: "M0 6h26"})),
    series.name)));
  svg.setAttribute("aria-label", `${spec.title}. Left and right choose an epoch.`);
  let place = null;
  drawn.push(() => { place = drawChart(svg, spec); });
  marked.push((epoch) => markChart(svg, readout, spec, place, epoch));
  const nearest = (wanted) => spec.epochs.reduce((best, e) => Math.abs(e - wanted) < Math.abs(best - wanted) ? e : best);
  const follow = (event) => {
    const box = svg.getBoundingClientRect();
    chooseEpoch(nearest(place.x.back((event.clientX - box.left) / box.width * place.width)));
  };
  svg.addEventListener("pointermove", follow);
  svg.addEventListener("pointerdown", follow);
  svg.addEventListener("keydown", (event) => epochKey(event, spec.epochs));
  return element("figure", {class: "figure"}, element("h3", {}, spec.title), element("p", {class: "look small"}, spec.look),
                 legend, svg, readout);
}

function epochKey(event, epochs) {
  const at = epochs.findIndex((epoch) => epoch >= chosenEpoch);
  const now = at < 0 ? epochs.length - 1 : at;
  const next = {ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: epochs.length - 1}[event.key];
  if (next === undefined) return;
  event.preventDefault();
  chooseEpoch(epochs[Math.min(Math.max(next, 0), epochs.length - 1)]);
}

let clips = 0;
function clipTo(svg, left, top, right, bottom) {
  const id = `clip-${++clips}`;
  svg.append(svgElement("clipPath", {id}, svgElement("rect", {x: left, y: top, width: right - left, height: bottom - top})));
  return svgElement("g", {"clip-path": `url(#${id})`});
}

function drawChart(svg, spec) {
  const width = Math.max(260, svg.parentNode.clientWidth), height = Math.min(300, Math.max(210, width * 0.5));
  const left = 52, right = width - 12, top = 22, bottom = height - 40;
  const values = spec.series.flatMap((series) => series.values).filter((v) => known(v) && (!spec.log || v > 0));
  if (spec.guides) values.push(...spec.guides.map((guide) => guide.value));
  const x = axis(spec.epochs, [left, right], {count: width < 420 ? 5 : 9, whole: true});
  const y = axis(values, [bottom, top], {log: spec.log, range: spec.range ?? [], count: 4});
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const format = spec.short ?? spec.format;
  svg.replaceChildren(
    ...y.ticks.flatMap((value) => [
      svgElement("path", {class: "grid", d: `M${left} ${y.to(value).toFixed(1)}H${right}`}),
      svgElement("text", {x: left - 7, y: y.to(value) + 4, "text-anchor": "end"}, format(value))]),
    ...x.ticks.map((value) => svgElement("text", {x: x.to(value), y: bottom + 17, "text-anchor": "middle"}, String(value))),
    svgElement("path", {class: "frame", d: `M${left} ${top}V${bottom}H${right}`}),
    svgElement("text", {x: left - 44, y: 12}, spec.unit),
    svgElement("text", {x: (left + right) / 2, y: height - 5, "text-anchor": "middle"}, "epoch"));
  const lines = clipTo(svg, left, top - 2, right + 4, bottom + 2);
  const xs = spec.epochs.map(x.to);
  for (const series of spec.series) {
    const ys = series.values.map((value) => known(value) && (!spec.log || value > 0) ? y.to(value) : null);
    const style = `stroke:var(--${series.color})`;
    lines.append(svgElement("path", {class: `curve ${series.dashed ? "dashed" : ""}`, style, d: linePath(xs, ys)}));
    if (ys.filter(known).length === 1) {
      const only = ys.findIndex(known);
      lines.append(svgElement("circle", {class: "dot", style, cx: xs[only], cy: ys[only], r: 4}));
    }
  }
  svg.append(lines);
  for (const {value, text, below, left: atLeft} of spec.guides ?? []) {
    const level = y.to(value);
    svg.append(svgElement("path", {class: "guide", d: `M${left} ${level.toFixed(1)}H${right}`}),
               svgElement("text", {class: "on-curve", x: atLeft ? left + 5 : right - 4, y: level + (below ? 15 : -5), "text-anchor": atLeft ? "start" : "end"}, text));
  }
  svg.append(svgElement("path", {class: "cursor"}));
  return {width, x, y, top, bottom};
}

function markChart(svg, readout, spec, place, epoch) {
  if (!place) return;
  const index = spec.epochs.indexOf(epoch), cursor = svg.querySelector(".cursor");
  svg.querySelectorAll(".marker").forEach((marker) => marker.remove());
  cursor.setAttribute("d", index < 0 ? "" : `M${place.x.to(epoch).toFixed(1)} ${place.top}V${place.bottom}`);
  if (index < 0) {
    readout.textContent = `${epochName(epoch)}: not measured`;
    return;
  }
  const says = [];
  for (const series of spec.series) {
    const value = series.values[index];
    if (!known(value)) continue;
    says.push(`${series.name} ${spec.format(value)}`);
    const level = place.y.to(value);
    if (!(level >= place.top - 1 && level <= place.bottom + 1)) continue;  // beyond what is drawn
    svg.append(svgElement("circle", {class: "marker", style: `fill:var(--${series.color})`, cx: place.x.to(epoch), cy: level, r: 4}));
  }
  readout.textContent = `${epochName(epoch)}: ${says.join("; ") || "not measured"}`;
}
