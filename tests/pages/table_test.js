"use strict";
// The page of `train_table`: classes, and numbers under a name that is markup.
const {execFileSync} = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const {build, work, pageTest, check, equal} = require("./browser.js");

const NAME = "<b>y</b> & a_name_that_is_as_long_as_names_of_columns_sometimes_are";
const csv = path.join(work, "numbers.csv"), classes = path.join(work, "classes.html"), numbers = path.join(work, "numbers.html");
fs.writeFileSync(csv, `x,${NAME}\n` + Array.from({length: 60}, (_, i) => `${i * 7 % 60},${3 * (i * 7 % 60) - 20}\n`).join(""));
const train = (flags) => execFileSync(path.join(build, "examples/train_table"), flags, {encoding: "utf8"});
const printed = train(["--report", classes]);
train([csv, "--epochs", "30", "--report", numbers]);
const poor = path.join(work, "poor.html");  // errs often, and not as often one way as the other
train(["--epochs", "1", "--lr", "0.0003", "--report", poor]);

for (const file of [classes, numbers]) {
  for (const [width, scheme] of [[1280, "light"], [1280, "dark"], [400, "light"], [400, "dark"]]) {
    pageTest(`${path.basename(file)}, ${width} px, ${scheme}: nothing wider than the screen, no odd text`, async (open) => {
      const page = await open(file, {width, scheme});
      check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
      const odd = (await page.innerText("body")).match(/.{0,60}(undefined|\[object|NaN|null)/);
      check(!odd, `odd text: ${odd?.[0]}`);
    });
  }
}

pageTest("classes: the page says what the program prints", async (open) => {
  const page = await open(classes);
  equal(await page.innerText("#tiles div:first-child dd"), printed.match(/held-out accuracy (\d+\.\d+ %)/)[1]);
  const matrix = (await page.locator(".confusion td").allInnerTexts()).map(Number);
  equal(matrix, [...printed.matchAll(/^ *(?:Adelie|Chinstrap|Gentoo)((?: +\d+){3})$/gm)]
    .flatMap((row) => row[1].trim().split(/ +/).map(Number)));
  equal(await page.locator("#curves > svg").count(), 2);
  equal(await page.locator("#importance tr").count(), 6);
});

pageTest("classes: a cell has colour where it has rows", async (open) => {
  const page = await open(poor);
  const cells = await page.$$eval(".confusion td", (all) => all.map((cell) => [cell.textContent, cell.getAttribute("style")]));
  check([[1, 3], [2, 6], [5, 7]].some(([a, b]) => (cells[a][0] === "0") !== (cells[b][0] === "0")), "the matrix is symmetric");
  for (const [number, style] of cells) equal(/ 0%/.test(style), number === "0", `${number}: ${style}`);
});

pageTest("numbers: names stand there as they are", async (open) => {
  const page = await open(numbers);
  check((await page.innerText("h1")).startsWith(NAME), "the title");
  equal(await page.locator("b").count(), 0);
  check((await page.textContent("#errors svg")).includes("<b>y</b>"), "the chart's axis");
});

pageTest("classes: rows are what it is, columns what the network says", async (open) => {
  const page = await open(poor), data = await page.evaluate(() => run), n = data.classes.length, most = Math.max(...data.confusion);
  equal([await page.locator(".confusion th[scope=col]").allTextContents(), await page.locator(".confusion th[scope=row]").allTextContents()], [data.classes, data.classes]);
  const cells = await page.$$eval(".confusion td", (all) => all.map((td) => [td.textContent, td.getAttribute("style")]));
  for (const [i, [shown, style]] of cells.entries()) {
    const right = Math.floor(i / n) === i % n, count = data.confusion[i];
    equal([shown, style], [String(count), `background: ${await page.evaluate(([c, m]) => heatColor(c, m), [right ? count : -count || 0, most])}`]);
  }
  equal(await page.textContent("#errors-look"), "Rows: what it is. Columns: what the network says.");
  check((await page.textContent("#importance-look")).startsWith("How much the held-out accuracy falls, in points, when "), await page.textContent("#importance-look"));
  const other = path.join(work, "other.html");
  fs.writeFileSync(other, fs.readFileSync(poor, "utf8").replace(/"rows": ?\[\d+, ?\d+, ?\d+\]/, '"rows":[206,70,68]'));
  const lead = await (await open(other)).textContent("#lead");
  check(lead.startsWith("Trained on 206 rows; 70 others decided when to stop, and the 68 held-out rows"), lead);
});
