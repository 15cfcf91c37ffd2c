"use strict";
// The page of `explain`: its pictures against the numbers that they stand for, and its controls against what they say.
const {execFileSync} = require("node:child_process");
const path = require("node:path");
const {build, work, pageTest, check, equal, near, misdrawn} = require("./browser.js");

const fileOf = (example) => path.join(work, `${example}_pictures.html`);
for (const example of ["neuron", "fan-out", "mlp", "batchnorm", "attention"]) {
  execFileSync(path.join(build, "examples/explain"), ["--example", example, "--output", fileOf(example)]);
}

const text = (page, selector) => page.textContent(selector);
const texts = (page, selector) => page.$$eval(selector, (all) => all.map((e) => e.textContent));
const press = async (page, ...keys) => { for (const key of keys) await page.keyboard.press(key); };
const slide = (page, id, value) => page.$eval(`#${id}`, (input, v) => {
  input.value = v;
  input.dispatchEvent(new Event("input"));
  input.dispatchEvent(new Event("change"));
}, value);
const number = (shown) => Number(shown.replaceAll("−", "-"));

pageTest("numbers and colours as people like to read them", async (open) => {
  const page = await open(fileOf("neuron"));
  const numbers = {0: "0", 0.5: "0.5", "-1.2345678": "−1.235", 12345: "12345", 123456.7: "123457", 999999: "999999", 1e6: "1e6", "-2.5e7": "−2.5e7", 0.00012346: "0.0001235",
                   0.0123: "0.0123", 9.9e-5: "9.9e−5", 1.2e-7: "1.2e−7", Infinity: "∞", "-Infinity": "−∞", NaN: "NaN"};
  equal(await page.evaluate((all) => all.map((x) => fmt(Number(x))), Object.keys(numbers)), Object.values(numbers));
  equal(await page.evaluate(() => [2, -2, 0].map(term)), ["2", "(−2)", "0"]);
  const mixed = (name, percent) => `color-mix(in srgb, var(--${name}) ${percent}%, var(--surface))`;
  equal(await page.evaluate(() => [heatColor(4, 4), heatColor(-4, 4), heatColor(1, 4), heatColor(9, 4), heatColor(0, 4), heatColor(0, 0), heatColor(NaN, 4), scaleOf([1, -7, NaN, 3])]),
        [mixed("positive", 70), mixed("negative", 70), mixed("positive", 35), mixed("positive", 70), mixed("positive", 0), mixed("positive", 0), "var(--gradient)", 7]);
  equal(await page.evaluate(() => largestPlace([1, -7, 3])), 1);
});

