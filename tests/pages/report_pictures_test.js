"use strict";
// The page of train_mnist --report: its charts, pictures and cards against the numbers that they stand for.
const {execFileSync} = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const {build, work, pageTest, check, equal, near, misdrawn} = require("./browser.js");

const fileOf = (name) => path.join(work, `pictures_${name}.html`);
const printed = execFileSync(path.join(build, "examples/train_mnist"), ["--report", fileOf("small"), "--epochs", "3", "--hidden", "12,8", "--validation", "58000", "--batch-size", "200"], {encoding: "utf8"});
const text = (page, selector) => page.textContent(selector);
const texts = (page, selector) => page.$$eval(selector, (all) => all.map((e) => e.textContent));
const number = (shown) => Number(shown.replaceAll("−", "-").replace(/10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)/, (_, raised) => `1e${[...raised].map((c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(c)).map((i) => (i ? i - 1 : "-")).join("")}`)
  .replace(/\s*%$/, "")) * (shown.includes("%") ? 0.01 : 1);

// Of every line chart of the page: its curves' points, the marks at the chosen epoch, and what stands below it.
const lineCharts = (page) => page.$$eval(".figure:has(> svg.chart[tabindex])", (figures) => figures.map((figure) => {
  const svg = figure.querySelector("svg.chart"), at = (e, name) => Number(e.getAttribute(name)), colour = (e) => e.getAttribute("style")?.match(/--[\w-]+/)?.[0];
  const ticks = [...svg.querySelectorAll(":scope > text")];
  return {
    title: figure.querySelector("h3").textContent, readout: figure.querySelector(".readout").textContent, names: [...figure.querySelectorAll(".legend li")].map((li) => li.textContent),
    dashes: [...figure.querySelectorAll(".legend path")].map((p) => p.getAttribute("class").includes("dashed")),
    legend: [...figure.querySelectorAll(".legend path")].map(colour),
    curves: [...svg.querySelectorAll("g .curve")].map((line) => ({colour: colour(line), dashed: line.getAttribute("class").includes("dashed"),
      points: [...line.getAttribute("d").matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g)].map((m) => [Number(m[1]), Number(m[2])])})),
    marks: [...svg.querySelectorAll(".marker")].map((dot) => ({colour: colour(dot), x: at(dot, "cx"), y: at(dot, "cy")})),
    cursor: Number(svg.querySelector(".cursor").getAttribute("d").match(/^M([\d.]+)/)?.[1] ?? NaN),
    x: ticks.filter((t) => t.getAttribute("text-anchor") === "middle" && /^\d+$/.test(t.textContent)).map((t) => [at(t, "x"), Number(t.textContent)]),
    y: ticks.filter((t) => t.getAttribute("text-anchor") === "end" && !t.classList.contains("on-curve")).map((t) => [at(t, "y") - 4, t.textContent]),
    guides: [...svg.querySelectorAll(".guide")].map((line) => Number(line.getAttribute("d").match(/^M[\d.]+ ([\d.]+)/)[1])), on: [...svg.querySelectorAll(".on-curve")].map((t) => [t.textContent, at(t, "x"), t.getAttribute("text-anchor"), at(t, "y")]),
    box: svg.viewBox.baseVal.width,
  };
}));
const between = ([[p, a], [q, b]], log = false) => (pixel) => {
  const [u, v] = log ? [a, b].map(Math.log10) : [a, b], value = u + (pixel - p) / (q - p) * (v - u);
  return log ? 10 ** value : value;
};

// What the run knows of each chart: title -> [name, values by epoch, ...].
const known = (page) => page.evaluate(() => {
  const {history: h, records: r, layers, parameters} = run, epochs = [0, 1, 2, 3];
  const of = (list, get) => epochs.map((e) => list.filter((one) => one.epoch === e).map(get)[0] ?? null);
  const each = (kind, get) => layers.map((layer, i) => (layer.kind === kind ? [`${layer.name} ${layer.kind}`, of(r, (one) => get(one)[i])] : null)).filter(Boolean);
  return {
    Loss: [["training, as trained", of(h, (p) => p.trainLoss)], ["training, evaluated", of(r, (p) => p.trainLoss)], ["validation", of(h, (p) => p.heldOutLoss)]],
    Accuracy: [["training, as trained", of(h, (p) => p.trainAccuracy)], ["training, evaluated", of(r, (p) => p.trainAccuracy)], ["validation", of(h, (p) => p.heldOutAccuracy)]],
    "Learning rate": [["rate", [run.firstRate, ...h.map((p) => p.learningRate)]]],
    "Dead ReLUs": each("ReLU", (one) => one.silent),
    "Update-to-weight ratio": parameters.map((p, i) => [p.name, of(r, (one) => one.updates[i])]),
    "Running means against a batch's": each("BatchNorm1d", (one) => one.meanGap),
    "Running deviations against a batch's": each("BatchNorm1d", (one) => one.spreadGap),
  };
});

