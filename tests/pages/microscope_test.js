"use strict";
// The page of `gradcheck_microscope`.
const {execFileSync} = require("node:child_process");
const path = require("node:path");
const {build, work, pageTest, check, equal, near} = require("./browser.js");

const SUBJECTS = [["--op", "tanh"], ["--op", "relu"], ["--op", "max"], ["--layer", "batch_norm_broken"]];
const fileOf = (name) => path.join(work, `microscope_${name}.html`);
const printed = {};

for (const [flag, name] of SUBJECTS) {
  const program = path.join(build, "examples/gradcheck_microscope");
  printed[name] = execFileSync(program, [flag, name, "--html", fileOf(name)], {encoding: "utf8"});
}

const text = (page, selector) => page.textContent(selector);
const cell = (page, row, column) => text(page, `#readout tr:nth-child(${row}) td:nth-of-type(${column})`);
for (const [, name] of SUBJECTS) {
  for (const [width, scheme] of [[1280, "light"], [1280, "dark"], [400, "light"], [400, "dark"]]) {
    pageTest(`${name}, ${width} px, ${scheme}: nothing wider than the screen, no odd text`, async (open) => {
      const page = await open(fileOf(name), {width, scheme});
      check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
      const drawn = await page.evaluate(() => document.body.innerText + document.querySelector("#chart").innerHTML);
      const odd = drawn.match(/.{0,60}(undefined|\[object|NaN|null)/);
      check(!odd, `odd text: ${odd?.[0]}`);
    });
  }
}

pageTest("tanh: the slider moves through all steps, and the table says what was measured", async (open) => {
  const page = await open(fileOf("tanh"));
  await page.focus("#step");
  await page.keyboard.press("Home");
  equal(await text(page, "#step-value"), "1.0e−12");
  const steps = await page.evaluate(() => run.steps.length);
  for (let i = 1; i < steps; ++i) await page.keyboard.press("ArrowRight");
  equal(await text(page, "#step-value"), "1.0e−1");
  const {error, worst, numeric} = await page.evaluate(() => {
    const p = run.precisions[0];
    return {error: p.error[0], worst: run.elements[p.worst[0]], numeric: run.numeric[0][0][p.worst[0]]};
  });
  near(Number((await cell(page, 1, 1)).replace("−", "-")), error, error * 0.05, "error");
  equal(await cell(page, 2, 1), worst);
  near(Number((await cell(page, 3, 1)).replace("−", "-")), numeric, 1e-8, "central difference");
});

pageTest("tanh: the buttons go to the best steps, which are the ones the program prints", async (open) => {
  const page = await open(fileOf("tanh"));
  for (const precision of ["float", "double"]) {
    await page.click(`#best-${precision}`);
    const best = printed.tanh.match(new RegExp(`In ${precision} the best step is (\\S+),`))[1];
    equal((await text(page, "#step-value")).replace("−", "-"), best);
    check((await text(page, "#verdict")).includes(`${precision}: the best step`), "the sentence below the table");
  }
});

pageTest("tanh: the chart answers to the pointer", async (open) => {
  const page = await open(fileOf("tanh"));
  const box = await page.locator("#chart svg").boundingBox();
  await page.mouse.move(box.x + box.width - 15, box.y + box.height / 2);
  equal(await text(page, "#step-value"), "1.0e−1");
  await page.mouse.move(box.x + 20, box.y + box.height / 2);
  equal(await text(page, "#step-value"), "1.0e−12");
});

pageTest("relu and max: the kink is drawn, and named when the step reaches over it", async (open) => {
  for (const name of ["relu", "max"]) {
    const page = await open(fileOf(name));
    equal(await page.locator("#chart .kink").count(), 2);
    equal((await text(page, "#verdict")).includes("reaches over the kink"), true, name);
    await page.focus("#step");
    await page.keyboard.press("Home");
    equal((await text(page, "#verdict")).includes("reaches over the kink"), false, name);
  }
});

pageTest("a wrong backward: no best step, and it says so", async (open) => {
  const page = await open(fileOf("batch_norm_broken"));
  equal(await page.locator("#chart .best").count(), 0);
  equal(await page.locator("#best-double").isVisible(), false);
  equal(await text(page, "#verdict"), "Central differences and backpropagation disagree, here as everywhere.");
});