pageTest("a heat map: each cell at its place in its colour, and under the pointer its number", async (open) => {
  const page = await open(fileOf("neuron"));
  const show = (tensor, options = {}) => page.evaluate(([tensor, options]) => {
    globalThis.picked = [];
    const holder = document.getElementById("probe") ?? document.body.appendChild(element("div", {id: "probe", style: "position: fixed; top: 0; left: 0; z-index: 9"}));
    holder.replaceChildren(tensorView(tensor, {label: "probe", choose: (place) => picked.push(place), ...options}));
    return [...holder.querySelectorAll("rect")].map((r) => [...["x", "y", "width"].map((name) => Number(r.getAttribute(name))), r.getAttribute("style"), r.getAttribute("class")]);
  }, [tensor, options]);
  const point = async (row, column, size) => page.mouse.move((column + 0.5) * size, (row + 0.5) * size);
  const values = Array.from({length: 60}, (_, i) => Math.sin(7 * i) * (i % 5)), places = [0, 23, 41, 59];
  const cells = await show({shape: [5, 12], numbers: values}, {chosen: 23});
  const colors = await page.evaluate((v) => v.map((x) => heatColor(x, scaleOf(v))), values), [, , size] = cells[0];
  equal(cells, values.map((_, i) => [i % 12 * size, Math.floor(i / 12) * size, size, `fill: ${colors[i]}`, i === 23 ? "chosen" : null]));
  const readout = () => text(page, "#probe .readout"), fmt = (x) => page.evaluate((v) => globalThis.fmt(v), x);
  const whole = await readout();
  const mean = values.reduce((a, b) => a + b, 0) / 60;
  equal(whole, `${await fmt(Math.min(...values))} to ${await fmt(Math.max(...values))}, mean ${await fmt(mean)}`);
  for (const place of places) {
    await point(Math.floor(place / 12), place % 12, size);
    equal(await readout(), `[${Math.floor(place / 12)}, ${place % 12}]  ${await fmt(values[place])}`);
    await page.mouse.down();
    await page.mouse.up();
  }
  await page.mouse.move(600, 600);
  equal(await readout(), whole, "the pointer has left");
  await page.focus("#probe .tensor");
  await press(page, "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown");
  equal(await page.evaluate(() => picked), [...places, 22, 24, 11, 35], "by click and by key");

  const blocks = [1, 2, 3, 4, 5, -6];
  await show({shape: [300, 200], blocks, rows: 2, columns: 3, min: -9, max: 8, mean: 0.25});
  equal(await readout(), "means of 2 × 3 blocks; −9 to 8, mean 0.25");
  await point(1, 2, 16);
  equal(await readout(), "block [1, 2], mean  −6");
  equal(await page.evaluate(() => sumOf([{shape: [9], blocks: [1, 2], rows: 1, columns: 2}, {shape: [9], blocks: [3, 4], rows: 1, columns: 2}]).blocks), [4, 6]);

  // Small ones are tables, and those with many rows are small too.
  equal(await show({shape: [2, 9], numbers: Array(18).fill(1)}).then((list) => list.length), 18, "nine columns");
  equal(await show({shape: [9, 2], numbers: Array.from({length: 18}, (_, i) => i - 8)}, {chosen: 5, used: [0, 3]}), []);
  const table = await page.$$eval("#probe td", (all) => all.map((td) => [td.textContent, td.className, td.getAttribute("style").includes("negative")]));
  equal(table, Array.from({length: 18}, (_, i) => [String(i - 8).replace("-", "−"), `number${i === 5 ? " chosen" : ""}${i === 0 || i === 3 ? " used" : ""}`, i < 8]));
  // In a node of the graph there is room for every second row and column.
  const [mine, theirs] = await page.evaluate(() => {
    const values = Array.from({length: 16 * 28}, (_, i) => Math.cos(i * i));
    const group = thumbnail({shape: [16, 28], numbers: values}, 0, 0, 112, 48);
    return [[...group.children].map((r) => [Math.round(Number(r.getAttribute("x")) / 8), Math.round(Number(r.getAttribute("y")) / 6), r.getAttribute("style")]),
            Array.from({length: 8 * 14}, (_, i) => [i % 14, Math.floor(i / 14), `fill: ${heatColor(values[Math.floor(i / 14) * 56 + i % 14 * 2], scaleOf(values))}`])];
  });
  equal(mine, theirs, "thumbnail");
});

pageTest("the slider and the buttons are where the walk is, and the line that it is about is in sight", async (open) => {
  const page = await open(fileOf("mlp"), {width: 400});
  const states = await page.evaluate(async () => walkOfPage.walk.steps.map(({phase, node}, i) => {
    walkOfPage.go(i);
    const holder = byId("graph").getBoundingClientRect(), box = document.querySelector("#graph .current rect").getBoundingClientRect();
    return {shown: [byId("position").value, byId("position").getAttribute("aria-valuetext"), ...["first", "back", "next", "last"].map((id) => byId(id).disabled)],
            expected: [String(i), `${phase}, ${nameOf(run.tape, node)}`, i === 0, i === 0, i === walkOfPage.walk.steps.length - 1, i === walkOfPage.walk.steps.length - 1],
            inSight: box.left >= holder.left - 1 && box.right <= holder.right + 1 && box.top >= holder.top - 1 && box.bottom <= holder.bottom + 1};
  }));
  for (const {shown, expected, inSight} of states) {
    equal(shown, expected);
    check(inSight, `${expected[1]} is out of sight`);
  }
  equal([await text(page, "#title"), await text(page, "#text"), await text(page, "#code")], await page.evaluate(() => [run.title, run.text, run.code]));
  equal([await page.isVisible("#text"), await page.isVisible("#code")], [true, true]);
});

