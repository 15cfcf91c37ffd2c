"use strict";
// Every control of the pages of `optimizers`, `ablation`, `gradcheck_microscope` and `explain --example slope` changes
// what it says, and what is drawn is where its numbers are.
const {execFileSync} = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const {build, work, pageTest, check, equal, near, misdrawn} = require("./browser.js");

const fileOf = (name) => path.join(work, `controls_${name}.html`);
const run = (program, ...flags) => execFileSync(path.join(build, "examples", program), flags, {encoding: "utf8"});
run("optimizers", "--html", fileOf("optimizers"));
run("explain", "--example", "slope", "--output", fileOf("slope"));
run("ablation", "--seeds", "2", "--epochs", "2", "--validation", "59000", "--recipe=--hidden 8 --batch-size 500", "--html", fileOf("ablation"), "--results", path.join(work, "controls.jsonl"));
for (const op of ["tanh", "relu"]) run("gradcheck_microscope", "--op", op, "--html", fileOf(op));

const text = (page, selector) => page.textContent(selector);
const texts = (page, selector) => page.$$eval(selector, (all) => all.map((e) => e.textContent));
const attributes = (page, selector, ...names) => page.$$eval(selector, (all, wanted) => all.map((e) => wanted.map((name) => e.getAttribute(name))), names);
const press = async (page, ...keys) => { for (const key of keys) await page.keyboard.press(key); };
const number = (shown) => Number(shown.replaceAll("−", "-"));
const slide = (page, selector, value) => page.$eval(selector, (input, v) => {
  input.value = v;
  input.dispatchEvent(new Event("input"));
}, String(value));
const points = (d) => [...d.matchAll(/(-?[\d.]+) (-?[\d.]+)/g)].map((m) => [Number(m[1]), Number(m[2])]);

// ---- optimizers

const state = (page) => page.evaluate(() => ({surface: state.surface, start: state.start, noise: state.noise, cycle: state.cycle, step: state.step, timer}));

