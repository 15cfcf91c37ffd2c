"use strict";
// Batch normalization: running estimates beside a batch's own statistics, and what gamma and beta have become.

// spec: {title, look, xs, ys, unit}
function scatterChart(spec) {
  const svg = svgElement("svg", {class: "chart scatter", role: "img", "aria-label": `${spec.title}: a dot for each feature`});
  drawn.push(() => drawScatter(svg, spec));
  return element("figure", {class: "figure"}, element("h4", {}, spec.title), svg);
}

function drawScatter(svg, {xs, ys, unit}) {
  const width = Math.max(150, Math.min(360, svg.parentNode.clientWidth)), height = width * 0.9;
  const left = 46, right = width - 10, top = 20, bottom = height - 38;
  const all = [...xs, ...ys].filter(known), low = Math.min(...all), high = Math.max(...all);
  const margin = (high - low) * 0.04 || 1, range = [low - margin, high + margin];
  const x = axis([], [left, right], {range, count: 3}), y = axis([], [bottom, top], {range, count: 3});
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const tick = tickText;
  svg.replaceChildren(
    ...y.ticks.map((value) => svgElement("text", {x: left - 6, y: y.to(value) + 4, "text-anchor": "end"}, tick(value))),
    ...x.ticks.map((value) => svgElement("text", {x: x.to(value), y: bottom + 16, "text-anchor": "middle"}, tick(value))),
    svgElement("path", {class: "frame", d: `M${left} ${top}V${bottom}H${right}`}),
    svgElement("path", {class: "guide", d: `M${x.to(range[0])} ${y.to(range[0])}L${x.to(range[1])} ${y.to(range[1])}`}),
    svgElement("text", {x: 0, y: 12}, `running ${unit}`),
    svgElement("text", {x: (left + right) / 2, y: height - 5, "text-anchor": "middle"}, `batch ${unit}`),
    ...xs.map((value, i) => known(value) && known(ys[i])
      ? svgElement("circle", {class: "point", cx: x.to(value).toFixed(1), cy: y.to(ys[i]).toFixed(1), r: 2.2}) : ""));
}

function parameterRidges(name, title) {
  const index = run.parameters.findIndex((p) => p.name === name);
  if (index < 0) return null;
  return ridgeChart({title, color: "value", unit: "value", items: run.records.map((r) => ({epoch: r.epoch, histogram: r.parameters[index]}))});
}

function drawBatchNorm() {
  const holder = document.getElementById("batch-norm-charts");
  const layers = run.layers.map((layer, i) => i).filter((i) => run.batchNorms[i]);
  if (!layers.length) {
    holder.append(element("p", {}, "This network has no batch normalization."));
    return;
  }
  const epochs = recordEpochs(), noise = 0.67 / Math.sqrt(run.probeSize);
  const channels = run.layers.some((layer) => layer.kind === "BatchNorm2d") ? ", and those of a channel, over all its pixels, less" : "";
  const gap = (title, look, unit, key, guides) => lineChart({title, look, unit, epochs, guides, log: true, short: powerOfTen,
    series: layers.map((i, k) => ({name: layerName(i), color: seriesColor(k), values: recordsOf((r) => r[key][i])})), format: fmt});
  holder.append(
    element("p", {class: "look"}, "In training a feature is normalized with the mean and deviation of its batch; in evaluation with running " +
      "estimates of them. Look whether the two agree: dots on the dashed line do."),
    element("div", {class: "pair"},
      gap("Running means against a batch's", `Look for a fall to a few hundredths: by chance alone, the means of ${run.probeSize} independent images are off by about ${noise.toFixed(2)}${channels}.`,
          "distance in standard deviations, median", "meanGap", [{value: noise, text: "by chance alone", below: true, left: true}]),
      gap("Running deviations against a batch's", "Look for small numbers: 0.1 says that evaluation scales a feature by 10 % more or less than training did.",
          "|ln(running / batch)|, median", "spreadGap")));
  for (const i of layers) {
    const b = run.batchNorms[i], some = b.batchMean.length < b.features ? `, ${b.batchMean.length} of ${b.features} features` : "";
    holder.append(element("div", {class: "layer"}, element("h3", {class: "number"}, `${run.layers[i].name} ${run.layers[i].text}${some}`),
      element("div", {class: "quartet"},
        scatterChart({title: "means", xs: b.batchMean, ys: b.runningMean, unit: "mean"}),
        scatterChart({title: "standard deviations", xs: b.batchDeviation, ys: b.runningDeviation, unit: "deviation"}),
        parameterRidges(`${run.layers[i].name}.weight`, "γ, the scale it learned"),
        parameterRidges(`${run.layers[i].name}.bias`, "β, the shift it learned"))));
  }
  holder.append(element("p", {class: "small muted"}, "γ begins at 1 and β at 0 for every feature. Look whether they spread: a γ near 0 " +
    "switches a feature off, a β far below 0 keeps its ReLU closed."));
}
