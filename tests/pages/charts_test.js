"use strict";
// Charts read as a reader does, who takes a curve to numbers by the ticks of its axes: they are the page's data.
const {execFileSync} = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const {build, work, pageTest, check, equal, near} = require("./browser.js");

const fileOf = (name) => path.join(work, `charts_${name}.html`);
const run = (program, flags) => execFileSync(path.join(build, "examples", program), flags, {encoding: "utf8"});
run("optimizers", ["--html", fileOf("optimizers")]);
const microscope = run("gradcheck_microscope", ["--op", "tanh", "--html", fileOf("microscope")]);
run("train_mnist", ["--quiet", "--epochs", "4", "--hidden", "8", "--validation", "58000", "--batch-size", "500", "--report", fileOf("mnist")]);
const metrics = path.join(work, "charts.metrics"), svg = path.join(work, "charts.svg"), csv = path.join(work, "charts.csv");
run("train_table", ["--epochs", "9", "--lr", "0.0003", "--report", fileOf("table"), "--metrics", metrics]);
fs.writeFileSync(csv, "x,y\n" + Array.from({length: 60}, (_, i) => `${i * 7 % 60},${3 * (i * 7 % 60) - 20 + i % 4}\n`).join(""));
run("train_table", [csv, "--epochs", "40", "--report", fileOf("numbers")]);
const shift = run("covariate_shift", ["--steps", "8", "--every", "2", "--lr", "1", "--svg", svg]);
fs.writeFileSync(fileOf("shift"), fs.readFileSync(svg));
run("playground", ["--output", fileOf("playground")]);
run("ablation", ["--seeds", "2", "--epochs", "3", "--validation", "59000", "--recipe=--hidden 8 --batch-size 500", "--html", fileOf("ablation"),
                 "--results", path.join(work, "charts.jsonl")]);

// In the page: {curves: {class: [[x, y], ...]}, dots: {class: [[x, y], ...]}} of a chart, in the numbers of its axes.
function readChart(svg) {
  const number = (text) => {
    const plain = text.replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+$/, (raised) => `^${[...raised].map((c) => "⁰¹²³⁴⁵⁶⁷⁸⁹⁻".indexOf(c)).map((i) => i === 10 ? "-" : i).join("")}`).replaceAll("−", "-");
    return plain.includes("^") ? 10 ** Number(plain.split("^")[1]) : Number(plain.replace(" %", "")) * (plain.endsWith("%") ? 0.01 : 1);
  };
  const texts = [...svg.querySelectorAll(":scope > text")].map((t) => ({x: Number(t.getAttribute("x")), y: Number(t.getAttribute("y")), value: number(t.textContent)}))
    .filter(({value}) => Number.isFinite(value)), bottom = Math.max(...texts.map(({y}) => y));
  const axis = (ticks) => {
    const [a, b] = [ticks[0], ticks.at(-1)], middle = ticks[Math.floor((ticks.length - 1) / 2)];
    const share = (middle.at - a.at) / (b.at - a.at);  // is the tick between them where it is on a linear axis?
    const linear = ticks.length < 3 || Math.abs(share - (middle.value - a.value) / (b.value - a.value)) < 0.01;
    const scale = linear ? (v) => v : Math.log10;
    return (pixel) => {
      const v = scale(a.value) + (pixel - a.at) / (b.at - a.at) * (scale(b.value) - scale(a.value));
      return linear ? v : 10 ** v;
    };
  };
  const x = axis(texts.filter((t) => t.y > bottom - 3).map(({x, value}) => ({at: x, value})));
  const y = axis(texts.filter((t) => t.y <= bottom - 3).map(({y, value}) => ({at: y - 4, value})));
  const found = {curves: {}, dots: {}};
  for (const line of svg.querySelectorAll("path")) {
    const points = [...line.getAttribute("d").matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g)].map(([, a, b]) => [x(Number(a)), y(Number(b))]);
    const name = `${line.getAttribute("class")} ${line.getAttribute("style") ?? ""}`.trim();
    if (points.length > 1) (found.curves[name] ??= []).push(points);
  }
  for (const dot of svg.querySelectorAll("circle")) (found.dots[dot.getAttribute("class")] ??= []).push([x(Number(dot.getAttribute("cx"))), y(Number(dot.getAttribute("cy")))]);
  return found;
}

