"use strict";
// The page of `optimizers`, whose updates are the library's, and that of `ablation`.
const {execFileSync} = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const {build, work, pageTest, check, equal, near} = require("./browser.js");
const scripts = path.join(__dirname, "../../examples/optimizers/page");
const {SURFACES} = require(path.join(scripts, "surfaces.js"));
const {METHODS, follow, oneCycle} = require(path.join(scripts, "updates.js"));

const file = path.join(work, "optimizers.html");
const printed = execFileSync(path.join(build, "examples/optimizers"), ["--html", file], {encoding: "utf8"});
const data = JSON.parse(fs.readFileSync(file, "utf8").match(/id="optimizers">(.*?)<\/script>/s)[1]);
const text = (page, selector) => page.textContent(selector);

// ---- the arithmetic

pageTest("fifty steps of every optimizer on every surface are the library's", async () => {
  equal(data.recorded.length, 3 * Object.keys(SURFACES).length * Object.keys(METHODS).length);
  for (const {surface, method, settings, cycle, path: points} of data.recorded) {
    const {start, noise} = data.surfaces.find(({name}) => name === surface);
    const here = follow(SURFACES[surface], method, settings, {start, noise, cycle}, data.noise, 50);
    equal(points.length, 51);
    check(points.at(-1).some((value, i) => Math.abs(value - points[0][i]) > 1e-4), `${method} stood still on ${surface}`);
    points.forEach((point, t) => point.forEach((value, i) =>
      near(here[t].w[i], value, 1e-6 * Math.max(1, Math.abs(value)), `${method} on ${surface}, step ${t}`)));
  }
});

pageTest("the losses are those that the program prints", async () => {
  const names = printed.match(/\n {10}(.*)\n/)[1].trim().split(/\s+/);
  equal(names.pop(), "mean");
  for (const {name, settings} of data.methods) {
    const row = printed.match(new RegExp(`\n${name} +(.*)\n`))[1].trim().split(/\s+/).map(Number);
    check(row[6] > 0.02 && row[6] < 0.4, `the mean of ${name} under noise: ${row[6]}`);
    names.forEach((surface, i) => {
      const {start, noise} = data.surfaces.find((each) => each.name === surface);
      const loss = follow(SURFACES[surface], name, settings, {start, noise, cycle: 0}, data.noise, 100).at(-1).loss;
      near(loss, row[i], 0.006 * row[i] + 1e-15, `${name} on ${surface}`);
    });
  }
});

pageTest("slopes are those of the surfaces, and 0 at the minima", async () => {
  for (const [name, surface] of Object.entries(SURFACES)) {
    for (const w of [[0.3, -0.7], [-1.2, 1.1], [1.7, 0.2]]) {
      surface.slope(w).forEach((slope, i) => {
        const at = (h) => surface.value(w.map((x, j) => (i === j ? x + h : x)));
        near(slope, (at(1e-5) - at(-1e-5)) / 2e-5, 1e-6, `${name} at ${w}`);
      });
    }
    for (const minimum of surface.minima) near(surface.value(minimum), 0, 1e-15, name);
  }
  near(oneCycle(0, 200), 1 / 25, 1e-12);
  near(oneCycle(59, 200), 1, 1e-12);
});

// ---- the page

