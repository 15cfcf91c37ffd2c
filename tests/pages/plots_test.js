"use strict";
// What the playground and the page about a step downhill draw and write down, against the numbers that it stands for.
const {execFileSync} = require("node:child_process");
const path = require("node:path");
const {build, work, pageTest, check, equal, near} = require("./browser.js");

const fileOf = (name) => path.join(work, `plots_${name}.html`);
const run = (program, ...flags) => execFileSync(path.join(build, "examples", program), flags, {encoding: "utf8"});
run("explain", "--example", "slope", "--output", fileOf("slope"));
run("playground", "--output", fileOf("playground"));

const text = (page, selector) => page.textContent(selector);
const texts = (page, selector) => page.$$eval(selector, (all) => all.map((e) => e.textContent));
const press = async (page, ...keys) => { for (const key of keys) await page.keyboard.press(key); };
const number = (shown) => Number(shown.replaceAll("−", "-"));
const slide = (page, id, value) => page.$eval(`#${id}`, (input, v) => {
  input.value = v;
  input.dispatchEvent(new Event("input"));
}, String(value));

// Everything in a plotFrame, in the numbers of its axes: lines and dots by class, and the frame's own words.
const plot = (page, selector) => page.$eval(`${selector} svg.plot`, (svg) => {
  const at = (e, name) => Number(e.getAttribute(name)), numberOf = (t) => Number(t.textContent.replaceAll("−", "-"));
  const ticks = [...svg.querySelectorAll(":scope > text:not(.axis, .outside)")], across = ticks.filter((t) => t.getAttribute("text-anchor") === "middle"), up = ticks.filter((t) => t.getAttribute("text-anchor") === "end");
  const axis = (list, name, shift) => {
    const [a, b] = [list[0], list.at(-1)];
    return (v) => numberOf(a) + (v - at(a, name) - shift) / (at(b, name) - at(a, name)) * (numberOf(b) - numberOf(a));
  };
  const x = axis(across, "x", 0), y = axis(up, "y", -4), found = {lines: {}, dots: {}, axes: [...svg.querySelectorAll(".axis")].map((t) => [t.textContent, t.getAttribute("text-anchor")])};
  for (const line of svg.querySelectorAll("path:not(.grid)")) {
    (found.lines[line.getAttribute("class")] ??= []).push([...line.getAttribute("d").matchAll(/[ML](-?[\d.]+)[ ,](-?[\d.]+)/g)].map((m) => [x(Number(m[1])), y(Number(m[2]))]));
  }
  for (const dot of svg.querySelectorAll("circle")) (found.dots[dot.getAttribute("class")] ??= []).push([x(at(dot, "cx")), y(at(dot, "cy"))]);
  return found;
});
const same = (found, expected, what, tolerance = 0.03) => {
  equal(found?.length, expected.length, `${what}: points`);
  expected.forEach((point, i) => point.forEach((v, k) => near(found[i][k], v, tolerance * Math.max(1, Math.abs(v)), `${what}, point ${i}`)));
};

// ---- a step downhill