pageTest("optimizers: surfaces, sliders, buttons and keys", async (open) => {
  const page = await open(fileOf("optimizers")), [step, noise, x, y] = [1, 2, 3, 4].map((k) => `#common label:nth-of-type(${k}) input`);
  const sliders = async () => (await texts(page, "#common output")).map(number);
  const surfaces = await page.evaluate(() => data.surfaces.map(({name, start, noise}) => ({start, noise, ...["title", "formula", "words"].reduce((all, key) => ({...all, [key]: SURFACES[name][key]}), {}), minima: SURFACES[name].minima})));
  equal(await sliders(), [40, surfaces[0].noise, ...surfaces[0].start]);
  await slide(page, noise, 2);
  for (const [i, surface] of surfaces.entries()) {
    await page.click(`#surfaces button:nth-child(${i + 1})`);
    equal([await text(page, "#formula"), await text(page, "#words")], [surface.formula, surface.words]);
    equal((await attributes(page, "#surfaces button", "aria-pressed")).flat(), surfaces.map((_, k) => String(k === i)));
    equal(await sliders(), [0, surface.noise, ...surface.start].map((v) => Number(v.toPrecision(4))), surface.title);
    const {minima, circles, cross} = await page.evaluate(() => ({minima: surface().minima.map(([a, b]) => [map.scale.x(a), map.scale.y(b)].map((v) => v.toFixed(2))), cross: [map.scale.x(0) - 4, map.scale.y(0), map.scale.x(0), map.scale.y(0) - 4],
      circles: [...document.querySelectorAll("#map .minimum")].map((c) => ["cx", "cy"].map((name) => Number(c.getAttribute(name)).toFixed(2)))}));
    equal(circles, minima, "rings at the minima");
    for (const minimum of surface.minima) check(await page.evaluate(([a, b]) => [[0.02, 0], [-0.02, 0], [0, 0.02], [0, -0.02]].every(([p, q]) => surface().value([a + p, b + q]) > surface().value([a, b])), minimum), "it is one");
    equal(new Set(surface.minima.map(String)).size, surface.minima.length, "each once");
    (await attributes(page, "#map .origin", "d"))[0][0].match(/[\d.]+(?= )| [\d.]+/g).map(Number).slice(0, 2).forEach((v, k) => near(v, cross[k], 0.01, "the cross at 0"));
  }
  await page.click("#surfaces button:nth-child(1)");
  await slide(page, x, -1.25);
  await slide(page, y, 0.75);
  await slide(page, noise, 0.5);
  await slide(page, step, 70);
  equal(await sliders(), [70, 0.5, -1.25, 0.75]);
  const now = await state(page);
  equal([now.start, now.noise, now.step], [[-1.25, 0.75], 0.5, 70]);
  const box = await page.locator("#map svg").boundingBox();
  await page.mouse.move(box.x + 0.25 * box.width, box.y + 0.25 * box.height);
  equal((await state(page)).start, [-1.25, 0.75], "the pointer alone moves nothing");
  await page.mouse.down();
  equal((await sliders()).slice(2), [-1, 0.75]);
  await page.mouse.move(box.x + 0.5 * box.width, box.y + 0.75 * box.height);
  await page.mouse.up();
  near((await sliders())[2], 0, 0.02, "x under the pointer");
  near((await sliders())[3], -0.75, 0.02, "y under the pointer");
  await page.click("#back");
  equal((await state(page)).step, 69);
  await page.click("#forward");
  equal((await state(page)).step, 70);
  const line = async () => points((await attributes(page, "#losses .cursor", "d"))[0][0].replace(/V.*/, ""))[0][0];
  near((await line() - 44) / (520 - 54), 70 / 200, 1e-3, "the line in the chart of losses");
  const start = await page.evaluate(() => paths.sgd[200].loss);
  await page.check("#cycle");
  check((await state(page)).cycle && await page.evaluate((before) => paths.sgd[200].loss !== before, start), "the cycle");
  const {rate, first} = await page.evaluate(() => ({rate: paths.sgd[1].w.map((w, i) => (paths.sgd[0].w[i] - w) / paths.sgd[1].g[i]), first: state.settings.sgd.rate / 25}));
  rate.forEach((r) => near(r, first, 1e-9, "the first step of a cycle has a 25th of the rate"));
  await page.uncheck("#cycle");
  equal((await state(page)).cycle, false);
  await page.evaluate(() => go(200));
  equal(await page.$$eval("#back, #forward", (all) => all.map((b) => b.disabled)), [false, true]);
  await page.click("#run");
  check((await state(page)).step < 200, "at the end a run begins anew");
  equal(await text(page, "#run"), "Pause");
  await page.click("#back");
  equal([await text(page, "#run"), (await state(page)).timer], ["Run", null], "a step by hand pauses it");
  await page.click("#reset");
  equal(await page.$$eval("#back, #forward", (all) => all.map((b) => b.disabled)), [true, false]);
  await press(page, " ");
  equal((await state(page)).timer, null, "the key was the button's");
});

