"use strict";
// Charts of the training: curves, distributions, silent units, steps.

const historyOf = (key) => run.history.map((point) => point[key]);
const recordsOf = (value) => run.records.map(value);
const recordEpochs = () => run.records.map((record) => record.epoch);
const seriesColor = (i) => `series-${i % 8}`;
const layerName = (i) => `${run.layers[i].name} ${run.layers[i].kind}`;

// The loss of a network that is as sure as label smoothing wants it to be, and always right.
function smoothedFloor() {
  const s = run.labelSmoothing, rest = s / run.classes, own = 1 - s + rest;
  return -(own * Math.log(own) + (rest > 0 ? (run.classes - 1) * rest * Math.log(rest) : 0));
}

// Epochs of the history and of the records together, and what each knows.
function curveSeries(train, heldOut, sample) {
  const epochs = [...new Set([...historyOf("epoch"), ...recordEpochs()])].sort((a, b) => a - b);
  const at = (list, value) => epochs.map((epoch) => {
    const found = list.find((item) => item.epoch === epoch);
    return found ? value(found) : null;
  });
  return {epochs, series: [
    {name: "training, as trained", color: "series-1", values: at(run.history, (p) => p[train])},
    {name: "training, evaluated", color: "series-1", dashed: true, values: at(run.records, (r) => r[sample])},
    {name: run.heldOut, color: "series-0", values: at(run.history, (p) => p[heldOut])}]};
}

function drawCurves() {
  const section = document.getElementById("curves"), charts = section.querySelector("#curve-charts");
  if (!run.history.length) {
    section.querySelector("#curves-look").textContent = "No epoch was trained, so there are no curves.";
    return;
  }
  if (run.history.length === 1) {
    const [{trainLoss, trainAccuracy, heldOutLoss, heldOutAccuracy}] = run.history;
    section.querySelector("#curves-look").textContent =
      `One epoch makes no curve. On training images, while it learned, the loss was ${trainLoss.toFixed(4)} and the accuracy ` +
      `${percentText(trainAccuracy)}; on ${run.heldOut} images, after the epoch, ${heldOutLoss.toFixed(4)} and ${percentText(heldOutAccuracy)}.`;
    return;
  }
  section.querySelector("#curves-look").textContent =
    `Compare what it does on images it trains on with ${run.heldOut} images that it never trains on. Point at an epoch, or ` +
    "use the arrow keys: all charts of this page then show that epoch.";
  const smoothing = run.labelSmoothing > 0;
  const isConstant = historyOf("learningRate").every((rate) => rate === run.firstRate);
  charts.append(
    lineChart({title: "Loss", unit: "cross-entropy, nats", look: `Look for a gap that widens: if the ${run.heldOut} curve turns up while the other two fall, it is learning by heart.`,
               ...curveSeries("trainLoss", "heldOutLoss", "trainLoss"), format: (v) => v.toFixed(4), short: fmt, range: [0, lossCeiling()],
               guides: [...(smoothing ? [{value: smoothedFloor(), text: `least possible as trained: ${smoothedFloor().toFixed(3)}`, below: true}] : []), ...turn()]}),
    lineChart({title: "Accuracy", unit: "share recognized", look: "Look where it levels off: epochs after that buy little.",
               ...curveSeries("trainAccuracy", "heldOutAccuracy", "trainAccuracy"), format: (v) => percentText(v), short: (v) => `${Number((v * 100).toFixed(2))} %`,
               range: [accuracyFloor(), null]}),
    lineChart({title: "Learning rate", unit: "rate of an epoch's last step; at 0, of the first step", look: isConstant ? "It is the same in all steps." : "Compare the other curves with it: much of the gain often comes while it falls.",
               epochs: [0, ...historyOf("epoch")], series: [{name: "rate", color: "series-3", values: [run.firstRate, ...historyOf("learningRate")]}], format: fmt, range: [0, null]}));
  const notes = [`“As trained” is the mean over an epoch's steps, while the network changes${run.dropout ? ", with dropout" : ""}${smoothing ? ` and label smoothing ${run.labelSmoothing}, which has a least possible loss above 0` : ""}.`,
                 `“Evaluated” is the network at the end of the epoch on ${run.sampleSize.toLocaleString("en-US")} of the training images${run.dropout || smoothing ? ", without any of that" : ""}.`];
  section.querySelector("#curves-note").textContent = notes.join(" ");
}