pageTest("line charts: at each epoch the marks are on the curves, the curves on their numbers, and the words say them", async (open) => {
  const page = await open(fileOf("small")), expected = await known(page);
  await page.locator("#curve-charts svg.chart").first().focus();
  await page.keyboard.press("End");
  for (const epoch of [3, 2, 1, 0]) {
    const charts = await lineCharts(page);
    equal(charts.map(({title}) => title), Object.keys(expected));
    for (const {title, readout, names, dashes, legend, curves, marks, cursor, x, y} of charts) {
      const what = `${title}, epoch ${epoch}`, log = /ratio|against/.test(title), series = expected[title];
      equal(names, series.map(([name]) => name), what);
      equal([curves.map(({colour}) => colour), curves.map(({dashed}) => dashed)], [legend, dashes], `${what}: the legend`);
      const [epochOf, valueOf] = [between(x), between([y[0], y.at(-1)].map(([p, t]) => [p, number(t)]), log)];
      const said = readout.split(": ").slice(1).join(": ").split("; ");
      const now = series.filter(([, values]) => values[epoch] !== null);
      check(readout.startsWith(epoch ? `epoch ${epoch}: ` : "before training: "), readout);
      equal(said.length, now.length || 1, `${what}: ${readout}`);
      now.forEach(([name, values], k) => {
        check(said[k].startsWith(`${name} `), said[k]);
        near(number(said[k].slice(name.length + 1)), values[epoch], 0.06 * Math.abs(values[epoch]) * (log ? 1 : 0.02) + 6e-4 * (title === "Dead ReLUs") + 6e-5, `${what}: ${said[k]}`);
      });
      if (!now.length) continue;
      near(epochOf(cursor), epoch, 0.02, what);
      // (What is beyond the frame has no mark: the loss before the training.)
      check(marks.length >= now.length - 1, `${what}: ${marks.length} marks`);
      for (const mark of marks) {
        near(mark.x, cursor, 0.1, what);
        const on = curves.filter(({colour}) => colour === mark.colour).flatMap(({points}) => points);
        check(on.some(([px, py]) => Math.hypot(px - mark.x, py - mark.y) < 0.2), `${what}: a mark beside its curve`);
      }
      curves.forEach(({points}, k) => {
        const whole = series[k][1].map((v, e) => [e, v]).filter(([, v]) => v !== null && (!log || v > 0));
        equal(points.length, whole.length, `${what}: ${names[k]}`);
        const reach = Math.abs(valueOf(y[0][0]) - valueOf(y.at(-1)[0]));
        whole.forEach(([e, v], i) => {
          near(epochOf(points[i][0]), e, 0.02, what);
          near(log ? Math.log10(valueOf(points[i][1])) : valueOf(points[i][1]), log ? Math.log10(v) : v, log ? 0.05 : 0.01 * reach, `${what}: ${names[k]}`);
        });
      });
    }
    await page.keyboard.press("ArrowLeft");
  }
  const charts = Object.fromEntries((await lineCharts(page)).map((chart) => [chart.title, chart]));
  // Lines across: what the loss cannot fall below, and the rule of thumb of the steps.
  const {Loss: loss, "Update-to-weight ratio": steps, "Running means against a batch's": means} = charts;
  equal(steps.dashes, await page.evaluate(() => run.parameters.map(({shape}) => shape.length === 1)), "solid are weights");
  near(between([loss.y[0], loss.y.at(-1)].map(([p, t]) => [p, number(t)]))(loss.guides[0]), await page.evaluate(() => smoothedFloor()), 0.01, "the least loss");
  for (const [chart, value] of [[steps, 1e-3], [means, 0.67 / 16]]) near(Math.log10(between([chart.y[0], chart.y.at(-1)].map(([p, t]) => [p, number(t)]), true)(chart.guides[0])), Math.log10(value), 0.02, chart.title);
  for (const [chart, side] of [[loss, "end"], [steps, "start"], [means, "start"]]) {
    const [, x, anchor, y] = chart.on[0];
    equal(anchor, side, `${chart.title}: away from its curves`);
    check(anchor === "end" ? x > chart.box * 0.8 : x < chart.box * 0.3, `${chart.title}: words inside`);
    near(y, chart.guides[0] + 15, 0.2, "below its line");
  }
  // What is cut off is what lies outside of the frame.
  const clips = await page.$$eval("svg.chart:has(.frame):has(clipPath)", (all) => all.map((svg) => [svg.querySelector(".frame").getAttribute("d").match(/[\d.]+/g).map(Number), ["x", "y", "width", "height"].map((name) => Number(svg.querySelector("clipPath rect").getAttribute(name)))]));
  check(clips.length > 5, `${clips.length} charts`);
  for (const [[left, top, bottom, right], [x, y, wide, high]] of clips) [[x, left], [y, top], [x + wide, right], [y + high, bottom]].forEach(([cut, edge]) => near(cut, edge, 5, "cut at the frame"));
  // Under the pointer is the nearest epoch, in all charts.
  const first = page.locator("#curve-charts svg.chart").first(), box = await first.boundingBox();
  for (const [place, epoch] of [[0.98, 3], [52 / loss.box + 0.35 * (1 - 64 / loss.box), 1], [0.1, 0]]) {
    await page.mouse.move(box.x + place * box.width, box.y + box.height / 2);
    for (const readout of await texts(page, ".figure:has(> svg.chart) > .readout")) check(readout.startsWith(epoch ? `epoch ${epoch}: ` : "before training: "), `${epoch}: ${readout}`);
  }
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowRight");
  check((await text(page, ".figure .readout")).startsWith("epoch 3: "), "there is no later one");
  // A chart that ends before the chosen epoch is gone through from its end.
  equal(await page.evaluate(() => {
    chooseEpoch(3);
    epochKey({key: "ArrowLeft", preventDefault() {}}, [0, 1, 2]);
    return chosenEpoch;
  }), 1);
  const note = await text(page, "#curves-note");
  check(/with dropout and label smoothing 0\.1,/.test(note) && note.includes("on 2,000 of the training images"), note);
});

