"use strict";
// The page of `playground`.
const {execFileSync} = require("node:child_process");
const path = require("node:path");
const {build, work, pageTest, check, equal, near, misdrawn} = require("./browser.js");
const {Training} = require(path.join(__dirname, "../../examples/playground/page/network.js"));

const file = path.join(work, "playground.html");
execFileSync(path.join(build, "examples/playground"), ["--output", file]);

// ---- the arithmetic

const runs = JSON.parse(execFileSync(path.join(build, "tests/playground_runs"), {encoding: "utf8", maxBuffer: 1e8}));

for (const {config, x, labels, batches, start, losses, end} of runs) {
  const {hidden, activation, batchNorm, optimizer} = config;
  pageTest(`2-${[...hidden, 2].join("-")}, ${activation}, ${batchNorm ? "batch norm, " : ""}${optimizer}: a hundred steps are the library's`, async () => {
    const training = new Training(config);
    equal(Object.keys(training.network.state).sort(), Object.keys(start).sort(), "keys");
    for (const parameter of training.network.parameters) parameter.value.numbers.set(start[parameter.key]);
    equal(batches.length, 100);
    batches.forEach((places) => training.step(places.map((i) => [x[2 * i], x[2 * i + 1]]), places.map((i) => labels[i])));
    losses.forEach((loss, i) => near(training.losses[i], loss, 1e-4, `loss of step ${i + 1}`));
    for (const [key, numbers] of Object.entries(end)) numbers.forEach((w, i) => near(training.network.state[key][i], w, 1e-4, `${key}[${i}] at the end`));
    check(Math.max(...Object.entries(end).flatMap(([key, numbers]) => numbers.map((w, i) => Math.abs(w - start[key][i])))) > 0.05, "nothing was learned");
  });
}

// ---- the page