pageTest("the graph: boxes side by side, operations below their operands, arrows from edge to edge", async (open) => {
  for (const example of ["neuron", "fan-out", "mlp", "batchnorm", "attention"]) {
    const page = await open(fileOf(example));
    const {nodes, edges, ops, drawn} = await page.evaluate(() => ({...layOut(run.tape.nodes), ops: run.tape.nodes.map(({inputs, shape, name, operation}) => ({leaf: !inputs.length, shape, name, operation})),
      drawn: [...document.querySelectorAll("#graph .node")].map((g) => [...g.querySelectorAll(".operation")].map((t) => t.textContent))}));
    nodes.forEach((a, i) => nodes.slice(i + 1).forEach((b, k) =>
      check(a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y, `${example}: boxes ${i} and ${i + 1 + k} overlap`)));
    const scalars = ops.every(({shape}) => !shape.length);
    nodes.forEach(({width}, i) => equal(width, ops[i].leaf ? (scalars ? 94 : 124) : scalars ? 126 : 150));
    for (const {from, to, beside, points} of edges) {
      const [a, b] = [nodes[from], nodes[to]], [start, end] = [points[0], points.at(-1)];
      if (beside) {
        equal(b.x + b.width, end[0], "ends at the right of its user");
        check(a.x > b.x && a.y === b.y, "stands at the right");
      } else {
        check(b.y - a.y - a.height >= 30, `${example}: ${to} is not below ${from}, with room for an arrow`);
        equal([start[1], end[1]], [a.y + a.height, b.y]);
        for (let k = 1; k + 1 < points.length; k += 2) equal([points[k + 1][0], points[k + 1][1]], [points[k][0], points[k][1] + 76], "past a row it goes straight down");
        for (const [[x], box] of [[start, a], [end, b]]) check(x > box.x && x < box.x + box.width, "at the box");
      }
      // Arrows that leave a node together do not cross at once, nor do those that come together.
      for (const other of edges.filter((o) => !o.beside && !beside)) {
        if (other.from === from && other.points[1][0] > points[1][0]) check(other.points[0][0] > start[0], `${example}: arrows from ${from} cross`);
        if (other.to === to && other.points.at(-2)[0] > points.at(-2)[0]) check(other.points.at(-1)[0] > end[0], `${example}: arrows to ${to} cross`);
      }
    }
    // No arrow runs through a box that is neither its user nor its operand.
    const crossed = await page.evaluate(() => {
      const {nodes, edges} = layOut(run.tape.nodes);
      return [...document.querySelectorAll("#graph .edge")].flatMap((line, e) => Array.from({length: 60}, (_, k) => line.getPointAtLength((k + 0.5) / 60 * line.getTotalLength())).flatMap(({x, y}) =>
        nodes.flatMap((box, i) => (i !== edges[e].from && i !== edges[e].to && x > box.x + 1 && x < box.x + box.width - 1 && y > box.y + 1 && y < box.y + box.height - 1 ? [`${edges[e].from} to ${edges[e].to} through ${i}`] : []))));
    });
    equal([...new Set(crossed)], [], `${example}: arrows through boxes`);
    // The shape of each tensor once, and the operation of what has a name of its own, where there is room for it.
    const shapeOf = (shape) => `[${shape.join(", ")}]`;
    drawn.forEach((corner, i) => {
      equal(corner.filter((t) => t.startsWith("[")), ops[i].shape.length ? [shapeOf(ops[i].shape)] : [], `${example}, ${i}: shape`);
      check(corner.every((t) => t.startsWith("[") || t === ops[i].operation), `${example}, ${i}: ${corner}`);
    });
  }
});

