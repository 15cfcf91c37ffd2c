"use strict";
// The page of `train_mnist --report`. (Drawing a digit: draw_test.js.)
const {execFileSync, spawnSync} = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const {build, work, pageTest, check, equal, near} = require("./browser.js");

const fileOf = (name) => path.join(work, `report_${name}.html`);
const metricsFile = path.join(work, "report_metrics.jsonl"), checkpoint = path.join(work, "report_checkpoint");
const train = (name, flags, hidden = "32,16") => execFileSync(
  path.join(build, "examples/train_mnist"), ["--report", fileOf(name), "--hidden", hidden, ...flags], {encoding: "utf8"});

// A data set of its own kind: 6 x 9 pixels, 26 classes.
function otherData() {
  const folder = path.join(work, "report_data");
  fs.mkdirSync(folder, {recursive: true});
  for (const [name, count] of [["train", 400], ["t10k", 130]]) {
    const header = (kind, ...sizes) => Buffer.concat([Buffer.from([0, 0, 8, kind]), ...sizes.map((n) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(n);
      return bytes;
    })]);
    const labels = Array.from({length: count}, (_, i) => i % 26);
    const pixels = labels.flatMap((label, i) => Array.from({length: 54}, (_, p) => p % 26 === label ? 200 : (i * 7 + p * 13) % 90));
    fs.writeFileSync(path.join(folder, `${name}-images-idx3-ubyte`), Buffer.concat([header(3, count, 6, 9), Buffer.from(pixels)]));
    fs.writeFileSync(path.join(folder, `${name}-labels-idx1-ubyte`), Buffer.concat([header(1, count), Buffer.from(labels)]));
  }
  return folder;
}

// Makes the first number of a tensor in a safetensors file a NaN.
function spoilFirst(file, key) {
  const bytes = fs.readFileSync(file), header = Number(bytes.readBigUInt64LE(0));
  bytes.writeFloatLE(NaN, 8 + header + JSON.parse(bytes.toString("utf8", 8, 8 + header))[key].data_offsets[0]);
  fs.writeFileSync(file, bytes);
}

const printed = train("default", ["--epochs", "3", "--metrics", metricsFile]);
const metrics = fs.readFileSync(metricsFile, "utf8").trim().split("\n").map((line) => JSON.parse(line));
const exploded = spawnSync(path.join(build, "examples/train_mnist"), ["--report", fileOf("exploded"), "--hidden", "32,16", "--no-bn",
                                                                      "--optimizer", "sgd", "--lr", "1e30"], {encoding: "utf8"});
equal(exploded.status, 1);
train("untrained", ["--epochs", "0"]);
train("dry", ["--dry-run"]);
train("bare", ["--epochs", "2", "--no-bn", "--dropout", "0", "--label-smoothing", "0", "--validation", "10000"]);
train("cnn", ["--model", "cnn", "--channels", "4,8", "--epochs", "1", "--validation", "57000"]);
train("first", ["--epochs", "1", "--schedule", "constant", "--checkpoint", checkpoint]);
train("resumed", ["--epochs", "3", "--resume", checkpoint]);
train("linear", ["--epochs", "1"], "");
train("deep", ["--epochs", "0", "--no-bn", "--dropout", "0"], "16,16,16,16,16");
const letters = ["--batch-size", "50", "--data-dir", otherData()], weights = path.join(work, "report_weights");
train("letters", ["--epochs", "2", "--save", weights, ...letters]);
spoilFirst(weights, "0.weight");
train("unclassified", ["--epochs", "0", "--load", weights, ...letters]);

const text = (page, selector) => page.textContent(selector);
const chartReadout = (page, title) => text(page, `figure:has(h3:text-is("${title}")) .readout`);

