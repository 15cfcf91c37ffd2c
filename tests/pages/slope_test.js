"use strict";
// The page of `explain --example slope`.
const {execFileSync} = require("node:child_process");
const path = require("node:path");
const {build, work, pageTest, check, equal, near} = require("./browser.js");

const file = path.join(work, "slope.html");
execFileSync(path.join(build, "examples/explain"), ["--example", "slope", "--output", file]);

const text = (page, selector) => page.textContent(selector);
const slide = (page, id, value) => page.$eval(`#${id}`, (input, v) => {
  input.value = v;
  input.dispatchEvent(new Event("input"));
}, value);
const press = (page, button, times) => page.$eval(`#${button}`, (b, n) => { for (let i = 0; i < n; ++i) b.click(); }, times);
const take = (page, part, steps) => press(page, `${part}-step`, steps);
const at = (page, part) => page.evaluate((name) => ({line, valley, neuron})[name].state.path.at(-1), part);

pageTest("the first twenty steps are the library's", async (open) => {
  const page = await open(file);
  check((await page.evaluate(() => largestDifference)) < 1e-5, await text(page, "#library"));
  for (const part of ["line", "valley", "neuron"]) {
    await take(page, part, 20);
    const {end} = await page.evaluate((name) => run[name], part);
    (await at(page, part)).forEach((value, k) => near(value, end[k], 1e-5, `${part} after twenty steps`));
  }
});

pageTest("one number: a step by hand", async (open) => {
  const page = await open(file), x = [0.5, 1, 1.5, 2, 2.5], y = [1.4, 1.5, 2, 2.1, 2.6];
  await slide(page, "line-w", "2");
  await slide(page, "line-rate", "0.1");
  const dw = x.reduce((total, xi, i) => total + 2 * (2 * xi - y[i]) * xi, 0) / 5;
  check((await text(page, "#line-numbers")).includes(`takes w to 2 − 0.1 · ${dw.toFixed(2).replace(/0+$/, "")} = ${(2 - 0.1 * dw).toFixed(3)}`), await text(page, "#line-numbers"));
  await take(page, "line", 1);
  near((await at(page, "line"))[0], 2 - 0.1 * dw, 1e-12);
  equal(await text(page, "#line-count"), "1 step taken");
  await page.click("#line-reset");
  equal(await text(page, "#line-count"), "0 steps taken");
});

pageTest("what the page says of a rate is what happens", async (open) => {
  const page = await open(file), lowest = await page.evaluate(() => run.x.reduce((t, x, i) => t + x * run.y[i], 0) / run.x.reduce((t, x) => t + x * x, 0));
  for (const [rate, kind, ratio] of [[0.01, "Crawling.", [0.8, 1]], [0.15, "Right.", [-0.2, 0.8]], [0.3, "Overshooting.", [-1, -0.2]], [0.4, "Diverging.", [-2, -1]]]) {
    await page.click("#line-reset");
    await slide(page, "line-rate", String(rate));
    check((await text(page, "#line-verdict")).startsWith(kind), await text(page, "#line-verdict"));
    const before = (await at(page, "line"))[0] - lowest;
    await take(page, "line", 1);
    const left = ((await at(page, "line"))[0] - lowest) / before;
    check(left > ratio[0] && left < ratio[1], `${kind} ${left} of the way is left`);
    check((await text(page, "#line-verdict")).includes(`= ${left.toFixed(3).replace(/0+$/, "").replace("-", "−")} of the way`), await text(page, "#line-verdict"));
  }
  await press(page, "line-ten", 60);
  check(!/NaN|∞/.test(await page.evaluate(() => document.body.innerText)), "a run that diverges stops in time");
});

pageTest("the valley: its lowest place, its contours, and where to start", async (open) => {
  const page = await open(file);
  const {lowest, curvatures, angle} = await page.evaluate(() => bowl);
  const loss = (values) => page.evaluate((v) => lineLoss(v, run.x, run.y), values);
  const {loss: least, grads} = await loss(lowest);
  grads.forEach((g) => near(g, 0, 1e-9, "the slope at the lowest place"));
  for (const [k, [u, v]] of [[Math.cos(angle), Math.sin(angle)], [-Math.sin(angle), Math.cos(angle)]].entries()) {
    near((await loss([lowest[0] + u, lowest[1] + v])).loss - least, curvatures[k] / 2, 1e-9, "the rise along a direction");
  }
  for (const [rate, kind] of [[0.01, "Crawling."], [0.12, "About right."], [0.25, "Overshooting"], [0.3, "Diverging."]]) {
    await slide(page, "valley-rate", String(rate));
    check((await text(page, "#valley-verdict")).startsWith(kind), await text(page, "#valley-verdict"));
  }
  await slide(page, "valley-rate", "0.1");
  await page.click("#valley-map .plot", {position: {x: 120, y: 120}});
  const from = await at(page, "valley");
  await page.focus("#valley-map");
  await page.keyboard.press("ArrowRight");
  near((await at(page, "valley"))[0], from[0] + 0.1, 1e-9, "the arrow key");
  await page.click("#batch-1");
  await take(page, "valley", 5);
  check((await text(page, "#valley-count")).startsWith("5 steps taken, 1 epochs; next: point 1"), await text(page, "#valley-count"));
});

pageTest("the neuron learns", async (open) => {
  const page = await open(file);
  await press(page, "neuron-ten", 5);
  check((await page.evaluate(() => neuron.state.found().loss)) < 1e-8, await text(page, "#neuron-numbers"));
  equal(await page.locator("#neuron-table tbody tr").count(), 6);
});

for (const [width, scheme] of [[1280, "light"], [1280, "dark"], [400, "light"], [400, "dark"]]) {
  pageTest(`slope, ${width} px, ${scheme}: nothing wider than the screen, no odd text`, async (open) => {
    const page = await open(file, {width, scheme});
    for (const part of ["line", "valley", "neuron"]) await press(page, `${part}-ten`, 1);
    check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
    equal(await page.evaluate(() => [...document.querySelectorAll(".card *")].filter((e) => e.clientWidth && e.scrollWidth > e.clientWidth + 1 && !e.closest("svg"))
      .map((e) => e.outerHTML.slice(0, 80))), [], "cut off");
    const odd = (await page.evaluate(() => document.body.innerText)).match(/.{0,60}(undefined|\[object|NaN|null)/);
    check(!odd, `odd text: ${odd?.[0]}`);
  });
}
