"use strict";
// What the tests of pages share: folders, a browser, and pages that are watched for mistakes. `run` sets the variables.
const assert = require("node:assert");
const {test, before, after} = require("node:test");
const {pathToFileURL} = require("node:url");
const {PAGES_BUILD: build, PAGES_WORK: work, PAGES_DRIVER: driver, CHROMIUM: executablePath} = process.env;
const {chromium} = require(driver);

const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
               "--disable-background-networking", "--disable-component-update", "--disable-sync"];

let browser;
before(async () => { browser = await chromium.launch({executablePath, args: FLAGS}); });
after(() => browser.close());

// `body` gets a function that opens a file.
function pageTest(name, body) {
  test(name, async () => {
    const mistakes = [];
    try {
      await body((file, options = {}) => open(file, options, mistakes));
      assert.deepStrictEqual(mistakes, []);
    } finally {
      await Promise.all(browser.contexts().map((context) => context.close()));
    }
  });
}

// A page in a context of its own, `still` with a clock that stands. Anything it writes to the console and any request but for itself is a mistake.
async function open(file, {width = 1280, height = 900, scheme = "light", still = false}, mistakes) {
  const context = await browser.newContext({viewport: {width, height}, colorScheme: scheme});
  const page = await context.newPage();
  const address = pathToFileURL(file).href;
  if (still) {
    await page.clock.install({time: 0});
    await page.clock.pauseAt(1e8);
  }
  page.on("console", (message) => mistakes.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => mistakes.push(`error: ${error.stack}`));
  page.on("request", (request) => {
    if (request.url() !== address && !request.url().startsWith("data:")) mistakes.push(`request: ${request.url()}`);
  });
  await page.goto(address);
  return page;
}

const equal = (found, expected, what = "found") => assert.deepStrictEqual({[what]: found}, {[what]: expected});

const near = (found, expected, tolerance, what = "") =>
  assert.ok(Math.abs(found - expected) <= tolerance, `${what}: expected ${expected}, found ${found}`);

// Words and numbers of a text; two machines may differ in a number's last digit. In braces are sums of many numbers.
const NUMBER = /[−-]?\d+(?:\.\d+)?(?:e[−+-]?\d+)?/g;
function sameText(found, expected, what, slack = 0) {
  if (found === expected) return;
  equal(found.replace(NUMBER, "#"), expected.replace(NUMBER, "#"), what);
  const numbersOf = (text) => text.split(/(?<=\})|(?=\{)/).flatMap((part) => {
    const words = part.match(NUMBER) ?? [], all = words.map((n) => Number(n.replaceAll("−", "-"))), size = Math.max(...all.map(Math.abs));
    return all.map((x, i) => ({x, word: words[i], allowed: /^\{.*\}$/.test(part) ? 3e-4 * size : 2e-3 * Math.abs(x)}));
  });
  const mine = numbersOf(found);
  numbersOf(expected).forEach(({x, allowed}, i) => near(mine[i].x, x, allowed + slack, `${what}: number ${i} of “${expected}”, and it is “${found}”`));
}

// What stands beyond the edge of the picture that it belongs to, and pictures without a name.
const misdrawn = (page) => page.evaluate(() => [...document.querySelectorAll("svg, [role=img]")].filter((e) => e.checkVisibility()).flatMap((picture) => {
  const box = picture.getBoundingClientRect(), named = picture.getAttribute("role") !== "img" || (picture.getAttribute("aria-label") ?? document.getElementById(picture.getAttribute("aria-labelledby"))?.textContent ?? "").trim();
  const parts = picture.tagName === "svg" ? [...picture.querySelectorAll("rect, circle, text, .grid, .guide, .cursor, .frame")].filter((e) => !e.closest("[clip-path], defs, clipPath")) : [];
  return [...(named ? [] : [`without a name: ${picture.outerHTML.slice(0, 80)}`]), ...parts.filter((e) => {
    const {left, right, top, bottom, width, height} = e.getBoundingClientRect();
    return (width || height) && (left < box.left - 2 || right > box.right + 2 || top < box.top - 2 || bottom > box.bottom + 2);
  }).map((e) => e.outerHTML.slice(0, 100))];
}));

module.exports = {build, work, pageTest, check: assert.ok, equal, near, NUMBER, sameText, misdrawn};