const read = async (page, selector) => (await page.$$eval(selector, new Function("all", `return all.map(${readChart})`)));

function same(found, expected, what, [dx, dy] = [0.02, 0.02]) {
  equal(found?.length, expected.length, `${what}: points`);
  expected.forEach(([a, b], i) => {
    near(found[i][0], a, dx * Math.max(1, Math.abs(a)), `${what}, x of point ${i}`);
    near(found[i][1], b, dy, `${what}, y of point ${i}`);
  });
}
const logs = (points, log) => points?.map((point) => point.map((v, k) => (log[k] ? Math.log10(v) : v)));

pageTest("the losses of all optimizers", async (open) => {
  const page = await open(fileOf("optimizers"));
  await page.evaluate(() => go(50));
  const [chart] = await read(page, "#losses svg"), paths = await page.evaluate(() => paths);
  for (const [name, path] of Object.entries(paths)) {
    const losses = path.map(({loss}, t) => [t, Math.log10(Math.min(Math.max(loss, 1e-8), 100))]);
    same(logs(chart.curves[`path ahead ${name}`][0], [0, 1]), losses, name, [0.2, 0.03]);
    same(logs(chart.curves[`path ${name}`][0], [0, 1]), losses.slice(0, 51), name, [0.2, 0.03]);
    same(logs(chart.dots[`here ${name}`], [0, 1]), [losses[50]], `${name}, here`, [0.2, 0.03]);
  }
  // The map: a path's points are its weights, by the place of the start and of the last one.
  const [drawn, expected] = await page.evaluate(() => {
    const {x, y} = makeMap(520, "").scale, d = document.querySelector("#map .path.adam").getAttribute("d");
    return [[...d.matchAll(/(-?[\d.]+) (-?[\d.]+)/g)].map((m) => [Number(m[1]), Number(m[2])]), paths.adam.slice(0, 51).map(({w}) => [x(w[0]), y(w[1])])];
  });
  expected.forEach((point, i) => point.forEach((v, k) => near(drawn[i][k], v, 0.06, `point ${i} of the path`)));
});

pageTest("the microscope's errors, and its best steps", async (open) => {
  const page = await open(fileOf("microscope"));
  const [chart] = await read(page, "#chart svg"), data = await page.evaluate(() => run);
  for (const p of data.precisions) {
    const points = data.steps.map((h, i) => [Math.log10(h), Math.log10(p.error[i])]);
    same(logs(chart.curves[`curve ${p.name}`][0], [1, 1]), points, p.name, [0.03, 0.06]);
    same(logs(chart.dots[`best ${p.name}`], [1, 1]), [points[p.best]], `best of ${p.name}`, [0.03, 0.06]);
    equal(p.error[p.best], Math.min(...p.error), `least of ${p.name}`);
    // A fitted line begins at the best step and has the law's slope.
    chart.curves[`guide ${p.name}`].forEach((line, i) => {
      const law = [p.rounding, p.truncation][i], [[x0, y0], [x1, y1]] = logs(line, [1, 1]);
      near(x0, points[p.best][0], 0.05, "begins at the best step");
      near((y1 - y0) / (x1 - x0), law.exponent, 0.05, `slope of guide ${i} of ${p.name}`);
      near(y0, Math.log10(law.factor) + law.exponent * x0, 0.1, `height of guide ${i} of ${p.name}`);
    });
  }
  for (const label of await page.$$eval("#chart .on-curve", (all) => all.map((t) => t.textContent))) {
    const slopes = data.precisions.flatMap((p) => [p.rounding, p.truncation]).filter(Boolean).map(({exponent}) => `slope ${exponent.toFixed(2).replace("-", "−")}`);
    check(slopes.includes(label), label);
  }
});