pageTest("optimizers: cards have the numbers of their step, and their sliders the settings", async (open) => {
  const page = await open(fileOf("optimizers"));
  const names = await page.evaluate(() => names);
  for (const at of [0, 40, 130]) {
    await page.evaluate((t) => go(t), at);
    for (const [k, name] of names.entries()) {
      const card = `#cards > section:nth-of-type(${k + 1})`;
      const {path, keeps, loss} = await page.evaluate(([n, t]) => ({path: paths[n][t], keeps: METHODS[n].keeps, loss: fmt(paths[n][t].loss)}), [name, at]);
      equal(await text(page, `${card} .status`), `loss ${loss} after ${at} steps`);
      const rows = await page.$$eval(`${card} tbody tr`, (all) => all.map((tr) => [tr.querySelector("th").textContent, ...[...tr.querySelectorAll("td")].map((td) => td.textContent)]));
      const expected = [["w weights", path.w], ...(at ? [[`g last slope${name === "adam" ? ", without decay" : ""}`, path.g]] : []), ...Object.entries(keeps).map(([key, words]) => [`${key} ${words}`, path.kept[key]])];
      equal(rows, await page.evaluate((list) => list.map(([name, values]) => [name, ...values.map(fmt)]), expected), `${name} after ${at}`);
      // On its own map: the way so far, and dots for the last sixty steps.
      const {d, dots, here, scaled} = await page.evaluate(([n, t, sel]) => {
        const svg = document.querySelector(`${sel} svg`), {x, y} = mapScale(360), get = (kind) => svg.querySelector(`.${kind}.${n}`);
        return {d: get("path").getAttribute("d"), dots: get("steps").getAttribute("d"), here: ["cx", "cy"].map((a) => Number(get("here").getAttribute(a))), scaled: paths[n].slice(0, t + 1).map(({w}) => [x(w[0]), y(w[1])])};
      }, [name, at, card]);
      equal(points(d).length, at + 1);
      points(d).forEach((p, i) => p.forEach((v, c) => near(v, scaled[i][c], 0.06, `${name}, point ${i}`)));
      equal(points(dots), points(d).slice(-61));
      here.forEach((v, c) => near(v, scaled.at(-1)[c], 1e-6, "where it is"));
    }
  }
  const labels = {sgd: ["rate"], momentum: ["rate", "β, share of the velocity that is kept"], nesterov: ["rate", "β, share of the velocity that is kept"], rmsprop: ["rate", "β₂, share of the mean square that is kept"],
                  adam: ["rate", "β, share of the mean that is kept", "β₂, share of the mean square that is kept", "decay"], muon: ["rate", "β, share of the mean that is kept"]};
  for (const [name, expected] of Object.entries(labels)) {
    const card = `#cards > section:nth-of-type(${names.indexOf(name) + 1})`, shown = await texts(page, `${card} .slider > span`);
    expected.forEach((label) => check(shown.includes(label), `${name}: ${shown}`));
    const settings = await page.evaluate((n) => state.settings[n], name), loss = await text(page, `${card} .status`);
    equal((await texts(page, `${card} .slider output`)).map(number), Object.values(settings), name);
    near(Number((await attributes(page, `${card} .slider input`, "min"))[0]), Math.log(0.001), 1e-9, "rates on a logarithmic scale");
    await slide(page, `${card} .slider input`, Math.log(0.0123));
    near(await page.evaluate((n) => state.settings[n].rate, name), 0.0123, 1e-4, "rate");
    check(await text(page, `${card} .status`) !== loss, `${name} goes another way at another rate`);
  }
  check(await page.evaluate(() => METHODS.adam.keeps.m === "mean" && METHODS.adam.keeps.v === "mean square" && METHODS.rmsprop.keeps.v === "mean square"), "what is kept");
  await page.click("#shown button:nth-child(2)");
  equal((await attributes(page, "#shown button", "aria-pressed")).flat(), names.map((_, i) => String(i !== 1)));
  equal(await page.locator(`#map .here.${names[1]}, #losses .here.${names[1]}`).count(), 0);
  await page.click("#shown button:nth-child(2)");
  equal(await page.locator(`#map .here.${names[1]}`).count(), 1, "shown again");
});

// ---- ablation

pageTest("ablation: which row is chosen, by click and key, and what is in the legend", async (open) => {
  const page = await open(fileOf("ablation")), rows = await page.evaluate(() => rows.map(({name, text}) => ({name, text})));
  const shows = async (i) => {
    equal(await page.$$eval("#rows button", (all) => [...all.flatMap((b, k) => (b.getAttribute("aria-pressed") === "true" ? [k] : [])), all.indexOf(document.activeElement)]), [i, i]);
    equal(await page.$$eval("#rows tr", (all) => all.flatMap((tr, k) => (tr.className === "chosen" ? [k] : []))), [i]);
    equal([await text(page, "#name"), await text(page, "#text"), await texts(page, "#legend li")], [rows[i].name, rows[i].text, ["the recipe, a line a seed", ...(i ? [rows[i].name] : [])]]);
    equal(await page.locator("#errors .curve").count(), i ? 4 : 2);
    equal(await page.$$eval("#rows svg", (all) => all.flatMap((svg, k) => (svg.classList.contains("recipe") ? [k] : []))), [0], "the recipe's dots");
  };
  for (const i of [3, 0]) {
    await page.click(`#rows tr:nth-child(${i + 1}) button`);
    await shows(i);
  }
  await press(page, "ArrowUp");
  await shows(0);
  await press(page, "ArrowDown");
  await shows(1);
  await page.click("#rows tr:last-child button");
  await press(page, "ArrowDown");
  await shows(rows.length - 1);
  // Without runs there are words.
  const html = fs.readFileSync(fileOf("ablation"), "utf8"), empty = fileOf("empty");
  fs.writeFileSync(empty, html.replace(/(<script type="application\/json" id="ablation">)(.*?)(<\/script>)/s, (_, a, data, b) => {
    const all = JSON.parse(data);
    all.rows[1] = {...all.rows[1], runs: [], failed: true};
    all.rows[2] = {...all.rows[2], runs: [], failed: false};
    all.rows[3] = {...all.rows[3], difference: 0.0123, error: 0.001};
    return a + JSON.stringify(all) + b;
  }));
  const cells = await texts(await open(empty), '#rows td[data-label="held out"]');
  equal(cells.slice(1, 3), ["not finite", "not yet run"]);
  equal((await texts(await open(empty), '#rows td[data-label="from the recipe"]'))[3], "+1.23 ± 0.10");
});