const text = (page, selector) => page.textContent(selector);
const press = (page, id, times = 1) => page.$eval(`#${id}`, (button, n) => { for (let i = 0; i < n; ++i) button.click(); }, times);
const select = (page, id, value) => page.selectOption(`#${id}`, String(value));
const slide = (page, id, value) => page.$eval(`#${id}`, (input, v) => {
  input.value = v;
  input.dispatchEvent(new Event("input"));
}, value);
const oddText = async (page) => (await page.evaluate(() => document.body.innerText)).match(/.{0,60}(undefined|\[object|NaN|null)/)?.[0];

for (const [width, scheme] of [[1280, "light"], [1280, "dark"], [400, "light"], [400, "dark"]]) {
  pageTest(`playground, ${width} px, ${scheme}: every kind of network, and nothing wider than the screen`, async (open) => {
    const page = await open(file, {width, scheme});
    for (const [data, layers, units, activation, norm, optimizer] of [["spirals", 2, 8, "tanh", false, "adam"], ["moons", 4, 8, "relu", true, "sgd"],
         ["xor", 0, 1, "sigmoid", false, "momentum"], ["spirals", 1, 1, "sigmoid", true, "rmsprop"], ["moons", 3, 5, "relu", false, "adamw"],
         ["spirals", 2, 4, "tanh", true, "nesterov"], ["moons", 1, 6, "tanh", false, "muon"]]) {
      for (const [id, value] of Object.entries({data, layers, units, activation, batchNorm: norm, optimizer})) await select(page, id, value);
      await press(page, "step", 3);
      await page.evaluate(() => choose({column: diagram.columns.length - 1, unit: 1, from: 0}));
      await press(page, "look");
      check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
      equal(await oddText(page), undefined, "odd text");
      equal(await page.$$eval("#diagram button", (b) => b.length), 4 + layers * units);
      check((await page.evaluate(() => largestDisagreement(training.tape))).error < 1e-9, "the rules of the stepping page");
    }
    equal(await page.$$eval("#weights .chosen", (rows) => rows.length), 1);
    check(await page.$eval(".scroll", (e) => e.scrollWidth <= e.clientWidth), "the table is cut off");
  });
}

pageTest("it learns while one watches, and pauses", async (open) => {
  const page = await open(file);
  await select(page, "data", "xor");
  await select(page, "speed", "1000");
  await page.click("#train");
  equal(await text(page, "#train"), "Pause");
  await page.waitForFunction(() => /: loss 0\.0\d\d, 100\u00a0%/.test(document.getElementById("status").textContent));
  await page.click("#train");
  const steps = await text(page, "#status");
  await page.waitForTimeout(100);
  equal(await text(page, "#status"), steps, "paused");
  await page.click("#restart");
  equal(await text(page, "#status"), "Not trained yet.");
});

pageTest("points held out: their loss turns where few points are learned by heart", async (open) => {
  const page = await open(file);
  for (const [id, value] of Object.entries({data: "moons", count: 20, heldOut: true})) await select(page, id, value);
  await slide(page, "noise", 0.2);
  equal(await page.evaluate(() => [points.labels.length, heldOut.labels.length, heldOutLosses.length]), [40, 200, 0]);
  check(await page.evaluate(() => !heldOut.x.some((a) => points.x.some((b) => a[0] === b[0] && a[1] === b[1]))), "the same point twice");
  await page.evaluate(() => { for (let i = 0; i < 600; ++i) step(); show(); });
  check(/\u00a0% of 40 points right, \d+\u00a0% of 200 held out$/.test(await text(page, "#status")), await text(page, "#status"));
  const losses = await page.evaluate(() => heldOutLosses), least = Math.min(...losses.map(([, loss]) => loss));
  equal(losses.length, 121);
  check(losses.at(-1)[1] > 2 * least && losses[0][1] > 1.5 * least, `from ${losses[0]} by ${least} to ${losses.at(-1)}`);
  equal(await page.$$eval("#losses .curve", (curves) => curves.length), 2);
  await select(page, "data", "own");
  check(await page.isDisabled("#heldOut"), "of points of one's own none are held out");
});

pageTest("first weights of other sizes: with 0 nothing gets through, a quarter fades from layer to layer", async (open) => {
  const page = await open(file);
  await select(page, "layers", 4);
  const size = async (start) => {
    await select(page, "start", start);
    await press(page, "step");
    return page.evaluate(() => Math.max(...training.network.parameters[0].grad.numbers.map(Math.abs)));
  };
  const usual = await size(1), quarter = await size(0.25);
  check(quarter < usual / 30, `${quarter} of ${usual}`);
  equal(await size(0), 0);
  // What the path says of the moons.
  for (const [id, value] of Object.entries({data: "moons", optimizer: "sgd"})) await select(page, id, value);
  const above = async (start) => {
    await size(start);
    return page.$$eval("#diagram .column", (columns) => columns.map((c) => [...c.children].map((size) => size.textContent)));
  };
  const faint = await above(0.25);
  equal([faint[1], faint[4][0], faint[5][1]], [["±0.055", "∂6.8e−6"], "±0.00013", "∂0.025"]);
  equal((await above(1))[1][1], "∂0.0016");
  equal((await above(0)).slice(1, 5).flat(), Array(4).fill(["±0", "∂0"]).flat());
});

pageTest("a weight: its value, gradient and last step", async (open) => {
  const page = await open(file);
  await select(page, "optimizer", "sgd");
  await slide(page, "rate", "-1");
  await press(page, "step", 4);
  // The middle of a line, where it is under the pointer.
  await page.evaluate(() => document.querySelector("#diagram .hit").dispatchEvent(new MouseEvent("click", {bubbles: true})));
  equal(await text(page, "#unit-title"), "Unit 1 of layer 1");
  const row = await page.$$eval("#weights .chosen > *", (cells) => cells.map((cell) => cell.textContent));
  const [value, gradient, moved] = await page.evaluate(() => {
    const w = training.network.layers[0].parameters[0];
    return [w.value.numbers[0], w.grad.numbers[0], w.moved[0]].map(fmt);
  });
  equal(row, ["from x₁", value, gradient, moved]);
  const [g, m] = await page.evaluate(() => [training.network.layers[0].parameters[0].grad.numbers[0], training.network.layers[0].parameters[0].moved[0]]);
  near(m, -0.1 * g, 1e-12, "the step");
  await page.focus('#diagram button[aria-pressed="true"]');
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  equal(await text(page, "#unit-title"), "Unit 2 of layer 2");
  equal(await text(page, "#plane-title"), "What unit 2 of layer 2 gives");
  equal(await page.$eval("#decision", (b) => b.getAttribute("aria-pressed")), "false");
  await page.click("#decision");
  equal(await text(page, "#plane-title"), "What it says of each place");
});

pageTest("what a unit's picture shows is what the unit gives there", async (open) => {
  const page = await open(file);
  await select(page, "batchNorm", true);
  await press(page, "step", 30);
  const [shown, expected] = await page.evaluate(() => {
    const {layers: [linear, norm]} = training.network, unit = 3, cell = 5 * PLANE.cells + 40;
    const x = [PLANE.reach * (81 / PLANE.cells - 1), -PLANE.reach * (11 / PLANE.cells - 1)], w = linear.parameters[0].value.numbers;
    const z = w[2 * unit] * x[0] + w[2 * unit + 1] * x[1], [gamma, beta] = norm.parameters.map((p) => p.value.numbers[unit]);
    return [surfaceOf(senseOfPlane(training.network), diagram.columns, {column: 1, unit})[cell],
            Math.tanh(gamma * (z - norm.mean[unit]) / Math.sqrt(norm.variance[unit] + 1e-5) + beta)];
  });
  near(shown, expected, 1e-12);
});

pageTest("points of one's own, by pointer and by keyboard", async (open) => {
  for (const width of [1280, 400]) {
    const page = await open(file, {width});
    await select(page, "data", "own");
    equal(await text(page, "#status"), "Draw some points of each class first.");
    check(await page.isDisabled("#train"), "there is nothing to train on");
    await page.$eval("#plane", (canvas) => canvas.scrollIntoView({block: "center"}));
    const box = await page.locator("#plane").boundingBox(), at = (a, b) => [box.x + a * box.width, box.y + b * box.height];
    await page.mouse.move(...at(0.1, 0.25));
    await page.mouse.down();
    await page.mouse.move(...at(0.4, 0.25), {steps: 8});
    await page.mouse.up();
    await page.click("#class-1");
    await page.focus("#plane");
    for (const key of ["ArrowDown", " ", "ArrowRight", " ", "ArrowRight", " "]) await page.keyboard.press(key);
    const {x, labels} = await page.evaluate(() => points);
    check(labels.filter((label) => label === 0).length >= 4, `${labels}`);
    equal(labels.slice(-3), [1, 1, 1]);
    check(x[0][0] < -0.8 && x[0][1] > 0.5, `${x[0]}`);
    near(x.at(-1)[0], 0.16, 1e-9);
    await press(page, "step", 150);
    check(/100\u00a0% of \d+ points right/.test(await text(page, "#status")), await text(page, "#status"));
    await page.click("#clear");
    equal((await page.evaluate(() => points)).labels.length, 0);
  }
});

pageTest("a step to look at, and what cannot be trained", async (open) => {
  const page = await open(file);
  check(await page.isDisabled("#look"), "no step yet");
  await press(page, "step", 2);
  await page.click("#look");
  equal(await text(page, "#looking-title"), "Step 2, operation by operation");
  for (const key of ["End", "ArrowLeft"]) await page.keyboard.press(key);
  const where = await page.evaluate(() => document.body.dataset.position);
  check(Number(where) > 20, where);
  await press(page, "step");
  equal(await text(page, "#looking-title"), "Step 3, operation by operation");
  equal(await page.evaluate(() => document.body.dataset.position), where, "it stays where it was");
  equal(await page.evaluate(() => walkOfPage.walk.tape === training.tape), true);
  check(await page.$eval("#count", (list) => list.options?.length > 1), "the settings are as they were");

  await select(page, "batchNorm", true);
  await select(page, "batch", 1);
  equal(await text(page, "#status"), "Batch normalization needs a batch of more than one point.");
  check(await page.isDisabled("#step"), "the button");
  await select(page, "batchNorm", false);
  await select(page, "layers", 0);
  await select(page, "optimizer", "momentum");
  await page.evaluate(() => {
    settings.rate = 1e308;
    for (let i = 0; i < 400 && !obstacle(); ++i) step();
    show();
  });
  equal(await text(page, "#status"), "The loss is no number any more: the rate is too high. Start again with a lower one.");
  await press(page, "restart");
  equal(await text(page, "#status"), "Not trained yet.");
});

pageTest("the net stands in columns about one middle, whole, and its lines go from square to square", async (open) => {
  for (const width of [1280, 400]) {
    const page = await open(file, {width});
    await select(page, "layers", 3);
    equal(await misdrawn(page), [], `${width} px`);
    const {squares, lines, height} = await page.evaluate(() => {
      const holder = byId("diagram"), box = holder.getBoundingClientRect();
      const middle = (r) => [r.left + r.width / 2 - box.left, r.top + r.height / 2 - box.top];
      const end = (line, at) => { const {x, y} = line.getPointAtLength(at); return [x, y]; };
      return {height: box.height, squares: [...holder.querySelectorAll("button")].map((b) => ({name: b.getAttribute("aria-label"), half: b.offsetWidth / 2, at: middle(b.getBoundingClientRect())})),
              lines: [...holder.querySelectorAll(".weight")].map((line) => [line.nextSibling.textContent, end(line, 0), end(line, line.getTotalLength())])};
    });
    const columns = new Map();
    for (const {at: [x, y]} of squares) columns.set(Math.round(x), [...(columns.get(Math.round(x)) ?? []), y]);
    equal(columns.size, 5, "inputs, three layers, logits");
    const middles = [...columns.values()].map((ys) => (Math.min(...ys) + Math.max(...ys)) / 2);
    middles.forEach((m) => near(m, middles[0], 1, "one middle"));
    check(squares.every(({at: [, y], half}) => y + half <= height + 1), "inside of its place");
    for (const [name, from, to] of lines) {
      const [a, b] = name.match(/^from (.*) to (.*)$/).slice(1).map((n) => squares.find((s) => s.name === n));
      near(from[0], a.at[0] + a.half, 1.5, `${name}: begins`);
      near(from[1], a.at[1], 1.5, `${name}: begins`);
      near(to[0], b.at[0] - b.half, 1.5, `${name}: ends`);
      near(to[1], b.at[1], 1.5, `${name}: ends`);
    }
  }
});

pageTest("the plane by keyboard: a cross shows where a point would be, as long as the plane has the focus", async (open) => {
  const page = await open(file);
  await select(page, "data", "own");
  await page.evaluate(() => {
    globalThis.cross = null;
    const paint = paintPlane;
    paintPlane = (...all) => { cross = all[5] && [...all[5]]; return paint(...all); };
  });
  const cross = () => page.evaluate(() => globalThis.cross);
  await page.focus("#data");
  while (await page.evaluate(() => document.activeElement.id !== "plane")) await page.keyboard.press("Tab");
  equal(await cross(), [0, 0], "at first in the middle");
  for (const [key, times, place] of [["ArrowUp", 2, [0, 0.16]], ["ArrowRight", 3, [0.24, 0.16]], ["ArrowLeft", 1, [0.16, 0.16]], ["ArrowDown", 40, [0.16, -1.1]]]) {
    for (let i = 0; i < times; ++i) await page.keyboard.press(key);
    (await cross()).forEach((v, k) => near(v, place[k], 1e-9, key));
  }
  await page.keyboard.press(" ");
  equal(await page.evaluate(() => points.x.map((p) => p.map((v) => v.toFixed(2)))), [["0.16", "-1.10"]]);
  await page.focus("#data");
  equal(await cross(), null, "the focus has left");
  // A batch has all points where there are fewer than it takes.
  equal(await page.evaluate(() => { const o = new BatchOrder(3, 20, seededRandom(1)); return [o.next(), o.next()].map((places) => places.sort()); }), [[0, 1, 2], [0, 1, 2]]);
});