// Where the held-out loss was lowest, if it has risen since.
function turn() {
  const losses = historyOf("heldOutLoss"), lowest = Math.min(...losses);
  if (!(losses.at(-1) > 1.02 * lowest)) return [];
  return [{value: lowest, text: `${run.heldOut}, lowest: ${lowest.toFixed(4)} after epoch ${historyOf("epoch")[losses.indexOf(lowest)]}`, below: true}];
}

// Before training nothing is known, and a chart that shows that shows little else.
function lossCeiling() {
  return Math.max(...historyOf("trainLoss"), ...historyOf("heldOutLoss")) * 1.1;
}

function accuracyFloor() {
  const trained = [...historyOf("trainAccuracy"), ...historyOf("heldOutAccuracy")].filter(known);
  const least = Math.min(...trained);
  return Math.max(0, least - 0.15 * (1 - least) - 0.002);
}

function drawDistributions() {
  const some = run.records.length === 1 ? "There is one measurement, so there is one ridge." : "";
  document.getElementById("distributions-note").textContent =
    `The output of each layer for the same ${run.probeSize} training images, as in a step of training, and the gradient of the ` +
    "loss with respect to it. Numbers that are exactly 0 are left out of a ridge and counted below it; the few beyond four " +
    "standard deviations are left out too. Each ridge has its own height. Gradients are drawn by their size, on the same " +
    `logarithmic axis in all layers. ${some}`;
  const ridges = document.getElementById("ridges");
  const itemsOf = (what, i) => run.records.map((record) => ({epoch: record.epoch, histogram: record[what][i]}));
  const powers = sharedPowers(run.layers.map((_, i) => itemsOf("gradients", i)));
  run.layers.forEach((layer, i) => {
    ridges.append(element("div", {class: "layer"}, element("h3", {class: "number"}, `${layer.name} ${layer.text}`),
      element("div", {class: "ridge-pair"},
        ridgeChart({title: "activations", color: "value", unit: "value", items: itemsOf("activations", i)}),
        ridgeChart({title: "sizes of gradients", color: "gradient", unit: "|d loss / d value|", items: itemsOf("gradients", i), powers}))));
  });
}

function drawHealth() {
  const charts = document.getElementById("health-charts"), epochs = recordEpochs();
  const relus = run.layers.map((layer, i) => i).filter((i) => run.layers[i].kind === "ReLU");
  if (relus.length) {
    charts.append(lineChart({title: "Dead ReLUs", unit: "share of the layer's units", epochs,
      look: `Look for curves that rise and stay: a unit${run.weights.filters ? ", of a convolution a channel," : ""} that is 0 for all of ${run.sampleSize.toLocaleString("en-US")} training images gets no gradient from them and cannot recover.`,
      series: relus.map((i, k) => ({name: layerName(i), color: seriesColor(k), values: recordsOf((r) => r.silent[i])})),
      format: (v) => percentText(v, 1), short: (v) => `${Number((v * 100).toPrecision(3))} %`,
      range: [0, Math.max(0.05, ...recordsOf((r) => Math.max(...r.silent.filter(known))))]}));
  } else {
    charts.append(element("p", {}, "There is no ReLU in this network, so no unit can be dead."));
  }
  const steps = run.records.some((r) => r.updates.some(known));
  if (!steps) {
    charts.append(element("p", {}, "No step was measured, so there are no update-to-weight ratios."));
    return;
  }
  const trained = run.records.filter((r) => r.updates.some(known));
  charts.append(lineChart({title: "Update-to-weight ratio", unit: "|change| / |value| of one step", epochs: trained.map((r) => r.epoch), log: true,
    look: "Look whether weights (solid) stay near 10⁻³: far above, steps are wild; far below 10⁻⁴, hardly anything moves. As the learning rate falls, so do they.",
    series: run.parameters.map((p, i) => ({name: p.name, color: seriesColor(i), dashed: p.shape.length < 2, values: trained.map((r) => r.updates[i])})),
    format: (v) => v.toExponential(1).replace("-", "−"), short: powerOfTen, guides: [{value: 1e-3, text: "10⁻³, a common rule of thumb", below: true, left: true}]}));
}