// ---- the microscope

pageTest("microscope: at every step the dots, the line and the words are those of its numbers", async (open) => {
  for (const op of ["tanh", "relu"]) {
    const page = await open(fileOf(op)), data = await page.evaluate(() => run);
    const found = await page.evaluate(() => run.steps.map((_, i) => {
      choose(i);
      const at = (e, name) => Number(e.getAttribute(name)), {scale} = drawChart(run, i, Math.max(280, chart.clientWidth));
      return {line: Number(document.querySelector("#chart .cursor").getAttribute("d").match(/M([\d.]+)/)[1]), dots: run.precisions.map((p) => [at(document.querySelector(`#chart .dot.${p.name}`), "cx"), at(document.querySelector(`#chart .dot.${p.name}`), "cy")]),
              curve: run.precisions.map((p) => document.querySelector(`#chart .curve.${p.name}`).getAttribute("d")), kink: run.kinkDistance > 0 ? [Number(document.querySelector("#chart .guide.kink").getAttribute("d").match(/M([\d.]+)/)[1]), scale.x(run.kinkDistance)] : null,
              verdict: document.getElementById("verdict").textContent, slider: Number(slider.value), said: slider.getAttribute("aria-valuetext"), value: document.getElementById("step-value").textContent};
    }));
    found.forEach(({line, dots, curve, kink, verdict, slider, said, value}, i) => {
      equal(slider, data.steps.length - 1 - i);
      equal(said, value);
      data.precisions.forEach((p, which) => {
        const [x, y] = points(curve[which])[i];
        near(line, x, 0.06, "the line");
        near(dots[which][0], x, 0.06, `${p.name}, dot`);
        near(dots[which][1], y, 0.06, `${p.name}, dot`);
        const part = verdict.replace(/\.$/, "").split("; ")[which], ratio = p.error[i] / p.error[p.best];
        const expected = i === p.best ? "the best step" : ratio < 3 ? "near the bottom" : i > p.best ? "too small, rounding dominates" : data.precisions[1].truncation ? "too large, truncation" : "too large, but not by much";
        equal(part, `${p.name}: ${expected}`, `step ${data.steps[i]}`);
      });
      if (kink) near(kink[0], kink[1], 0.01, "the kink's distance");
      if (kink) check(data.steps.some((h, k) => k && Math.min(points(curve[0])[k][0], points(curve[0])[k - 1][0]) <= kink[0] && (h - data.kinkDistance) * (data.steps[k - 1] - data.kinkDistance) <= 0 && Math.max(points(curve[0])[k][0], points(curve[0])[k - 1][0]) >= kink[0]), "between the steps around it");
    });
    equal((await texts(page, "#legend li")).length, 2 + 1 + (op === "relu" ? 2 : 0));
    equal((await attributes(page, "#legend path", "class")).flat().slice(0, 3), ["curve float", "curve double", "guide double"]);
    for (const said of await texts(page, "#remarks p")) check(!/(^|[\s^e])-\d/.test(said), `a minus sign that is none: ${said}`);
    await page.setViewportSize({width: 600, height: 800});
    await page.waitForTimeout(50);
    near(await page.$eval("#chart svg", (svg) => svg.viewBox.baseVal.width - svg.parentNode.clientWidth), 0, 1, "drawn for the width there is");
  }
});