for (const name of ["default", "untrained", "dry", "bare", "cnn", "resumed", "linear", "letters", "exploded", "deep", "unclassified"]) {
  for (const [width, scheme] of [[1280, "light"], [400, "dark"]]) {
    pageTest(`${name}, ${width} px, ${scheme}: whole, legible, nothing wider than the screen`, async (open) => {
      check(fs.statSync(fileOf(name)).size < 4e6, "the page has 4 MB");
      const page = await open(fileOf(name), {width, scheme});
      check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
      const shown = await page.evaluate(() => document.querySelector("header").innerText + document.querySelector("main").innerText);
      const drawn = await page.evaluate(() => [...document.querySelectorAll("svg")].map((svg) => svg.outerHTML).join(""));
      for (const all of [shown, drawn]) {
        const odd = all.match(/.{0,60}(undefined|\[object|NaN|Infinity|null)/);
        check(!odd, `odd text: ${odd?.[0]}`);
      }
      const small = await page.evaluate(() => [...document.querySelectorAll("main svg text")].map((node) => {
        const svg = node.ownerSVGElement, scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
        return {size: parseFloat(getComputedStyle(node).fontSize) * scale, text: node.textContent};
      }).filter((node) => node.size < 11.9));
      equal(small, [], "small text");
      for (const section of await page.locator("main > section:visible h2").all()) check(await section.textContent(), "a title");
      equal(await page.locator(".figure:has(svg.chart):not(:has(h3, h4))").count(), 0, "charts without a title");
    });
  }
}

pageTest("one epoch makes no curve", async (open) => {
  const page = await open(fileOf("linear"));
  equal(await page.locator("#curve-charts svg").count(), 0);
  const {heldOutLoss} = await page.evaluate(() => run.history[0]);
  check((await text(page, "#curves-look")).includes(`on test images, after the epoch, ${heldOutLoss.toFixed(4)} and `), await text(page, "#curves-look"));
});

pageTest("the numbers are those of --metrics", async (open) => {
  const page = await open(fileOf("default"));
  await page.locator("#curve-charts svg.chart").first().focus();
  for (const m of metrics) {
    await page.keyboard.press("Home");
    for (let i = 0; i < m.epoch; ++i) await page.keyboard.press("ArrowRight");  // from before the training
    const loss = await chartReadout(page, "Loss"), accuracy = await chartReadout(page, "Accuracy");
    check(loss.startsWith(`epoch ${m.epoch}: training, as trained ${m.train_loss.toFixed(4)};`), loss);
    check(loss.endsWith(`; test ${m.test_loss.toFixed(4)}`), loss);
    check(accuracy.includes(`as trained ${(m.train_accuracy * 100).toFixed(2)}\u00a0%`), accuracy);
    check(accuracy.endsWith(`test ${(m.test_accuracy * 100).toFixed(2)}\u00a0%`), accuracy);
  }
  await page.keyboard.press("Home");
  check((await chartReadout(page, "Learning rate")).startsWith("before training: rate 0.00012"), await chartReadout(page, "Learning rate"));
  const history = await page.evaluate(() => run.history);
  metrics.forEach((m, i) => {
    equal([history[i].trainLoss, history[i].trainAccuracy, history[i].heldOutLoss, history[i].heldOutAccuracy, history[i].learningRate],
          [m.train_loss, m.train_accuracy, m.test_loss, m.test_accuracy, m.learning_rate], `epoch ${i + 1}`);
  });
});

pageTest("the numbers are those that the program printed", async (open) => {
  const page = await open(fileOf("default"));
  const [, accuracy, correct, count, loss] = printed.match(/test accuracy (\S+ %) \((\d+) of (\d+)\), loss ([\d.]+)/);
  const tiles = await page.locator("#tiles").innerText();
  check(tiles.includes(accuracy.replace(" ", "\u00a0")) && tiles.includes(loss), tiles);
  check(tiles.replaceAll(",", "").includes(`${correct} of ${count}`), tiles);
  const rows = printed.split("\n").filter((line) => /^ {4}\d( +\d+){10}$/.test(line)).map((line) => line.trim().split(/ +/).slice(1).map(Number));
  const cells = await page.locator(".confusion td[role]").allTextContents();
  equal(cells.map(Number), rows.flat(), "confusion matrix");
});

pageTest("the first epoch is not before the training: both are named", async (open) => {
  const page = await open(fileOf("default"));
  await page.locator("#health-charts svg.chart").first().focus();
  await page.keyboard.press("Home");
  check((await chartReadout(page, "Dead ReLUs")).startsWith("before training: "), "before training");
  check((await chartReadout(page, "Update-to-weight ratio")) === "before training: not measured", "no step was made");
  check((await text(page, "#ridges .readout")).startsWith("before training: mean"), "ridges follow");
});

pageTest("gradients have one logarithmic axis in all layers", async (open) => {
  const page = await open(fileOf("deep"), {width: 400});
  const charts = await page.$$eval(".ridge-pair figure:last-child", (all) => all.map((figure) => ({
    title: figure.querySelector("h4").textContent,
    ticks: [...figure.querySelectorAll("svg .grid")].map((line) => line.getAttribute("d")),
    names: [...figure.querySelectorAll("svg text")].map((text) => text.textContent).filter((text) => text.startsWith("10")),
    peak: (() => {  // of the last epoch, in pixels
      const box = [...figure.querySelectorAll(".ridge-line")].at(-1).getAttribute("d").match(/[\d.]+ [\d.]+/g).map((p) => p.split(" ").map(Number));
      return box.reduce((best, p) => p[1] < best[1] ? p : best)[0];
    })()})));
  equal(charts.length, 11);
  for (const chart of charts) {
    equal(chart.title, "sizes of gradients");
    equal([chart.ticks, chart.names], [charts[0].ticks, charts[0].names]);
  }
  check(charts[0].names.length >= 2, String(charts[0].names));
  const powers = await page.evaluate(() => run.layers.map((_, i) => Math.log10(run.records.at(-1).gradients[i].deviation)));
  const [a, b] = charts[0].ticks.map((d) => Number(d.slice(1).split(" ")[0]));
  const exponent = (name) => Number([...name.slice(2)].map((c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(c)).map((i) => i ? i - 1 : "-").join(""));
  const decade = (b - a) / (exponent(charts[0].names[1]) - exponent(charts[0].names[0]));
  near((charts.at(-1).peak - charts[0].peak) / decade, powers.at(-1) - powers[0], 1, "powers of ten between the ends");
  check(powers.at(-1) - powers[0] > 1, "it fades");
});

pageTest("images of no class are counted beside the confusion matrix", async (open) => {
  equal(await (await open(fileOf("default"))).locator("#confusion-matrix p").count(), 0);
  const page = await open(fileOf("unclassified"));
  check((await text(page, "#confusion-matrix p")).startsWith("130 of 130 images are in no cell"), await text(page, "#confusion-matrix"));
  check((await text(page, "#mistakes-look")).startsWith("There are none"), await text(page, "#mistakes-look"));
});

pageTest("cells of the confusion matrix by pointer and by keys", async (open) => {
  const page = await open(fileOf("default"));
  const cell = (label, prediction) => page.locator(".confusion td[role]").nth(10 * label + prediction);
  const says = () => text(page, "#confusion-cell strong");
  await cell(4, 9).hover();
  const count = Number(await cell(4, 9).textContent());
  check((await says()).startsWith(`Label 4, taken for 9: ${count} of `), await says());
  equal(await page.locator("#confusion-cell canvas").count(), Math.min(3, count));
  await cell(4, 9).click();
  await page.keyboard.press("ArrowUp");
  check((await says()).startsWith("Label 3, taken for 9: "), await says());
  await page.keyboard.press("ArrowLeft");
  check((await says()).startsWith("Label 3, taken for 8: "), await says());
  await page.keyboard.press("Home");
  check((await says()).startsWith("Label 0, recognized: "), await says());
  const shares = await says();
  near(Number(shares.match(/\(([\d.]+)\u00a0%\)/)[1]), 100 * shares.match(/: ([\d,]+)/)[1].replace(",", "") / 980, 0.006, "share");
});

pageTest("mistakes: the worst first, probabilities that add up, and the rest at a click", async (open) => {
  const page = await open(fileOf("default"));
  const mistakes = await page.evaluate(() => run.mistakes);
  mistakes.forEach((m, i) => {
    check(m.label !== m.prediction, "it is one");
    check(!i || m.loss <= mistakes[i - 1].loss, "sorted");
    near(m.probabilities.reduce((a, b) => a + b), 1, 2e-3, "sum");
    near(-Math.log(m.probabilities[m.label]), m.loss, 2e-3, "loss");
    equal(m.probabilities.indexOf(Math.max(...m.probabilities)), m.prediction);
  });
  equal(await page.locator(".mistake").count(), 12);
  await page.click("#more-mistakes");
  equal(await page.locator(".mistake").count(), mistakes.length);
  equal(await page.locator("#more-mistakes").isVisible(), false);
});

pageTest("weights of the first layer: plain or as felt, by keys too", async (open) => {
  const page = await open(fileOf("default"));
  equal(await page.locator(".weight").count(), 32);
  const corner = () => page.$eval(".weight canvas", (canvas) => {
    const copy = document.createElement("canvas").getContext("2d");  // read once: more often is a warning
    copy.drawImage(canvas, 0, 0);
    return copy.getImageData(0, 0, 1, 1).data[3];
  });
  const plain = await corner();
  check(plain > 0, "a corner has its random weight");
  await page.click("#felt-weights");
  equal(await corner(), 0, "no image has ink there");
  await page.click("#plain-weights");
  equal(await corner(), plain);
  await page.locator(".weight").first().focus();
  await page.keyboard.press("ArrowRight");
  check(/^unit \d+ of 0.weight: norm /.test(await text(page, "#weight-readout")), await text(page, "#weight-readout"));
});

pageTest("of a convolutional net the filters, which have no pixel of their own", async (open) => {
  const page = await open(fileOf("cnn"));
  check((await text(page, "#weights-look")).startsWith("All 4 filters, largest first."), await text(page, "#weights-look"));
  equal(await page.$$eval(".weight canvas", (all) => all.map((c) => `${c.width}x${c.height}`)), Array(4).fill("3x3"));
  equal(await page.isVisible(".choices"), false);
  await page.locator(".weight").first().focus();
  check(/^filter \d of 1.weight: norm /.test(await text(page, "#weight-readout")), await text(page, "#weight-readout"));
});

pageTest("each rule is shown with its numbers, whether it has something to say or not", async (open) => {
  const page = await open(fileOf("default"));
  const remarks = await page.evaluate(() => run.remarks);
  equal(remarks.length, 10);
  await page.click("#silent-rules summary");
  const shown = await page.locator("#doctor").innerText();
  for (const r of remarks) check(shown.includes(r.title) && shown.includes(r.rule) && shown.includes(r.numbers), r.title);
  equal(await page.locator("article.remark").count(), remarks.filter((r) => r.advice).length);
});

pageTest("the least possible loss as trained is the entropy of a smoothed label", async (open) => {
  const page = await open(fileOf("default"));  // 0.91 for its own class, and 0.01 for each of the 9 others
  near(await page.evaluate(() => smoothedFloor()), -0.91 * Math.log(0.91) - 0.09 * Math.log(0.01), 1e-12);
});

pageTest("a held-out loss that has turned is marked where it was lowest, and captions say what was done", async (open) => {
  const page = await open(fileOf("default")), bare = await open(fileOf("bare"));
  const marks = await page.evaluate(() => [[0.4, 0.3, 0.3059], [0.4, 0.3, 0.31]].map((losses) => {
    losses.forEach((loss, i) => { run.history[i].heldOutLoss = loss; });
    return turn();
  }));
  equal(marks, [[], [{value: 0.3, text: "test, lowest: 0.3000 after epoch 2", below: true}]]);
  check((await text(page, "#curves-note")).endsWith("of the training images, without any of that."), await text(page, "#curves-note"));
  check((await text(bare, "#curves-note")).endsWith("of the training images."), await text(bare, "#curves-note"));
});

pageTest("what was not recorded is said", async (open) => {
  const resumed = await open(fileOf("resumed"));
  check((await text(resumed, "#run-note")).startsWith("Resumed after epoch 1: "), await text(resumed, "#run-note"));
  equal(await resumed.evaluate(() => run.history.map((p) => p.epoch)), [1, 2, 3]);
  const broken = await open(fileOf("exploded"));
  const error = exploded.stderr.match(/train_mnist: (.*?);/)[1];
  check((await text(broken, "#run-note")).includes(error), await text(broken, "#run-note"));
  check((await text(broken, "#run-note")).includes("the network as it was before the training"), "which network is shown");
  check((await text(broken, "#remarks")).includes("The numbers exploded"), "the doctor says so too");
  equal(await broken.$$eval("#contents a", (all) => all.map((a) => a.hash.slice(1))), await broken.$$eval("main > section", (all) => all.filter((s) => s.checkVisibility()).map((s) => s.id)), "what to jump to");
  const untrained = await open(fileOf("untrained"));
  check((await text(untrained, "#curves-look")).includes("no curves"), "no curves");
  check((await text(untrained, "#remarks")).includes("Too little was trained"), await text(untrained, "#remarks"));
  check((await text(await open(fileOf("dry")), "#run-note")).includes("dry run"), "dry run");
  const bare = await open(fileOf("bare"));
  check((await text(bare, "#batch-norm-charts")).includes("no batch normalization"), "no batch normalization");
  check((await bare.locator("#tiles").innerText()).includes("validation accuracy"), "validation");
  check((await text(await open(fileOf("linear")), "#health-charts")).includes("no ReLU"), "no ReLU");
});

pageTest("26 classes of 6 x 9 pixels", async (open) => {
  const page = await open(fileOf("letters"));
  equal(await page.locator(".confusion td[role]").count(), 26 * 26);
  check((await text(page, "#lead")).includes(" images of 6 × 9 pixels, 26 classes; "), await text(page, "#lead"));
  const sizes = await page.$$eval(".weight canvas, .image canvas", (all) => all.map((c) => `${c.width}x${c.height}`));
  equal([...new Set(sizes)], ["9x6"]);
});