pageTest("slope: points, guess, errors, the loss with its tangent, and the valley with its arrow", async (open) => {
  const page = await open(fileOf("slope")), {x, y} = await page.evaluate(() => run);
  await slide(page, "line-w", 2.5);
  await slide(page, "line-rate", 0.05);
  for (let i = 0; i < 3; ++i) await page.click("#line-step");
  const lossOf = (w, b = 0) => x.reduce((total, v, i) => total + (w * v + b - y[i]) ** 2, 0) / x.length;
  const slopeOf = (w, b = 0) => [x.reduce((total, v, i) => total + 2 * (w * v + b - y[i]) * v, 0) / x.length, x.reduce((total, v, i) => total + 2 * (w * v + b - y[i]), 0) / x.length];
  const ways = [2.5];
  for (let i = 0; i < 3; ++i) ways.push(ways.at(-1) - 0.05 * slopeOf(ways.at(-1))[0]);
  const w = ways.at(-1), [dw] = slopeOf(w);
  const guess = await plot(page, "#line-data");
  same(guess.dots.point, x.map((v, i) => [v, y[i]]), "the points");
  same(guess.lines.curve[0], [[0, 0], [3, 3 * w]], "the guess");
  same(guess.lines.error.flat(), x.flatMap((v, i) => [[v, y[i]], [v, w * v]]), "the errors");
  equal(guess.axes, [["x", "end"], ["y", null]]);
  const bowl = await plot(page, "#line-loss");
  same(bowl.lines.curve[0].filter(([, v]) => v < 12), bowl.lines.curve[0].filter(([, v]) => v < 12).map(([at]) => [at, lossOf(at)]), "the loss over w", 0.02);
  same(bowl.lines.path[0], ways.map((v) => [v, lossOf(v)]), "the way");
  same(bowl.dots.was, ways.map((v) => [v, lossOf(v)]), "where it was");
  same(bowl.dots.now, [[w, lossOf(w)]], "where it is");
  const [[a, b]] = bowl.lines.tangent;
  near((b[1] - a[1]) / (b[0] - a[0]), dw, 0.02 * Math.abs(dw) + 0.02, "the tangent's slope");
  near((a[1] + b[1]) / 2, lossOf(w), 0.05, "it touches");
  equal([await page.getAttribute("#line-loss svg", "aria-label"), bowl.axes.map(([name]) => name)], [`The loss over w: at w = ${await page.evaluate((v) => fmt(v), w)} it is ${await page.evaluate((v) => fmt(v), lossOf(w))}, with slope ${await page.evaluate((v) => fmt(v), dw)}`, ["w", "loss"]]);
  await page.click("#line-ten");
  equal(await text(page, "#line-count"), "13 steps taken");
  await page.$eval("#line-ten", (button) => { for (let i = 0; i < 4; ++i) button.click(); });
  for (let i = 3; i < 53; ++i) ways.push(ways.at(-1) - 0.05 * slopeOf(ways.at(-1))[0]);
  same((await plot(page, "#line-loss")).dots.was, ways.slice(-40).map((v) => [v, lossOf(v)]), "the last forty", 0.005);

  const start = await page.evaluate(() => valley.state.path.at(-1)), [gw, gb] = slopeOf(...start);
  const map = await plot(page, "#valley-map"), contours = map.lines.contour, least = await page.evaluate(() => lineLoss(bowl.lowest, run.x, run.y).loss);
  [32, 16, 8, 4, 2, 1, 0.4, 0.1, 0.02].forEach((rise, k) => contours[k].forEach(([p, q]) => near(lossOf(p, q) - least, rise, 0.04 * rise + 0.01, `contour of ${rise}`)));
  same(map.dots.now, [start], "where it is");
  // The gradient points uphill: the arrow goes where the loss grows.
  const [[from, to]] = map.lines["gradient-arrow"];
  near(Math.atan2(to[1] - from[1], to[0] - from[0]), Math.atan2(gb, gw), 0.1, "the gradient's arrow");
  await page.click("#valley-ten");
  const way = await page.evaluate(() => valley.state.path), later = await plot(page, "#valley-map");
  equal(way.length, 11);
  same(later.dots.now, [way.at(-1)], "where it is after ten steps", 0.01);
  same(later.lines.path[0], way, "the way there", 0.01);
  same(later.dots.was, way, "its steps", 0.01);
  await page.focus("#valley-map");
  for (const [key, move] of [["ArrowUp", [0, 0.1]], ["ArrowDown", [0, -0.1]], ["ArrowLeft", [-0.1, 0]], ["ArrowRight", [0.1, 0]]]) {
    const before = await page.evaluate(() => valley.state.path.at(-1));
    await press(page, key);
    (await page.evaluate(() => valley.state.path.at(-1))).forEach((v, k) => near(v, before[k] + move[k], 1e-9, key));
    equal(await text(page, "#valley-count"), "0 steps taken");
  }
  for (const size of ["1", "5"]) {
    await page.click(`#batch-${size}`);
    equal(await page.$$eval("#batch-5, #batch-1", (all) => all.map((b) => [b.id, b.getAttribute("aria-pressed")]).sort()), [["batch-1", String(size === "1")], ["batch-5", String(size === "5")]]);
    await page.click("#valley-step");
    const points = (await plot(page, "#valley-data")).dots;
    equal([points.point.length, points["point off"]?.length ?? 0], size === "1" ? [1, 4] : [5, 0], "which points the step looks at");
    if (size === "1") equal(await text(page, "#valley-count"), "1 step taken, 0 epochs; next: point 2");
  }
  // A click is where it is, by the axes; what lies outside is not taken.
  const box = await page.locator("#valley-map .plot").boundingBox();
  await page.mouse.click(box.x + 46 + 0.25 * (box.width - 64), box.y + 24 + 0.25 * (box.height - 64));
  same([await page.evaluate(() => valley.state.path.at(-1))], [[-1.4 + 0.25 * 3.8, 2.4 - 0.25 * 3.8]], "where one clicked");

  await slide(page, "neuron-w", 1.5);
  await slide(page, "neuron-b", -0.5);
  for (let i = 0; i < 2; ++i) await page.click("#neuron-step");
  const {tape, losses, last} = await page.evaluate(() => ({losses: neuron.state.losses, last: neuron.state.found().loss, tape: Object.fromEntries(neuron.state.found().tape.nodes.filter((n) => n.name).map((n) => [n.name, [n.value.numbers[0], n.grad.numbers[0]]]))}));
  const fmt = (v) => page.evaluate((n) => globalThis.fmt(n), v), rows = await page.$$eval("#neuron-table tbody tr", (all) => all.map((tr) => [...tr.querySelectorAll("td")].map((td) => td.textContent)));
  for (const [k, name] of ["w", "b", "z", "y", "e", "loss"].entries()) equal([rows[k][1], rows[k][3]], [await fmt(tape[name][0]), await fmt(tape[name][1])], name);
  const value = (written) => new Function(`return ${written.split(" = ").pop().replaceAll("−", "-").replaceAll("·", "*").replace("2 e", "2")}`)();
  for (const [k, name, column] of [[0, "w", 2], [2, "z", 0], [2, "z", 2], [4, "e", 0], [4, "e", 2]]) near(value(rows[k][column]), tape[name][column / 2], 2e-3 * Math.max(1, Math.abs(tape[name][column / 2])), rows[k][column]);
  same((await plot(page, "#neuron-losses")).lines.curve[0], [...losses, last].map((loss, i) => [i, loss]), "the neuron's losses", 0.002);
  equal(losses.length, 2);
  await slide(page, "neuron-b", 1);
  equal(await page.evaluate(() => neuron.state.losses.length), 0, "from another place it begins anew");
  // Of many steps every so many, at most six hundred, and the last one.
  await page.evaluate(() => plotLosses(byId("neuron-losses"), Array.from({length: 1300}, (_, i) => 5 / (i + 1))));
  const many = await plot(page, "#neuron-losses");
  same(many.lines.curve[0], Array.from({length: 434}, (_, i) => [3 * i, 5 / (3 * i + 1)]), "1,300 losses");
  same(many.dots.now, [[1299, 5 / 1300]], "the last");
  for (const [part, rate, bad] of [["line", 0.4, true], ["line", 0.15, false], ["valley", 0.3, true]]) {
    await slide(page, `${part}-rate`, rate);
    equal(await page.$eval(`#${part}-verdict`, (e) => e.classList.contains("bad")), bad, `${part} at ${rate}`);
  }
  await page.setViewportSize({width: 500, height: 900});
  await page.waitForTimeout(60);
  near(await page.$eval("#line-loss svg", (svg) => svg.viewBox.baseVal.width - svg.parentNode.clientWidth), 0, 1, "drawn for the width there is");
});

