"use strict";
// What the tests of pages share: a browser, checks that are counted, and pages that are watched for mistakes.
const {chromium} = require("playwright-core");
const {pathToFileURL} = require("node:url");

const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
               "--disable-background-networking", "--disable-component-update", "--disable-sync"];

// Runs `tests`, a list of [name, async function (context)]; each that throws has failed. Ends the process.
async function runTests(suite, tests) {
  const browser = await chromium.launch({executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS});
  let passed = 0, failed = 0;
  for (const [name, test] of tests) {
    const mistakes = [];
    try {
      await test((file, options = {}) => open(browser, file, options, mistakes));
      if (mistakes.length) throw new Error(mistakes.join("\n"));
      ++passed;
    } catch (error) {
      ++failed;
      console.log(`FAILED ${suite}: ${name}\n${error.stack}`);
    }
    await Promise.all(browser.contexts().map((context) => context.close()));
  }
  await browser.close();
  console.log(`${suite}: ${passed} passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}

// A page in a context of its own. Anything it writes to the console and any request but for itself is a mistake.
async function open(browser, file, {width = 1280, height = 900, scheme = "light"}, mistakes) {
  const context = await browser.newContext({viewport: {width, height}, colorScheme: scheme});
  const page = await context.newPage();
  const address = pathToFileURL(file).href;
  page.on("console", (message) => mistakes.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => mistakes.push(`error: ${error.stack}`));
  page.on("request", (request) => {
    if (request.url() !== address && !request.url().startsWith("data:")) mistakes.push(`request: ${request.url()}`);
  });
  await page.goto(address);
  return page;
}

function check(condition, message) {
  if (!condition) throw new Error(message);
}

function equal(found, expected, what = "") {
  check(JSON.stringify(found) === JSON.stringify(expected),
        `${what}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`);
}

function near(found, expected, tolerance, what = "") {
  check(Math.abs(found - expected) <= tolerance, `${what}: expected ${expected}, found ${found}`);
}

module.exports = {runTests, check, equal, near};