pageTest("train_mnist: loss, accuracy, rate and the steps' sizes by epoch", async (open) => {
  const page = await open(fileOf("mnist"));
  const data = await page.evaluate(() => run), history = data.history, records = data.records;
  const [loss, accuracy, rate] = await read(page, "#curve-charts svg.chart");
  const at = (list, key) => list.map((each) => [each.epoch, each[key]]);
  const colour = (name, dashed = "") => `curve ${dashed} stroke:var(--${name})`;
  equal(history.map(({epoch}) => epoch), [1, 2, 3, 4]);
  same(loss.curves[colour("series-1")][0], at(history, "trainLoss"), "training loss");
  same(loss.curves[colour("series-0")][0], at(history, "heldOutLoss"), "held-out loss");
  same(loss.curves[colour("series-1", "dashed")][0].filter(([epoch]) => epoch > 0.5), at(records.filter(({epoch}) => epoch), "trainLoss"), "evaluated loss");
  same(accuracy.curves[colour("series-1")][0], at(history, "trainAccuracy"), "training accuracy", [0.02, 0.006]);
  same(accuracy.curves[colour("series-0")][0], at(history, "heldOutAccuracy"), "held-out accuracy", [0.02, 0.006]);
  same(rate.curves[colour("series-3")][0], [[0, data.firstRate], ...at(history, "learningRate")], "rate", [0.02, 3e-5]);
  const ratios = (await read(page, "#health-charts svg.chart")).at(-1);
  const trained = records.filter((r) => r.updates.some((v) => v !== null));
  const curves = Object.values(ratios.curves).flat().filter((points) => points.length === trained.length);
  data.parameters.forEach((p, i) => {
    const expected = trained.map((r) => [r.epoch, Math.log10(r.updates[i])]);
    check(curves.some((points) => logs(points, [0, 1]).every(([x, y], k) => Math.abs(x - expected[k][0]) < 0.05 && Math.abs(y - expected[k][1]) < 0.03)), `ratio of ${p.name}`);
  });
});

pageTest("train_mnist: ridges stand one below the other, each whole and beside its epoch", async (open) => {
  const page = await open(fileOf("mnist"));
  const charts = await page.$$eval("svg.ridge", (all) => all.map((svg) => ({
    height: Number(svg.dataset.height),
    epochs: [...svg.querySelectorAll("text[text-anchor=end]")].map((text) => [text.textContent, Number(text.getAttribute("y"))]),
    ridges: [...svg.querySelectorAll(".ridge-line")].map((line) => [line.dataset.epoch, line.getAttribute("d").match(/[\d.]+(?=[LM]|$)/g).map(Number)]),
  })));
  check(charts.length > 5, `${charts.length} charts`);
  for (const {height, epochs, ridges} of charts) {
    ridges.forEach(([epoch, ys]) => {
      near(Math.max(...ys) - Math.min(...ys), 30, 0.1, "height of a ridge");
      check(Math.min(...ys) > 3 && Math.max(...ys) <= height - 37, `epoch ${epoch} from ${Math.min(...ys)} to ${Math.max(...ys)} of ${height}`);
      near(epochs.find(([text]) => text === epoch)[1], Math.max(...ys) + 3, 0.1, `the name of epoch ${epoch}`);
    });
    equal(ridges.map(([epoch]) => Number(epoch)), [0, 1, 2, 3, 4].slice(-ridges.length));
  }
});

pageTest("train_mnist: the drawing's colours are the theme's", async (open) => {
  for (const scheme of ["light", "dark"]) {
    const page = await open(fileOf("mnist"), {scheme});
    const [mixed, theme] = await page.evaluate(() => [themeColors(), Object.fromEntries(Object.keys(themeColors()).map((name) => {
      const probe = document.body.appendChild(document.createElement("i"));
      probe.style.color = `var(--${name})`;
      return [name, getComputedStyle(probe).color];
    }))]);
    for (const [name, color] of Object.entries(mixed)) equal(`rgb(${color.join(", ")})`, theme[name], `${scheme}, ${name}`);
  }
});