// ---- the playground

// The bytes of a canvas, four a pixel, from a copy: one that is read often is drawn in another way.
const pixels = async (page, selector) => {
  const {side, read} = await page.$eval(selector, (canvas) => {
    const copy = Object.assign(document.createElement("canvas"), {width: canvas.width, height: canvas.height}).getContext("2d");
    copy.drawImage(canvas, 0, 0);
    const bytes = copy.getImageData(0, 0, canvas.width, canvas.height).data, parts = [];
    for (let i = 0; i < bytes.length; i += 8192) parts.push(String.fromCharCode(...bytes.subarray(i, i + 8192)));
    return {side: canvas.width, read: btoa(parts.join(""))};
  });
  return {side, bytes: Buffer.from(read, "base64")};
};

pageTest("playground: the plane, the units' squares and the lines have the colours of their numbers", async (open) => {
  const page = await open(fileOf("playground"));
  await page.selectOption("#data", "moons");
  await page.selectOption("#count", "10");
  await page.selectOption("#heldOut", "true");
  for (let i = 0; i < 5; ++i) await page.click("#step");
  const {colors, decision, unit, points, heldOut, weights} = await page.evaluate(() => {
    const at = (i) => PLANE.reach * ((2 * i + 1) / PLANE.cells - 1), inputs = Array.from({length: 48 * 48}, (_, i) => [at(i % 48), -at(Math.floor(i / 48))]);
    const tape = new Tape(), input = tape.input(makeTensor([48 * 48, 2], inputs.flat())), layers = training.network.forward(tape, input, false).map((n) => tape.value(n).numbers);
    const logits = layers.at(-1);
    return {colors, points, heldOut, decision: inputs.map((_, i) => 2 / (1 + Math.exp(logits[2 * i] - logits[2 * i + 1])) - 1), unit: inputs.map((_, i) => layers[1][8 * i + 2]),
            weights: diagram.columns.slice(1).map(({linear}) => training.network.layers[linear].parameters[0].value).map(({shape, numbers}) => ({shape, numbers: [...numbers]}))};
  });
  const mixed = (v, scale, strength) => colors.surface.map((s, k) => s + strength * Math.min(1, Math.abs(v) / scale) * ((v < 0 ? colors.negative : colors.positive)[k] - s));
  const {side, bytes} = await pixels(page, "#plane"), zoom = side / 2.4, pixel = (x, y) => [0, 1, 2].map((k) => bytes[4 * (Math.floor(y) * side + Math.floor(x)) + k]);
  const close = (found, expected, what, tolerance = 4) => expected.forEach((v, k) => near(found[k], v, tolerance, what));
  const free = (x, y) => [...points.x, ...heldOut.x].every(([a, b]) => Math.hypot((a + 1.2) * zoom - x, (1.2 - b) * zoom - y) > 9);
  let compared = 0;
  decision.forEach((v, i) => {
    const [x, y] = [(i % 48 + 0.5) * side / 48, (Math.floor(i / 48) + 0.5) * side / 48];
    if (!free(x, y) || ++compared % 3) return;
    close(pixel(x, y), mixed(v, 1, 0.6), `cell ${i}`, 9);  // (enlarged smoothly)
  });
  check(compared > 800, `${compared} cells`);
  // Points: A are dots, B squares, in full colour; what is held out is hollow.
  const alone = (list, i, others) => others.every((p) => p === list[i] || Math.hypot(p[0] - list[i][0], p[1] - list[i][1]) * zoom > 10);
  let seen = 0;
  points.x.forEach(([a, b], i) => {
    if (!alone(points.x, i, [...points.x])) return;
    const [x, y] = [(a + 1.2) * zoom, (1.2 - b) * zoom], hue = points.labels[i] ? colors.positive : colors.negative;
    close(pixel(x, y), hue, `point ${i}`);
    ++seen;
  });
  heldOut.x.forEach(([a, b], i) => {
    if (alone(heldOut.x, i, [...points.x, ...heldOut.x])) close(pixel((a + 1.2) * zoom, (1.2 - b) * zoom), colors.surface, `held out ${i}: hollow`);
  });
  check(seen > 8, `${seen} points`);
  const drawn = await page.evaluate(() => {
    const counts = {rect: 0, arc: 0}, kept = {};
    for (const shape of ["rect", "arc"]) {
      kept[shape] = CanvasRenderingContext2D.prototype[shape];
      CanvasRenderingContext2D.prototype[shape] = function (...at) { ++counts[shape]; return kept[shape].apply(this, at); };
    }
    const drawn = (paint) => { Object.assign(counts, {rect: 0, arc: 0}); paint(); return {...counts}; };
    const three = drawn(() => paintPlane(byId("plane"), new Float64Array(48 * 48), 1, {x: [[0, 0], [1, 1], [1, 0]], labels: [0, 1, 1]}, colors, null, null));
    const shown = drawn(show);
    settings.heldOut = false;
    const hidden = drawn(show);
    Object.assign(CanvasRenderingContext2D.prototype, kept);
    return {three, shown, hidden};
  });
  equal(drawn, {three: {rect: 2, arc: 1}, shown: {rect: 110, arc: 110}, hidden: {rect: 10, arc: 10}}, "squares for B, dots for A; hidden ones are not drawn");
  // The squares: what each unit gives, the largest in full colour.
  await page.$$eval("#diagram button canvas", (all) => all.forEach((canvas, i) => { canvas.id = `square-${i}`; }));
  const square = await pixels(page, "#square-4"), scale = Math.max(...unit.map(Math.abs));  // two numbers come before
  unit.forEach((v, i) => close([...square.bytes.subarray(4 * i, 4 * i + 3)], mixed(v, scale, 0.85), `unit 3, cell ${i}`, 1.6));
  // The lines: colour by sign, width by size in their layer.
  const lines = await page.$$eval("#diagram .weight", (all) => all.map((line) => [line.getAttribute("stroke"), Number(line.getAttribute("stroke-width"))]));
  const expected = weights.flatMap(({numbers}) => numbers.map((w) => [w, Math.abs(w) / Math.max(...numbers.map(Math.abs))]));
  equal(lines.length, expected.length);
  expected.forEach(([w, share], i) => {
    equal(lines[i][0], `var(--${w < 0 ? "negative" : "positive"})`, `line ${i}`);
    near(lines[i][1], 0.4 + 4.6 * share, 0.006, `line ${i}`);
  });
  equal((await texts(page, "#diagram .hit title")).slice(0, 3), ["from x₁ to unit 1 of layer 1", "from x₂ to unit 1 of layer 1", "from x₁ to unit 2 of layer 1"]);
  equal((await texts(page, "#diagram .hit title")).at(-1), "from unit 8 of layer 2 to logit B");
  await page.evaluate(() => choose({column: 2, unit: 3, from: 5}));
  equal(await page.$$eval("#diagram .weight", (all) => all.flatMap((line, i) => (line.classList.contains("chosen") ? [i] : []))), [16 + 3 * 8 + 5], "one line is chosen");
  equal(await page.$$eval("#diagram button", (all) => all.flatMap((b, i) => (b.tabIndex === 0 ? [i, b.getAttribute("aria-pressed")] : []))), [2 + 8 + 3, "true"], "the tabulator comes to the chosen unit");
  equal([await text(page, "#plane-title"), await page.getAttribute("#decision", "aria-pressed")], ["What unit 4 of layer 2 gives", "false"]);
  const rows = await page.$$eval("#weights tbody tr", (all) => all.map((tr) => [...tr.children].map((cell) => cell.textContent)));
  const w = await page.evaluate(() => { const [weight, bias] = training.network.layers[2].parameters; return [...Array.from({length: 8}, (_, k) => [weight, 24 + k]), [bias, 3]].map(([p, at]) => [p.value, p.grad, {numbers: p.moved}].map(({numbers}) => fmt(numbers[at]))); });
  equal(rows, w.map((cells, k) => [k < 8 ? `from unit ${k + 1}` : "bias", ...cells]));
});