pageTest("grid lines stand at the numbers beside them", async (open) => {
  for (const [name, selector] of [["optimizers", "#losses svg"], ["ablation", "#errors svg"], ["ablation", "#losses svg"], ["tanh", "#chart svg"], ["slope", "#line-data .plot"], ["slope", "#valley-map .plot"]]) {
    const {lines, texts} = await (await open(fileOf(name))).$eval(selector, (svg) => ({
      lines: [...svg.querySelectorAll(".grid")].map((line) => line.getAttribute("d").match(/^M(-?[\d.]+) (-?[\d.]+)([HhVv])/).slice(1)),
      texts: [...svg.querySelectorAll("text:not(.axis, .on-curve)")].map((t) => [t.getAttribute("text-anchor"), Number(t.getAttribute("x")), Number(t.getAttribute("y")) - 4]),
    }));
    check(lines.length > 1, `${name}: ${lines.length} lines`);
    const [level, upright] = [["H", "h"], ["V", "v"]].map((kinds) => lines.filter(([, , way]) => kinds.includes(way)));
    equal(level.map(([, y]) => Number(y).toFixed(2)), texts.filter(([anchor]) => anchor === "end").slice(0, level.length).map(([, , y]) => y.toFixed(2)), `${name} ${selector}, level`);
    equal(upright.map(([x]) => Number(x).toFixed(2)), texts.filter(([anchor]) => anchor === "middle").slice(0, upright.length).map(([, x]) => x.toFixed(2)), `${name} ${selector}, upright`);
  }
});

pageTest("every picture is whole and has a name", async (open) => {
  for (const [name, width] of [["optimizers", 1280], ["slope", 1280], ["slope", 420], ["ablation", 1280], ["relu", 1280], ["tanh", 420]]) {
    const page = await open(fileOf(name), {width});
    await page.$$eval("details", (all) => all.forEach((d) => { d.open = true; }));
    equal(await misdrawn(page), [], `${name}, ${width} px`);
  }
});

pageTest("optimizers: each card's map is that of the surface that is chosen", async (open) => {
  const page = await open(fileOf("optimizers"));
  const grounds = () => page.$$eval("#cards svg:has(.contour)", (all) => all.map((svg) => svg.querySelector(".contour").getAttribute("d")));
  for (const i of [2, 1]) {
    await page.click(`#surfaces button:nth-child(${i})`);
    const expected = await page.evaluate(() => contours(surface(), mapScale(360)));
    equal(new Set(await grounds()), new Set([expected]), `surface ${i}`);
  }
});

pageTest("microscope: the slope of each branch stands beside its middle", async (open) => {
  for (const width of [1280, 420]) {
    const page = await open(fileOf("tanh"), {width});
    const {said, laws} = await page.evaluate(() => {
      const {scale} = drawChart(run, 0, Math.max(280, chart.clientWidth)), [single, double] = run.precisions;
      return {said: [...document.querySelectorAll("#chart .on-curve")].map((t) => { const {x, y, width, height} = t.getBBox(); return {words: t.textContent, x, y, width, height}; }),
              laws: [single.rounding, double.rounding, double.truncation].map((law) => ({...law, line: run.steps.map((h) => [scale.x(h), scale.y(law.factor * h ** law.exponent)])}))};
    });
    equal(said.map(({words}) => words), laws.map(({exponent}) => `slope ${exponent.toFixed(2)}`.replace("-", "−")), `${width} px`);
    said.forEach(({x, y, width, height}, i) => check(laws[i].line.some(([p, q]) => p > x - 40 && p < x + width + 40 && q > y - 30 && q < y + height + 30), `${laws[i].exponent}: far from its line`));
  }
});

pageTest("pictures have names that say what is on them", async (open) => {
  const names = async (file, selector) => (await (await open(fileOf(file))).$$eval(selector, (all) => all.map((e) => e.getAttribute("aria-label"))));
  const rows = await (await open(fileOf("ablation"))).evaluate(() => rows.map(({runs}) => runs.map((r) => fmt(100 * (1 - r.heldOutAccuracy.at(-1)))).join(", ")));
  equal(await names("ablation", "#rows svg[role=img]"), rows, "the errors of a row's runs");
  equal(await names("optimizers", "#map svg, #losses svg"), ["The paths of all on one map", "Loss after each step"]);
  equal(await names("optimizers", "#cards > section[aria-label]"), ["SGD", "Momentum", "Nesterov", "RMSprop", "Adam", "AdamW", "Muon"]);
});