pageTest("ridges: each is its histogram, and the words below are its numbers", async (open) => {
  const page = await open(fileOf("small"));
  const all = await page.evaluate(() => [...document.querySelectorAll("#ridges .layer, #batch-norm-charts .layer")].flatMap((layer) => [...layer.querySelectorAll("figure:has(.ridge)")].map((figure) => {
    const name = layer.querySelector("h3").textContent.split(" ")[0], title = figure.querySelector("h4").textContent, i = run.layers.findIndex((l) => l.name === name);
    const get = {activations: (r) => r.activations[i], "sizes of gradients": (r) => r.gradients[i]}[title] ??
      ((r) => r.parameters[run.parameters.findIndex((p) => p.name === `${name}.${title[0] === "γ" ? "weight" : "bias"}`)]);
    return {title: `${name}, ${title}`, histograms: run.records.map(get), readout: figure.querySelector(".readout").textContent, chosen: [...figure.querySelectorAll(".chosen")].map((e) => e.dataset.epoch),
            unit: [...figure.querySelectorAll("svg > text")].map((t) => t.textContent), left: 30, right: figure.querySelector("svg").viewBox.baseVal.width - 8,
            ticks: [...figure.querySelectorAll("svg > text[text-anchor=middle]")].map((t) => [Number(t.getAttribute("x")), t.textContent]).slice(0, -1),
            lines: [...figure.querySelectorAll(".ridge-line")].map((e) => [Number(e.dataset.epoch), [...e.getAttribute("d").matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g)].map((m) => [Number(m[1]), Number(m[2])])])};
  })));
  check(all.length > 20, `${all.length} charts`);
  for (const {title, histograms, readout, chosen, ticks, lines, left, right} of all) {
    const powers = title.includes("sizes"), h = histograms[3];
    const said = readout.match(/^epoch 3: mean (\S+) ± (\S+?)(?:, (\S+)\s% exactly 0)?$/);
    check(said, readout);
    near(number(said[1]), h.mean, 1e-3 * Math.abs(h.mean) + 1e-12, `${title}: mean`);
    near(number(said[2]), h.deviation, 1e-3 * h.deviation, `${title}: deviation`);
    if (said[3] || h.zeros > 0.001) near(number(said[3]), 100 * h.zeros, 0.051, `${title}: zeros`);
    equal(chosen, lines.some(([epoch]) => epoch === 3) ? ["3"] : [], title);
    if (ticks.length < 2) continue;
    const axis = between([ticks[0], ticks[ticks.length > 2 ? 1 : ticks.length - 1]].map(([x, t]) => [x, powers ? Math.log10(number(t)) : number(t)]));
    for (const [epoch, points] of lines) {
      const {low, high, counts} = histograms[epoch], most = Math.max(...counts), base = points[0][1], reach = Math.abs(axis(right) - axis(left));
      if (!(high > low)) continue;
      near(axis(points[0][0]), low, 0.02 * reach, `${title}, epoch ${epoch}: begins`);
      near(axis(points.at(-1)[0]), high, 0.02 * reach, `${title}, epoch ${epoch}: ends`);
      counts.forEach((count, i) => {
        near(axis(points[i + 1][0]), low + (i + 0.5) * (high - low) / counts.length, 0.02 * reach, `${title}, epoch ${epoch}, bin ${i}`);
        near((base - points[i + 1][1]) / 30, count / most, 0.005, `${title}, epoch ${epoch}, bin ${i}`);
      });
    }
    // Most of the ridges are whole but for a hundredth at each side.
    const inside = lines.filter(([epoch]) => {
      const {low, high, counts} = histograms[epoch], total = counts.reduce((a, b) => a + b);
      const seen = counts.filter((_, i) => axis(left) <= low + (i + 1) * (high - low) / counts.length && axis(right) >= low + i * (high - low) / counts.length).reduce((a, b) => a + b, 0);
      return seen >= 0.97 * total;
    });
    check(inside.length >= lines.length - 1, `${title}: only ${inside.length} of ${lines.length} ridges are whole`);
  }
  equal(await page.evaluate(() => [someOf([...Array(101).keys()], 21), someOf([1, 2, 3], 21)]), [Array.from({length: 21}, (_, i) => 5 * i), [1, 2, 3]], "of very many epochs some, with the first and the last");
  equal(await page.evaluate(() => [0.004, 0.0001].map((zeros) => ridgeText({epoch: 2, histogram: {mean: 0.5, deviation: 1, zeros}}))), ["epoch 2: mean 0.5 ± 1, 0.4\u00a0% exactly 0", "epoch 2: mean 0.5 ± 1"]);
  const ridge = page.locator("svg.ridge").first();
  await ridge.scrollIntoViewIfNeeded();
  const box = await ridge.boundingBox(), height = Number(await ridge.getAttribute("data-height"));
  for (const epoch of [0, 1, 2, 3]) {
    await page.mouse.move(box.x + box.width / 2, box.y + (34 + 9 * epoch) / height * box.height);
    check((await text(page, "#ridges .readout")).startsWith(epoch ? `epoch ${epoch}: ` : "before training: "), `row ${epoch}: ${await text(page, "#ridges .readout")}`);
  }
});