pageTest("ways of walking: each arrow in its order, what is done and what is ahead", async (open) => {
  const page = await open(fileOf("fan-out"));
  const given = {1: ["dc = 1, so c gives b 1: db = 1", "dc = 1, so c gives b 1: db = 2", "db = 2, so b gives a 2: da = 2", "db = 2, so b gives a 2: da = 4"],
                 3: ["dc = 1, so c gives b 1: db = 1", "db = 1, so b gives a 1: da = 1", "db = 1, so b gives a 1: da = 2", "dc = 1, so c gives b 1: db = 2"]};
  for (const [way, lines] of Object.entries(given)) {
    await page.click(`#order-buttons button:nth-child(${way})`);
    equal(await page.$$eval("#order-buttons button", (all) => all.map((b) => b.getAttribute("aria-pressed"))), ["1", "2", "3", "4"].map((n) => String(n === way)));
    equal(await texts(page, "#order-visits li"), lines);
    check((await text(page, "#order-text")).startsWith(way === "1" ? "Visit the lines from the last to the first." : "Mark b as done at its first visit,"), await text(page, "#order-text"));
    for (let at = 0; at <= lines.length; ++at) {
      equal(await page.$$eval("#order-visits li", (all) => all.map((li) => li.className)), lines.map((_, i) => (i === at - 1 ? "now" : i < at ? "done" : "ahead")), `after ${at}`);
      const latest = {c: 1, b: 0, a: 0};
      for (const line of lines.slice(0, at)) latest[line.match(/d(\w) = \d$/)[1]] = Number(line.at(-1));
      const shown = await page.$$eval("#order-graph .node", (all) => all.map((g) => [g.querySelector(".title").textContent, parseFloat(g.querySelector(".gradient .number")?.textContent ?? 0)]));
      equal(Object.fromEntries(shown), latest, `in the picture after ${at}`);
      equal((await texts(page, "#order-graph .edge-label")).filter(Boolean), at ? [`+ ${lines[at - 1].match(/gives \w (\d)/)[1]}`] : [], "at the arrow");
      equal(await page.$$eval("#order-first, #order-back, #order-next, #order-last", (all) => all.map((b) => b.disabled)), [at === 0, at === 0, at === 4, at === 4]);
      if (at < 4) await page.click("#order-next");
    }
    await page.click("#order-first");
    equal(await page.locator("#order-visits .ahead").count(), 4, "the first button");
    await page.click("#order-last");
    equal(await page.locator("#order-visits .ahead").count(), 0, "the last button");
  }
});

// Bars as numbers: by the scale that stands at the right of their row.
const bars = (page, kind) => page.$$eval("#anatomy-bars svg", (svgs, kind) => {
  const at = (e, name) => Number(e.getAttribute(name)), svg = svgs[0];
  const lines = [...svg.querySelectorAll(".zero")].map((line) => at(line, "y1"));
  const scales = [...svg.querySelectorAll(".row-scale")].map((t) => Number(t.textContent.slice(1).replaceAll("−", "-")));
  const rows = lines.map(() => []);
  for (const bar of svg.querySelectorAll(kind)) {
    const row = lines.findIndex((y) => Math.abs(y - at(bar, "y") - at(bar, "height") / 2) <= 44), up = at(bar, "y") < lines[row] - 0.5;
    rows[row].push((up ? 1 : -1) * at(bar, "height") * scales[row] / 38);
  }
  return rows;
}, kind);