pageTest("ablation: dots, curves and cells", async (open) => {
  const page = await open(fileOf("ablation"));
  const {rows, chosen} = await page.evaluate(() => ({rows, chosen}));
  equal(chosen, 1, "the first after the recipe");
  const two = (fraction) => (100 * fraction).toFixed(2).replace("-", "−");
  const cells = await page.$$eval("#rows tr", (all) => all.map((tr) => [...tr.querySelectorAll("td.right")].map((td) => td.textContent)));
  rows.forEach((row, i) => {
    const accuracies = row.runs.map((each) => each.heldOutAccuracy.at(-1)), mean = (accuracies[0] + accuracies[1]) / 2;
    near(row.accuracy, mean, 1e-5, "mean");
    const differences = row.runs.map((each, k) => each.heldOutAccuracy.at(-1) - rows[0].runs[k].heldOutAccuracy.at(-1));
    near(row.difference, (differences[0] + differences[1]) / 2, 1e-5, "difference");
    near(row.error, Math.abs(differences[0] - differences[1]) / 2, 1e-5, "standard error of two");
    near(row.deviation, Math.abs(accuracies[0] - accuracies[1]) / Math.SQRT2, 1e-5, "deviation of two");
    equal(cells[i], [`${two(row.accuracy)} ± ${two(row.deviation)}`, i ? `${row.difference > 0 ? "+" : ""}${two(row.difference)} ± ${two(row.error)}` : "", two(row.trainAccuracy)], row.name);
  });
  // On the logarithmic axis of errors, whose ticks are above.
  const ticks = await page.$$eval("#axis text", (all) => all.slice(1).map((t) => [Number(t.getAttribute("x")), Math.log(Number(t.textContent))]));
  const dots = await page.$$eval("#rows tr", (all) => all.map((tr) => [...tr.querySelectorAll(".dot")].map((dot) => Number(dot.getAttribute("cx")))));
  const [[x0, v0], [x1, v1]] = [ticks[0], ticks.at(-1)];
  rows.forEach((row, i) => row.runs.forEach((each, k) =>
    near(v0 + (dots[i][k] - x0) / (x1 - x0) * (v1 - v0), Math.log(100 * (1 - each.heldOutAccuracy.at(-1))), 0.02, `dot of ${row.name}`)));
  const [middle] = await page.$$eval("#rows .middle", (all) => all.map((line) => Number(line.getAttribute("d").match(/M([\d.]+)/)[1])));
  near(v0 + (middle - x0) / (x1 - x0) * (v1 - v0), Math.log(100 * (1 - rows[0].accuracy)), 0.02, "the recipe's line");
  for (const [id, of] of [["errors", (each) => each.heldOutAccuracy.map((a) => 100 * (1 - a))], ["losses", (each) => each.trainLoss]]) {
    const [chart] = await read(page, `#${id} svg`);
    const most = 3 * Math.max(...rows[0].runs.map((each) => of(each)[1]));
    for (const [name, row] of [["curve recipe", rows[0]], ["curve", rows[1]]]) {
      row.runs.forEach((each, k) => same(chart.curves[name][k], of(each).map((v, i) => [i + 1, Math.min(v, most)]), `${id}, ${name}`, [0.02, most / 100]));
    }
  }
});

pageTest("train_table: what is said of columns and mistakes", async (open) => {
  const page = await open(fileOf("table"));
  const data = await page.evaluate(() => run);
  const percent = (share) => `${(100 * share).toFixed(2)} %`;
  equal(await page.$$eval("#tiles dd", (all) => all.map((e) => e.textContent)), [percent(data.score), percent(data.guess), `${data.bestEpoch} of ${data.epochs}`]);
  equal(await page.$$eval("#importance tr", (all) => all.map((tr) => [...tr.children].slice(0, 2).map((td) => td.textContent))),
        data.importance.map(({name, worse}) => [name, (100 * worse).toFixed(2).replace("-", "−")]));
  const widths = await page.$$eval("#importance .bar", (all) => all.map((bar) => parseFloat(bar.style.width)));
  const most = data.importance[0].worse;
  data.importance.forEach(({worse}, i) => near(widths[i], Math.max(0, 100 * worse / most), 0.1, "width of a bar"));
  check(most > 0 && data.mistakes.length > 1, "there is something to see");
  equal(await page.$$eval("#errors li", (all) => all.map((li) => li.textContent)),
        data.mistakes.map((m) => `row ${m.row}: ${m.label} taken for ${m.prediction}, with a probability of ${percent(m.probability)}`));
  const lead = await page.textContent("#lead");
  check(lead.startsWith("Trained on 206 rows; 69 others decided when to stop, and the 69 held-out rows"), lead);
});