pageTest("playground: every setting does what it says", async (open) => {
  const page = await open(fileOf("playground")), status = () => text(page, "#status");
  const rate = async () => [await page.evaluate(() => settings.rate), number(await text(page, "output[for=rate]")), 10 ** Number(await page.inputValue("#rate"))];
  for (const [optimizer, expected] of Object.entries({sgd: 0.3, momentum: 0.1, rmsprop: 0.01, muon: 0.05, adam: 0.03})) {
    await page.selectOption("#optimizer", optimizer);
    (await rate()).forEach((v) => near(v, expected, 0.06 * expected, optimizer));
    check((await text(page, "#unit-text")).includes({sgd: "SGD: ", momentum: "Momentum: ", rmsprop: "RMSprop: ", muon: "Muon: ", adam: "Adam: "}[optimizer]), optimizer);
  }
  const options = await page.$$eval("#settings select", (all) => Object.fromEntries(all.map((list) => [list.id, Object.fromEntries([...list.options].map((o) => [o.value, o.text]))])));
  for (const id of ["count", "layers", "units", "batch"]) for (const [value, said] of Object.entries(options[id])) equal(said, value, id);
  equal(options.optimizer, {sgd: "SGD", momentum: "SGD, momentum 0.9", nesterov: "SGD, Nesterov 0.9", rmsprop: "RMSprop", adam: "Adam", adamw: "AdamW", muon: "Muon"});
  equal([options.data, options.start, options.speed], [{spirals: "two spirals", moons: "two moons", xor: "exclusive or", own: "draw your own"},
    {1: "usual size", 4: "4 times", 0.25: "a quarter", 0: "0"}, {3: "3 steps/s", 30: "30 steps/s", 1000: "fastest"}]);
  for (const [name, batch] of [["one batch of twenty", 20], ["one of fifty", 50]]) {
    await page.selectOption("#batch", String(batch));
    equal(await page.evaluate(() => [...order.next()].length), batch, name);
  }
  // An epoch has every point once, in another order each time.
  const order = await page.evaluate(() => { const o = new BatchOrder(10, 4, seededRandom(3)); return Array.from({length: 4}, () => [o.next(), o.epochs]).map(([places, epoch]) => ({places, epoch})); });
  equal(order.map(({epoch}) => epoch), [0, 0, 1, 1]);
  equal(new Set(order.slice(0, 2).flatMap(({places}) => places)).size, 8);
  check(order.every(({places}) => places.length === 4) && order[0].places.some((p, i) => p !== i && p !== order[2].places[i]), "shuffled");
  for (let i = 0; i < 5; ++i) await page.click("#step");
  check((await status()).startsWith("Step 5, epoch 2: loss "), await status());  // 200 points, 50 a step
  const steps = () => page.evaluate(() => training.losses.length);
  await slide(page, "rate", -2);
  equal(await steps(), 5, "another rate goes on from here");
  await page.click("#step");
  equal(await page.evaluate(() => training.optimizer.rate), 0.01);
  await page.selectOption("#heldOut", "true");
  await page.selectOption("#speed", "3");
  equal(await steps(), 6, "so does what is only seen");
  equal(await page.evaluate(() => settings.speed), 3);
  await page.click("#look");
  await page.selectOption("#activation", "relu");
  equal([await steps(), await page.isVisible("#looking"), await status()], [0, false, "Not trained yet."], "another net begins anew");
  const kinds = await page.evaluate(() => training.network.layers.map(({kind}) => kind));
  equal(kinds, ["linear", "relu", "linear", "relu", "linear"]);
  await page.selectOption("#batchNorm", "true");
  equal(await page.evaluate(() => training.network.layers.slice(0, 2).map(({kind, parameters}) => [kind, parameters.length])), [["linear", 1], ["batchnorm1d", 2]], "no bias before it");
  await page.evaluate(() => choose({column: 1, unit: 0}));
  const [gamma, beta] = await page.$$eval("#weights tbody tr", (all) => all.slice(-2).map((tr) => [...tr.children].slice(0, 2).map((c) => c.textContent)));
  equal([gamma, beta], [["γ, the scale", "1"], ["β, the shift", "0"]]);
  // First weights are uniform within 1 / √inputs.
  const reach = await page.evaluate(() => { const net = new Network({hidden: [50], activation: "tanh", batchNorm: false}, seededRandom(5)); return [0, 2].map((i) => Math.max(...net.layers[i].parameters[0].value.numbers.map(Math.abs))); });
  near(reach[0], 1 / Math.SQRT2, 0.03, "two inputs");
  near(reach[1], 1 / Math.sqrt(50), 0.006, "fifty");
  // Where the points of each kind of data are.
  const data = (kind) => page.evaluate((name) => makePoints(name, 40, 0, seededRandom(1)), kind);
  const {x, labels} = await data("xor");
  x.forEach(([a, b], i) => equal(a * b < 0, labels[i] === 1, "exclusive or: B where the signs differ"));
  const spirals = await data("spirals");
  for (let i = 0; i < spirals.x.length; i += 2) spirals.x[i].forEach((v, k) => near(v, -spirals.x[i + 1][k], 1e-12, "one spiral is the other, turned by half"));
  await page.selectOption("#data", "own");
  equal(await page.$$eval("#noise, #count, #heldOut", (all) => all.map((e) => e.disabled)), [true, true, true]);
  equal(await page.isVisible("#drawing"), true);
  const added = await page.evaluate(() => { for (const p of [[0, 0], [0.02, 0], [0.2, 0], [1.3, 0]]) addPoint(p); return OWN.x; });
  equal(added, [[0, 0], [0.2, 0]], "neither on top of another nor outside");
  await page.selectOption("#data", "spirals");
  equal(await page.$$eval("#noise, #count, #heldOut", (all) => all.map((e) => e.disabled)), [false, false, false]);
});