pageTest("anatomy: bars and matrix have the numbers of the formulas, and what is hollow those of before", async (open) => {
  const page = await open(fileOf("batchnorm"));
  const state = {x: [0.3, -2, 1.5, 0.4], g: [1, -0.2, 0.4, -0.9], gamma: -0.7, eps: 0.5};
  const expected = (f) => page.evaluate((s) => {
    const a = anatomyOf(s);
    return {...a, rows: [s.x.map((v) => v - a.mu), s.g, a.minusMean, a.minusAlong, a.dx]};
  }, f);
  const close = (found, rows, what) => rows.forEach((row, r) => row.forEach((v, i) => near(found[r][i], v, 0.03 * Math.max(...row.map(Math.abs)) + 0.02, `${what}, row ${r}, bar ${i}`)));
  const run = await page.evaluate(() => ({x: anatomyRun.x.map(Number), g: anatomyRun.g.map(Number), gamma: anatomyRun.gamma, eps: anatomyRun.eps}));
  close(await bars(page, ".bar"), (await expected(run)).rows, "at first");
  await slide(page, "anatomy-m", "4");
  for (const [i] of state.x.entries()) {
    await page.click(`#anatomy-bars [data-sample="${i}"]`);
    await slide(page, "anatomy-x", String(state.x[i]));
    await slide(page, "anatomy-g", String(state.g[i]));
  }
  await slide(page, "anatomy-gamma", "-0.7");
  await slide(page, "anatomy-eps", String(Math.log10(0.5)));
  const eps = await page.$eval("#anatomy-eps", (input) => 10 ** Number(input.value)), a = await expected({...state, eps});
  close(await bars(page, ".bar"), a.rows, "by hand");
  equal(await texts(page, "#anatomy-sliders label"), ["x₄", "g₄", "γ", "ε", "samples m"]);
  equal((await texts(page, "#anatomy-facts td:nth-of-type(1)")).slice(2, 4).map(number), [a.dgamma, a.dbeta].map((v) => Number(v.toPrecision(4))), "dγ and dβ");
  const facts = await page.$$eval("#anatomy-facts tbody tr", (all) => all.map((tr) => [...tr.querySelectorAll("td")].map((td) => td.textContent)));
  const along = a.dx.reduce((total, d, i) => total + d * a.xhat[i], 0);
  near(number(facts[1][0]), along, 1e-3, "Σ dx x̂");
  near(number(facts[1][1].split("= ").pop()), along, 1e-3, "what it is by (16)");
  facts[4][0].split(", ").forEach((shown, k) => near(number(shown), [a.mu, a.variance, a.s][k], 1e-3, "μ, σ², s"));
  // The matrix: row i, column k, in the colour of its number.
  const cells = await page.$$eval("#anatomy-jacobian rect[style]", (all) => all.map((r) => [Number(r.getAttribute("x")), Number(r.getAttribute("y")), r.textContent, r.getAttribute("style")]));
  const [xs, ys] = [0, 1].map((k) => [...new Set(cells.map((cell) => cell[k]))].sort((p, q) => p - q)), scale = Math.max(...a.jacobian.flat().map(Math.abs));
  for (const [x, y, title, style] of cells) {
    const [i, k] = [ys.indexOf(y), xs.indexOf(x)], value = a.jacobian[i][k];
    equal(title, `∂y${"₁₂₃₄"[i]}/∂x${"₁₂₃₄"[k]} = ${await page.evaluate((v) => fmt(v), value)}`);
    equal(style, `fill: ${await page.evaluate(([v, s]) => heatColor(v, s), [value, scale])}`);
  }
  // One pull at a slider has one state before it, and the next pull that of its own beginning.
  const move = (v) => page.$eval("#anatomy-gamma", (input, value) => {
    input.value = value;
    input.dispatchEvent(new Event("input"));
  }, v);
  await move("1");
  await move("2");
  close(await bars(page, ".ghost"), a.rows, "before the pull");
  await slide(page, "anatomy-gamma", "2");
  await move("-1");
  const dx = (await expected({...state, eps, gamma: 2})).dx;
  close((await bars(page, ".ghost")).slice(4), [dx], "before the next pull");
  const moved = Math.max(...(await expected({...state, eps, gamma: -1})).dx.map((d, i) => (i === 3 ? 0 : Math.abs(d - dx[i]))));
  near(number((await text(page, "#anatomy-note")).match(/up to (\S+)\.$/)[1]), moved, 1e-3, "by how much the others moved");
  await slide(page, "anatomy-m", "3");
  check((await text(page, "#anatomy-readout")).startsWith("Sample 3: "), "the last one, when the chosen one has gone");
  await move("1");
  await page.click("text=Two samples");
  equal(await page.locator("#anatomy-bars .ghost").count(), 0, "a new batch has nothing before it");
  equal(await page.locator("#anatomy-bars .chosen").count(), 5, "a bar in each row is marked");
});