// Where one column decides and another is noise: shuffled, half of the cells are those of the other class, and an error
// of 20 in half of the rows is 14.1.
pageTest("train_table: how much a column matters", async (open) => {
  const page = fileOf("decides"), only = path.join(work, "only.csv");
  for (const [target, worse, most] of [["kind", 0.5, 0.1], ["y", 14.1, 2.5]]) {
    const row = (i) => [i * 37 % 101, "ab"[i % 2], target === "kind" ? ["one", "two"][i % 2] : i % 2 ? 10 : -10].join(",");
    fs.writeFileSync(only, [`noise,letter,${target}`, ...Array.from({length: 200}, (_, i) => row(i))].join("\n"));
    run("train_table", [only, "--report", page, "--epochs", "200", "--lr", "0.01"]);
    const {importance, score} = await (await open(page)).evaluate(() => run);
    equal(importance.map(({name}) => name), ["letter", "noise"], target);
    near(importance[0].worse, worse, most, "the letter");
    near(importance[1].worse, 0, most / 3, "the noise");
    near(score, target === "kind" ? 1 : 0, 0.5, "it was learned");
  }
});

pageTest("playground: the losses, and those of the points held out", async (open) => {
  const page = await open(fileOf("playground"));
  await page.evaluate(() => { for (let i = 0; i < 30; ++i) step(); show(); });
  const chart = (await read(page, "#losses > svg"))[0];
  const {losses, heldOutLosses} = await page.evaluate(() => ({losses: training.losses, heldOutLosses}));
  same(chart.curves.curve[0], losses.map((loss, i) => [i, loss]), "losses", [0.03, 0.01]);
  same(chart.curves["curve other"][0], heldOutLosses, "held out", [0.03, 0.01]);
  same(chart.dots.now, [[29, losses[29]]], "now", [0.03, 0.01]);
});

// The charts that programs draw: a group for each panel, with an svg in it for the curves.
function readPanels(svg) {
  const number = (text) => Number(text.textContent.replaceAll(",", "").replaceAll("−", "-")), at = (text, name) => Number(text.getAttribute(name));
  return [...svg.querySelectorAll(":scope > g")].filter((g) => g.querySelector(":scope > svg")).map((g) => {
    const texts = [...g.querySelectorAll(":scope > g > text")], anchored = (where) => texts.filter((text) => text.getAttribute("text-anchor") === where);
    const axis = (ticks, name) => {
      const [a, b] = [ticks[0], ticks.at(-1)], log = ticks.length > 2 && Math.abs((at(ticks[1], name) - at(a, name)) / (at(b, name) - at(a, name)) - (number(ticks[1]) - number(a)) / (number(b) - number(a))) > 0.01;
      const [scale, back] = log ? [Math.log, Math.exp] : [(v) => v, (v) => v];
      return (pixel) => back(scale(number(a)) + (pixel - at(a, name)) / (at(b, name) - at(a, name)) * (scale(number(b)) - scale(number(a))));
    };
    const x = axis(anchored("middle"), "x"), y = axis(anchored("end"), "y");
    return {
      lines: [...g.querySelectorAll(":scope > svg path")].map((line) => [...line.getAttribute("d").matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g)].map((m) => [x(Number(m[1])), y(Number(m[2]))])),
      dots: [...g.querySelectorAll(":scope > svg circle")].map((dot) => [x(at(dot, "cx")), y(at(dot, "cy"))]),
    };
  });
}
const panels = (page, selector) => page.$$eval(selector, new Function("all", `return all.flatMap(${readPanels})`));