pageTest("batch normalization: a dot for each feature, the batch's number to the right, the running one upwards", async (open) => {
  const page = await open(fileOf("small"));
  const charts = await page.$$eval("svg.scatter", (all) => all.map((svg) => ({
    title: svg.closest("figure").querySelector("h4").textContent, ticks: [...svg.querySelectorAll("text")].map((t) => [Number(t.getAttribute("x")), Number(t.getAttribute("y")), t.getAttribute("text-anchor"), t.textContent]),
    guide: svg.querySelector(".guide").getAttribute("d").match(/-?[\d.]+/g).map(Number), dots: [...svg.querySelectorAll(".point")].map((dot) => [Number(dot.getAttribute("cx")), Number(dot.getAttribute("cy"))])})));
  const norms = await page.evaluate(() => run.batchNorms.filter(Boolean));
  equal(charts.length, 2 * norms.length);
  charts.forEach(({title, ticks, dots, guide}, c) => {
    const norm = norms[Math.floor(c / 2)], [xs, ys] = title === "means" ? [norm.batchMean, norm.runningMean] : [norm.batchDeviation, norm.runningDeviation], unit = title === "means" ? "mean" : "deviation";
    const y = ticks.filter(([, , anchor]) => anchor === "end"), x = ticks.filter(([, , anchor, t]) => anchor === "middle" && !t.startsWith("batch"));
    equal(ticks.filter(([, , , t]) => t.startsWith("running") || t.startsWith("batch")).map(([, , , t]) => t), [`running ${unit}`, `batch ${unit}`]);
    const [right, up] = [between([x[0], x.at(-1)].map(([p, , , t]) => [p, number(t)])), between([y[0], y.at(-1)].map(([, p, , t]) => [p - 4, number(t)]))];
    const reach = Math.abs(number(x.at(-1)[3]) - number(x[0][3]));
    equal(dots.length, xs.length);
    dots.forEach(([cx, cy], i) => {
      near(right(cx), xs[i], 0.02 * reach, `${title}, feature ${i}, batch`);
      near(up(cy), ys[i], 0.02 * reach, `${title}, feature ${i}, running`);
    });
    for (const k of [0, 2]) near(right(guide[k]), up(guide[k + 1]), 0.02 * reach, "where both agree");
  });
});