pageTest("every picture is whole, and a layer's box is around its own lines", async (open) => {
  for (const example of ["fan-out", "mlp", "batchnorm", "attention"]) {
    const page = await open(fileOf(example));
    equal(await misdrawn(page), [], example);
    const {boxes, layers} = await page.evaluate(() => ({
      boxes: [...document.querySelectorAll("#graph rect.layer")].map((r) => [r.nextSibling.textContent, ...["x", "y", "width", "height"].map((name) => Number(r.getAttribute(name)))]),
      layers: layOut(run.tape.nodes).nodes.map((place, i) => ({...place, layer: run.tape.nodes[i].layer}))}));
    for (const [name, x, y, width, height] of boxes) {
      const mine = layers.filter(({layer}) => layer === name), edges = [["x", "width", x, x + width], ["y", "height", y, y + height]];
      for (const [at, size, from, to] of edges) {
        const [gap, other] = [Math.min(...mine.map((p) => p[at])) - from, to - Math.max(...mine.map((p) => p[at] + p[size]))];
        check(gap >= 5 && gap <= 20 && other >= 5 && other <= 20, `${example}, ${name}: ${gap} and ${other} of room`);
      }
      check(!layers.some((p) => p.layer !== name && p.x < x + width && p.x + p.width > x && p.y < y + height && p.y + p.height > y), `${example}, ${name}: others are in it`);
    }
    if (example === "mlp") check(boxes.length > 0, "boxes");
  }
});

pageTest("the matrix: rows and columns are numbered beside and above them, under the pointer is one number", async (open) => {
  const page = await open(fileOf("batchnorm")), selector = ".jacobian";
  await page.locator(selector).scrollIntoViewIfNeeded();
  const {cells, numbers, m} = await page.$eval(selector, (svg) => {
    const at = (e, name) => Number(e.getAttribute(name));
    return {m: Math.sqrt(svg.querySelectorAll("rect:not(.column-mark)").length), numbers: [...svg.querySelectorAll(".sample")].map((t) => [t.textContent, t.getAttribute("text-anchor"), at(t, "x"), at(t, "y")]),
            cells: [...svg.querySelectorAll("rect:not(.column-mark)")].map((r) => ({x: at(r, "x"), y: at(r, "y"), size: at(r, "width"), title: r.textContent}))};
  });
  for (let i = 0; i < m; ++i) {
    const beside = numbers.find(([t, anchor]) => t === String(i + 1) && anchor === "end"), above = numbers.find(([t, anchor]) => t === String(i + 1) && anchor === "middle");
    const row = cells[i * m], column = cells[i];
    check(beside[2] < row.x && beside[3] > row.y && beside[3] < row.y + row.size, `row ${i + 1}`);
    check(above[3] < column.y && above[2] > column.x && above[2] < column.x + column.size, `column ${i + 1}`);
  }
  const box = await page.locator(selector).boundingBox();
  await page.mouse.move(box.x + cells[1].x + cells[1].size / 2, box.y + cells[1].y + cells[1].size / 2);
  check(cells[1].title.startsWith("∂y₁/∂x₂ = "), cells[1].title);
  check(await page.evaluate((title) => document.querySelector("#anatomy").innerText.includes(title), cells[1].title), "under the pointer");
  await page.mouse.move(5, 5);
  check(!(await page.evaluate((title) => document.querySelector("#anatomy").innerText.includes(title), cells[1].title)), "and no longer");
});