pageTest("train_table: curves by epoch, and answers against the truth", async (open) => {
  const lines = fs.readFileSync(metrics, "utf8").trim().split("\n").map((line) => JSON.parse(line)), epochs = lines.slice(0, -1), end = lines.at(-1);
  const [loss, accuracy] = await panels(await open(fileOf("table")), "#curves > svg");
  const of = (key, factor = 1) => epochs.map((line) => [line.epoch, factor * line[key]]);
  same(loss.lines[0], of("train_loss"), "training loss");
  same(loss.lines[1], of("validation_loss"), "validation loss");
  same(loss.dots, [of("validation_loss")[end.best_epoch - 1]], "best");
  same(accuracy.lines[0], of("validation_accuracy", 100), "accuracy", [0.02, 0.3]);
  same(accuracy.dots, [of("validation_accuracy", 100)[end.best_epoch - 1]], "best", [0.02, 0.3]);
  const page = await open(fileOf("numbers"));
  const [answers] = await panels(page, "#errors > svg"), data = await page.evaluate(() => run);
  equal(answers.dots.length, data.rows[2]);
  const values = Array.from({length: 60}, (_, i) => 3 * (i * 7 % 60) - 20 + i % 4);
  for (const [truth] of answers.dots) check(values.some((v) => Math.abs(v - truth) < 1), `${truth} is in the table`);
  const rmse = Math.sqrt(answers.dots.reduce((sum, [truth, said]) => sum + (said - truth) ** 2, 0) / answers.dots.length);
  near(rmse, data.score, 0.03 * data.score + 0.5, "the error is that of the dots");
  answers.lines[0].forEach(([x, y]) => near(y, x, 1, "the diagonal"));
});

pageTest("covariate_shift: the figure has the numbers of the table", async (open) => {
  const rows = [...shift.matchAll(/^ +(\d+) +([\d.]+) % +([\d.]+) % +([-\d. ]+)/gm)].map((m) => [Number(m[1]), Number(m[2]), Number(m[3]), ...m[4].trim().split(/ +/).map(Number)]);
  equal(rows.map(([step]) => step), [1, 2, 4, 6, 8]);
  const of = (column) => rows.map((row) => [row[0], row[column]]);
  const [accuracy, without, withIt] = await panels(await open(fileOf("shift")), "svg[role=img]");
  same(accuracy.lines[0], of(2), "accuracy with", [0.05, 0.5]);
  same(accuracy.lines[1], of(1), "accuracy without", [0.05, 0.5]);
  for (const [panel, first] of [[without, 3], [withIt, 6]]) {
    same(panel.lines[0], [...of(first), ...of(first + 2).reverse()], "percentiles", [0.05, 0.03]);
    same(panel.lines[1], of(first + 1), "median", [0.05, 0.03]);
  }
});

pageTest("the microscope: errors are those of its numbers, and the table that is printed has them", async (open) => {
  const data = await (await open(fileOf("microscope"))).evaluate(() => run), most = Math.max(...data.truth.map(Math.abs));
  const rows = [...microscope.matchAll(/^ +([\d.]+e-?\d+) +([\d.]+e-?\d+) +([\d.]+e-?\d+) {3}(.{33})/gm)];
  check(rows.length > 20, `${rows.length} rows`);
  data.precisions.forEach((p, which) => data.steps.forEach((h, i) => {
    const errors = data.numeric[which][i].map((d, e) => Math.abs(d - data.truth[e]) / most);
    near(p.error[i], Math.max(...errors), 1e-3 * p.error[i] + 3e-9, `error at ${h}`);  // there are nine digits
    near(errors[p.worst[i]], Math.max(...errors), 3e-9, `worst at ${h}`);
  }));
  for (const [, step, float, double, marks] of rows) {
    const i = data.steps.reduce((best, h, k) => Math.abs(Math.log(h / step)) < Math.abs(Math.log(data.steps[best] / step)) ? k : best, 0);
    near(Number(step), data.steps[i], 0.06 * step, "step");
    data.precisions.forEach((p, which) => {
      near(Number([float, double][which]), p.error[i], 0.06 * p.error[i], `${p.name} at ${step}`);
      const place = marks.search(new RegExp(`[${p.name[0]}*]`));  // an error of 1e-16 is at 0, one of 1 at 32: two for each power
      near(place, 2 * (16 + Math.log10(p.error[i])), 1.01, `mark of ${p.name} at ${step}`);
    });
  }
});
