"use strict";
// The page put together: each section from what the program measured.

const run = pageData("run");
const network = pageData("network");
const counted = (number) => number.toLocaleString("en-US");

function endText() {
  const last = run.epoch, planned = `of ${counted(run.epochs)} planned`;
  if (run.ending === "failed") {
    return `The training broke off: ${run.failure}. This page shows the network ${last ? `as of epoch ${last} ${planned}` : "as it was before the training"}.`;
  }
  if (run.ending === "interrupted") return `The training was interrupted; this page shows the network as of epoch ${last} ${planned}.`;
  if (run.dryRun) return "This was a dry run: one batch of training and one of evaluation. Its numbers mean little.";
  return "";
}

function notes() {
  const all = [endText()];
  const first = run.records[0].epoch;
  if (first > 0) all.push(`Resumed after epoch ${first}: for the epochs before there are loss and accuracy alone, since nothing else was recorded then.`);
  if (!run.history.length) all.push("No epoch was trained: what follows is the network as it was loaded or initialized.");
  return all.filter(Boolean);
}

function drawHeader() {
  const withWeights = new Set(run.parameters.map((p) => p.name.slice(0, p.name.lastIndexOf("."))));
  const weights = run.parameters.reduce((sum, p) => sum + p.shape.reduce((a, b) => a * b, 1), 0);
  document.getElementById("lead").textContent =
    `${counted(run.trainCount)} training images of ${run.rows} × ${run.columns} pixels, ${run.classes} classes; ${run.description}.`;
  const tile = (name, value, more) => element("div", {}, element("dt", {class: "small muted"}, name), element("dd", {class: "number"},
    element("strong", {}, value), element("span", {class: "small muted"}, more)));
  document.getElementById("tiles").append(
    tile(`${run.heldOut} accuracy`, percentText(run.correct / run.count), `${counted(run.correct)} of ${counted(run.count)}`),
    tile(`${run.heldOut} loss`, known(run.loss) ? run.loss.toFixed(4) : "not finite", "cross-entropy"),
    tile("epochs trained", counted(run.epoch), `of ${counted(run.epochs)}`),
    tile("parameters", counted(weights), `in ${withWeights.size} of ${run.layers.length} layers`));
  const note = document.getElementById("run-note"), all = notes();
  note.textContent = all.join(" ");
  note.hidden = !all.length;
  document.getElementById("contents").append(...[...document.querySelectorAll("main > section")].filter((s) => !s.hidden)
    .map((section) => element("a", {href: `#${section.id}`}, section.dataset.name)));
}

function drawDoctor() {
  const title = (r) => element("h3", {}, element("span", {class: `badge ${r.kind}`}, r.kind === "warning" ? "look here" : "good to know"), r.title);
  const basis = (r) => element("p", {class: "basis small"}, element("span", {class: "muted"}, "Rule: "), `${r.rule}. `,
                               element("span", {class: "muted"}, "Here: "), element("span", {class: "number"}, `${r.numbers}.`));
  const said = run.remarks.filter((r) => r.advice), silent = run.remarks.filter((r) => !r.advice);
  document.getElementById("remarks").append(
    ...said.map((r) => element("article", {class: `remark ${r.kind}`}, title(r), element("p", {}, r.advice), basis(r))),
    said.some((r) => r.kind === "warning") ? "" : element("p", {class: "remark fine"},
      silent.some((r) => r.kind === "silent") && run.history.length ? "No warning: nothing looks wrong with this run." : "Too little was trained to judge by."));
  const details = document.getElementById("silent-rules");
  details.querySelector("summary").textContent = `${silent.length} rules that had nothing to remark, with their numbers`;
  details.querySelector("ul").append(...silent.map((r) => element("li", {}, element("strong", {}, r.title),
    r.kind === "silent" ? ": no." : ": cannot be told.", basis(r))));
}

function drawHow() {
  const items = [
    `Recording changes nothing: with and without --report the same seed ends with the same weights, bit by bit.`,
    `Activations, gradients and batch statistics: the first ${counted(run.probeSize)} training images as in a step of training (statistics of the batch${run.dropout ? ", dropout on" : ""}), ` +
      "after each epoch and before the first; afterwards running estimates and random numbers were put back.",
    `Dead units and the dashed curves: the first ${counted(run.sampleSize)} training images in evaluation.`,
    "Update-to-weight ratios: one step in the middle of each epoch, the change of each parameter over its size before (Euclidean norms).",
    `Confusion matrix and mistakes: ${counted(run.count)} ${run.heldOut} images, in evaluation.`,
  ];
  if (!network) {
    items.push("“Draw a digit” is left out: the network has over 1.2 million parameters, too many for a page, or its answers are not finite.");
  }
  document.getElementById("how-list").append(...items.map((text) => element("li", {}, text)));
  document.getElementById("command").textContent = `train_mnist ${run.command}\n\n${run.summary.trimEnd()}`;
}

document.getElementById("draw").hidden = !network;
const drawing = network ? drawDigit(document.getElementById("draw"), network) : null;
drawDoctor();
drawCurves();
drawConfusion();
drawMistakes();
drawWeights();
drawDistributions();
drawHealth();
drawBatchNorm();
drawHow();
drawHeader();
chosenEpoch = run.epoch;
drawAll();
let drawnWidth = innerWidth;
window.addEventListener("resize", () => {
  if (innerWidth === drawnWidth) return;
  drawnWidth = innerWidth;
  drawAll();
});