pageTest("the head of the page, the doctor, and what to jump to", async (open) => {
  const page = await open(fileOf("small"));
  check((await text(page, "#lead")).startsWith("2,000 training images of 28 × 28 pixels, 10 classes; 3 epochs of batches of 200,"), await text(page, "#lead"));
  const [, percent, correct, loss] = printed.match(/validation accuracy (\S+) % \((\d+) of \d+\), loss ([\d.]+)/);
  equal(await texts(page, "#tiles dt"), ["validation accuracy", "validation loss", "epochs trained", "parameters"]);
  equal(await texts(page, "#tiles dd"), [`${percent}\u00a0%${Number(correct).toLocaleString("en-US")} of 58,000`, `${Number(loss).toFixed(4)}cross-entropy`, "3of 3", `${(784 * 12 + 24 + 12 * 8 + 16 + 8 * 10 + 10).toLocaleString("en-US")}in 5 of 9 layers`]);
  equal(await page.$$eval("#contents a", (all) => all.map((a) => a.getAttribute("href").slice(1))), await page.$$eval("main > section:not([hidden])", (all) => all.map((s) => s.id)));
  const remarks = await page.evaluate(() => run.remarks), said = remarks.filter((r) => r.advice), silent = remarks.filter((r) => !r.advice);
  equal(await texts(page, "article.remark .badge"), said.map((r) => (r.kind === "warning" ? "look here" : "good to know")));
  equal(await page.$$eval("#silent-rules li", (all) => all.map((li) => li.firstChild.textContent + li.childNodes[1].textContent)), silent.map((r) => r.title + (r.kind === "silent" ? ": no." : ": cannot be told.")));
  check((await text(page, "#silent-rules summary")).startsWith(`${silent.length} rules`), "how many");
  // That nothing is wrong is said where there is no warning, whatever else is good to know.
  for (const [kind, fine] of [["warning", []], ["note", ["No warning: nothing looks wrong with this run."]]]) {
    const other = fileOf(kind);
    fs.writeFileSync(other, fs.readFileSync(fileOf("small"), "utf8").replaceAll(/"kind": "(warning|note)"/g, `"kind": "${kind}"`));
    equal(await texts(await open(other), ".remark.fine"), fine, kind);
  }
  // Charts are drawn anew where the window has another width.
  const width = () => page.$eval("#curve-charts svg.chart", (svg) => svg.viewBox.baseVal.width - svg.parentNode.clientWidth);
  await page.setViewportSize({width: 700, height: 900});
  await page.waitForTimeout(50);
  near(await width(), 0, 1, "as wide as its place");
});

pageTest("every picture is whole and has a name", async (open) => {
  for (const width of [1280, 420]) equal(await misdrawn(await open(fileOf("small"), {width})), [], `${width} px`);
});
