"use strict";
// The page of `explain`: steps that are taken in the page, of the neuron and of one sample with label smoothing.
const {execFileSync} = require("node:child_process");
const path = require("node:path");
const {build, work, pageTest, check, equal, near} = require("./browser.js");

const fileOf = (example) => path.join(work, `${example}_learning.html`);
for (const example of ["neuron", "softmax"]) execFileSync(path.join(build, "examples/explain"), ["--example", example, "--output", fileOf(example)]);

const text = (page, selector) => page.textContent(selector);
const texts = (page, selector) => page.$$eval(selector, (all) => all.map((e) => e.textContent));
const slide = (page, id, value) => page.$eval(`#${id}`, (input, v) => {
  input.value = v;
  input.dispatchEvent(new Event("input"));
  input.dispatchEvent(new Event("change"));
}, value);
const number = (shown) => Number(shown.replaceAll("−", "-"));

pageTest("steps of the neuron: what the next one will do, and back to the beginning", async (open) => {
  const page = await open(fileOf("neuron"));
  const next = async () => (await texts(page, "#learn-steps li")).map((line) => line.match(/^next: (\w+) ← (\S+) − (\S+) · (\S+) = (\S+)$/).slice(1)
    .map((part, k) => (k ? number(part.replace(/[()]/g, "")) : part)));
  const parameters = () => page.evaluate(() => ["w1", "w2", "b"].map((name) => {
    const {value, grad} = walkOfPage.walk.tape.nodes.find((n) => n.name === name);
    return [name, numbersOf(value)[0], numbersOf(grad)[0]];
  }));
  const sliders = () => page.$$eval("#learn-sliders input", (all) => Object.fromEntries(all.map((i) => [i.id, Number(i.value)])));
  const start = await parameters(), before = await sliders();
  await slide(page, "learn-x2", "-2");
  await slide(page, "learn-w1", "1.5");
  for (const rate of [0.1, 0.5]) {
    await slide(page, "learn-rate", String(Math.log10(rate)));
    const lines = await next(), now = await parameters();
    equal(lines.length, 3);
    lines.forEach(([name, w, step, slope, end], i) => {
      equal([name, step], [now[i][0], rate]);
      near(w, now[i][1], 1e-3);
      near(slope, now[i][2], 1e-3);
      near(end, now[i][1] - rate * now[i][2], 1e-3, `where ${name} goes`);
    });
    await page.click("#learn-step");
    (await parameters()).forEach(([name, w], i) => near(w, now[i][1] - rate * now[i][2], 1e-9, `${name} after the step`));
    for (const [name, w] of await parameters()) near((await sliders())[`learn-${name}`], w, 0.03, `the slider of ${name}`);
  }
  await page.click("#learn-run");
  equal(await text(page, "#learn-run"), "Stop");
  await page.click("#learn-run");
  const readout = await text(page, "#learn-readout");
  await page.waitForTimeout(150);
  equal([await text(page, "#learn-run"), await text(page, "#learn-readout")], ["Run until the loss is near 0", readout], "stopped");
  await page.click("#learn-reset");
  const values = (list) => list.map(([name, w]) => [name, w]);
  equal(values(await parameters()), values(start), "at the beginning again");
  const {"learn-rate": _, ...others} = await sliders(), {"learn-rate": __, ...first} = before;
  equal(others, first, "and the sliders too");
  check((await text(page, "#learn-readout")).startsWith("After 0 steps the loss is 0.5701."), await text(page, "#learn-readout"));
  // y = w x without anything that holds it: a rate that is too high.
  await page.evaluate(() => {
    const tape = new Tape(), scalar = (x) => makeTensor([], [x]);
    const y = tape.apply("mul", [tape.parameter({name: "w", value: scalar(1)}), tape.input(scalar(3), "x")]), loss = tape.apply("mul", [y, y]);
    tape.backward(loss);
    startLearning({tape, loss}, () => {});
  });
  await slide(page, "learn-rate", "1");
  for (let i = 0; i < 9; ++i) await page.click("#learn-step");
  check((await text(page, "#learn-readout")).endsWith("It has run away: the rate is too high."), await text(page, "#learn-readout"));
});

pageTest("steps of the neuron: where they do not get there, why", async (open) => {
  const page = await open(fileOf("neuron")), label = "Run until the loss is near 0";
  const run = async (values) => {
    for (const [name, value] of Object.entries(values)) await slide(page, `learn-${name}`, String(value));
    await page.click("#learn-run");
    await page.waitForFunction((l) => document.getElementById("learn-run").textContent === l, label);
    return text(page, "#learn-readout");
  };
  const why = "It hardly moves any more: the slopes are nearly 0. Far from z = 0 tanh is flat, so that 1 − y² lets almost nothing through; and no y is beyond ±1, whatever t asks for.";
  const flat = await run({x1: 3, x2: -3, w1: -2, w2: 2, b: -2});
  check(flat.endsWith(`the loss is 4. ${why}`), flat);
  await page.click("#learn-reset");
  const beyond = await run({t: 1.5, rate: 0});
  check(/the loss is 0\.25\d*\. /.test(beyond) && beyond.endsWith(why), beyond);
  await page.click("#learn-reset");
  const near0 = await run({rate: 0});
  check(near0.endsWith("That is near 0."), near0);
});

pageTest("label smoothing: the table, what pulls, and the steps so far", async (open) => {
  const page = await open(fileOf("softmax"));
  const rows = async () => (await page.$$eval("#smoothing-numbers tbody tr", (all) => all.map((tr) => [...tr.querySelectorAll("td")].map((td) => td.textContent)))).map((row) => row.map(number));
  const expected = (logits, share) => {
    const e = logits.map(Math.exp), total = e.reduce((a, b) => a + b);
    return logits.map((z, k) => [z, e[k] / total, share / 3 + (k ? 0 : 1 - share), e[k] / total - share / 3 - (k ? 0 : 1 - share)]);
  };
  const same = async (logits, share, what) => {
    const found = await rows();
    expected(logits, share).forEach((row, k) => row.forEach((v, c) => near(found[k][c], v, 1e-3, `${what}, row ${k}, column ${c}`)));
  };
  const trail = () => page.$eval("#smoothing-trail .curve", (line) => line.getAttribute("d").match(/[ML]/g).length);
  const readout = () => text(page, "#smoothing-readout");
  let logits = [0.5, 1, -0.5];
  await same(logits, 0, "at first");
  check((await readout()).startsWith("The gradient of A is negative"), await readout());
  for (let i = 0; i < 2; ++i) {
    logits = logits.map((z, k) => z - expected(logits, 0)[k][3]);
    await page.click("#smoothing-step");
  }
  await same(logits, 0, "after two steps");
  equal(await trail(), 3);
  const [dot, end] = await page.$eval("#smoothing-trail", (holder) => [holder.querySelector(".now").getAttribute("cy"), holder.querySelector(".curve").getAttribute("d").split(" ").pop()].map(Number));
  near(dot, end, 0.01, "the dot is at the end of the curve");
  await slide(page, "smoothing-share", "0.3");
  await slide(page, "smoothing-0", "5");
  logits[0] = 5;
  await same(logits, 0.3, "with smoothing");
  equal(await trail(), 1, "a new beginning");
  check((await readout()).startsWith("Surer than the target"), await readout());
  await page.click("#smoothing-reset");
  await same([0.5, 1, -0.5], 0.3, "reset");
});
