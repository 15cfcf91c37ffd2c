"use strict";
// Pages of text, tables and charts: those of `bug_museum`, `covariate_shift` and `batchnorm_terms`.
const {execFileSync} = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const {build, work, pageTest, check, equal} = require("./browser.js");

const PROGRAMS = {
  bug_museum: ["--steps", "20", "--mnist-steps", "0"],
  covariate_shift: ["--steps", "20", "--every", "5"],
  batchnorm_terms: ["--images", "640", "--hidden", "16", "--epochs", "2"],
};
const fileOf = (name) => path.join(work, `${name}.html`);
for (const [name, flags] of Object.entries(PROGRAMS)) {
  execFileSync(path.join(build, "examples", name), [...flags, "--report", fileOf(name)]);
  for (const [width, scheme] of [[1280, "light"], [400, "dark"]]) {
    pageTest(`${name}, ${width} px, ${scheme}: nothing wider than the screen, no odd text`, async (open) => {
      const page = await open(fileOf(name), {width, scheme});
      check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
      const drawn = await page.evaluate(() => document.body.innerText);
      const odd = drawn.match(/.{0,60}(undefined|\[object|\bnan\b|\binf\b|@)/i);
      check(!odd, `odd text: ${odd?.[0]}`);
      const outside = await page.evaluate(() => [...document.querySelectorAll("figure svg text")].filter((text) => {
        const [box, frame] = [text.getBoundingClientRect(), text.closest("svg").getBoundingClientRect()];
        return box.right > frame.right + 1 || box.left < frame.left - 1;
      }).map((text) => text.textContent));
      equal(outside, [], "text that a picture cuts off");
    });
  }
}

pageTest("bug_museum: a row and the curves of every mistake", async (open) => {
  const page = await open(fileOf("bug_museum"));
  equal(await page.locator("tbody tr").count(), 18, "rows");
  equal(await page.locator("figure").count(), 17, "charts");
  equal(await page.locator("td", {hasText: "caught"}).count(), 17, "caught by gradcheck");
  const losses = await page.$$eval("figure > svg", (charts) => charts.map((chart) => {
    const [, wrong, right] = chart.getAttribute("aria-label").match(/Spirals: (\S+) %, right (\S+) %/);
    return Number(right) - Number(wrong);
  }));
  equal(losses, [...losses].sort((a, b) => b - a), "the most harmful first");
});

pageTest("every chart has a name for a screen reader", async (open) => {
  for (const name of Object.keys(PROGRAMS)) {
    const page = await open(fileOf(name));
    equal(await page.locator('svg[aria-label=""]').count(), 0, name);
  }
});

// A browser forgives what is left open, and puts the next card into the one before.
pageTest("every element is closed, and cards stand side by side", async (open) => {
  for (const name of Object.keys(PROGRAMS)) {
    const html = fs.readFileSync(fileOf(name), "utf8"), count = (text) => html.split(text).length - 1;
    for (const tag of ["section", "main", "body", "table", "figure", "div", "p"]) equal(count(`</${tag}>`), count(`<${tag}>`) + count(`<${tag} `), `${tag} in ${name}`);
    equal(await (await open(fileOf(name))).locator("section section").count(), 0, name);
  }
});