for (const [width, scheme] of [[1280, "light"], [400, "dark"]]) {
  pageTest(`optimizers, ${width} px, ${scheme}: nothing wider than the screen, no odd text`, async (open) => {
    const page = await open(file, {width, scheme});
    for (let i = 1; i <= 6; ++i) {
      await page.keyboard.press(String(i));
      check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
      const drawn = await page.evaluate(() => document.body.innerText + document.querySelector("main").innerHTML);
      const odd = drawn.match(/.{0,60}(undefined|\[object|NaN|null)/);
      check(!odd, `odd text: ${odd?.[0]}`);
    }
  });
}

pageTest("steps by keyboard and buttons, and the numbers beside each path", async (open) => {
  const page = await open(file);
  await page.keyboard.press("r");
  equal(await text(page, "#common output"), "0");
  for (let i = 0; i < 3; ++i) await page.keyboard.press("ArrowRight");
  await page.click("#forward");
  await page.keyboard.press("ArrowLeft");
  equal(await text(page, "#common output"), "3");
  const {start} = data.surfaces[0];
  const here = follow(SURFACES.valley, "adam", data.methods.find(({name}) => name === "adam").settings,
                      {start, noise: 0, cycle: 0}, data.noise, 3).at(-1);
  const adam = "section[aria-label=Adam]";
  near(Number((await text(page, `${adam} tbody tr:nth-child(1) td`)).replace("−", "-")), here.w[0], 1e-3);
  near(Number((await text(page, `${adam} tbody tr:nth-child(3) td`)).replace("−", "-")), here.kept.m[0], 1e-3);
  await page.click("#run");
  await page.waitForFunction(() => state.step > 5);
  await page.keyboard.press("r");
  equal(await page.evaluate(() => [state.step, timer]), [0, null]);
});

pageTest("what is secondary is folded, and unfolds by click and by key", async (open) => {
  const page = await open(file);
  equal(await page.locator("details[open]").count(), 0);
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  check(height < 3 * 900, `the page is ${height} pixels high`);
  const slider = page.locator("section[aria-label=Adam] input").first(), step = await page.evaluate(() => state.step);
  check(!(await slider.isVisible()), "folded");
  await page.focus("section[aria-label=Adam] summary");
  await page.keyboard.press("Space");
  check(await slider.isVisible(), "the key unfolds");
  equal(await page.evaluate(() => [timer, state.step]), [null, step], "and starts no run");
  await page.click("section[aria-label=Adam] summary");
  check(!(await slider.isVisible()), "a click folds it");
});

pageTest("a rate that is too high grows without end, a start on the map is taken, a path may be hidden", async (open) => {
  const page = await open(file);
  await page.click("section[aria-label=SGD] summary");
  const rate = page.locator("section[aria-label=SGD] input").first();
  await rate.focus();
  await page.keyboard.press("End");
  await page.evaluate(() => go(200));
  check((await text(page, "section[aria-label=SGD] .status")).startsWith("grew without end at step "), "it says so");
  await page.locator("#map svg").click();  // in its middle
  equal(await page.evaluate(() => state.start.map((x) => Math.round(x * 10))), [0, 0]);
  await page.click("#shown button:nth-child(1)");
  equal(await page.locator("#map .here").count(), data.methods.length - 1);
  check((await text(page, "#held")).includes(`${data.recorded.length} paths`), "the last card");
});

pageTest("contours are where the surface is half as high, and half of that", async (open) => {
  const page = await open(file);
  const [highest, heights] = await page.evaluate(() => {
    const scale = mapScale(640), {value} = SURFACES.valley;
    const corners = [[0, 0], [1, 0], [0, 1], [1, 1]].map(([x, y]) => value(scale.at(x * scale.width, y * scale.height)));
    const points = contours(SURFACES.valley, scale).match(/[\d.]+ [\d.]+/g).map((point) => point.split(" ").map(Number));
    return [Math.max(...corners), points.map(([x, y]) => value(scale.at(x, y)))];
  });
  const halvings = heights.map((height) => Math.log2(highest / height)).filter((number) => number < 4.5);
  check(halvings.length > 500, `${halvings.length} points`);
  halvings.forEach((number) => near(number, Math.round(number), 0.03, "times halved"));
});

pageTest("Muon's rounds: the words say what the table does", async (open) => {
  const page = await open(file);
  const last = await page.locator("#rounds tbody td:last-child").allTextContents();
  const [from, to] = (await text(page, "#singular-words")).match(/[\d.]+ times/g).map(parseFloat);
  equal(from, 0.1);
  near(to, last[1] / last[0], 0.002, "ratio after the rounds");
});

// ---- ablation

pageTest("ablation: the rows by keyboard, and their texts", async (open) => {
  const ablation = path.join(work, "ablation.html");
  execFileSync(path.join(build, "examples/ablation"),
               ["--seeds", "1", "--epochs", "2", "--validation", "59000", "--recipe=--hidden 8 --batch-size 500", "--html", ablation,
                "--results", path.join(work, "ablation.jsonl")]);
  for (const [width, scheme] of [[1280, "light"], [400, "dark"]]) {
    const page = await open(ablation, {width, scheme});
    equal(await page.locator("#rows tr").count(), 11);
    equal(await page.locator("#rows .dot").count(), 11);
    await page.keyboard.press("ArrowDown");
    equal(await text(page, "#name"), "no weight decay");
    for (let i = 0; i < 2; ++i) await page.keyboard.press("ArrowDown");
    check((await text(page, "#text")).includes("has a floor of 0.500"), "label smoothing");
    equal(await page.locator("#errors .curve").count(), 2);
    check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
    const odd = (await page.evaluate(() => document.body.innerText)).match(/.{0,60}(undefined|\[object|NaN|null)/);
    check(!odd, `odd text: ${odd?.[0]}`);
  }
});
