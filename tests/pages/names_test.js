"use strict";
// The page of `names --report`, with both nets.
const {execFileSync} = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const {build, work, pageTest, check, equal, near, misdrawn} = require("./browser.js");
const network = require(path.join(__dirname, "../../examples/names/page/network.js"));

const fileOf = (model) => path.join(work, `names_${model}.html`);
for (const [model, ...flags] of [["mlp", "--steps", "300"], ["gpt", "--steps", "4", "--batch-size", "8"]]) {
  execFileSync(path.join(build, "examples/names"), ["--quiet", "--model", model, ...flags, "--report", fileOf(model)]);
}

const netIn = (page) => page.evaluate(() => JSON.parse(document.getElementById("net").textContent));
const text = (page, selector) => page.textContent(selector);
const type = async (page, word) => page.fill("#word", word);

for (const model of ["mlp", "gpt"]) {
  pageTest(`${model}: logits and attention are the program's`, async (open) => {
    const page = await open(fileOf(model)), data = await netIn(page);
    check(data.checks.length >= 5, "held-out words to check");
    for (const {word, logits, attention} of data.checks) {
      const mine = await page.evaluate((typed) => {
        const {logits, attention} = forward(net, lettersOf(typed));
        return {logits, attention};
      }, word);
      equal(mine.logits.length, word.length + 1);
      logits.forEach((row, i) => network.floatsOf(row).forEach((z, c) => near(mine.logits[i][c], z, 1e-4, `${word}, place ${i}, letter ${c}`)));
      equal(attention.length, model === "gpt" ? 4 : 0);
      attention.map(network.floatsOf).forEach((theirs, block) => mine.attention[block].forEach((rows, head) => rows.forEach((row, i) => row.forEach((w, j) =>
          near(w, theirs[(head * 16 + i) * 16 + j], 1e-4, `${word}, block ${block}, head ${head}, ${i} from ${j}`)))));
    }
    await page.waitForFunction(() => document.getElementById("check").textContent !== "");
    check(/differ by at most \d(\.\d+)?e−[678] in a logit/.test(await text(page, "#check")), await text(page, "#check"));
  });

  for (const [width, scheme] of [[1280, "light"], [1280, "dark"], [400, "light"], [400, "dark"]]) {
    pageTest(`${model}, ${width} px, ${scheme}: nothing wider than the screen, no odd text`, async (open) => {
      const page = await open(fileOf(model), {width, scheme});
      for (const word of ["", "a", "maximilianabcde", "ÄB c"]) {
        await type(page, word);
        check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${word}: the page scrolls sideways`);
        const odd = (await page.evaluate(() => document.body.innerText)).match(/.{0,60}(undefined|\[object|NaN|null)/);
        check(!odd, `odd text: ${odd?.[0]}`);
      }
    });
  }

  pageTest(`${model}: every picture follows the word`, async (open) => {
    const page = await open(fileOf(model)), data = await netIn(page), net = network.makeNet(data);
    await type(page, "Emma");
    equal(await page.locator("#guesses tr").count(), 6);  // a heading, four letters and the end
    const p = network.forward(net, [5, 13, 13, 1]).logits.map(network.softmax);
    const shown = await page.$$eval("#guesses td:nth-child(3)", (cells) => cells.map((cell) => parseFloat(cell.textContent)));
    [5, 13, 13, 1, 0].forEach((letter, i) => near(shown[i], 100 * p[i][letter], 0.51, `share of letter ${i}`));
    const loss = [5, 13, 13, 1, 0].reduce((total, letter, i) => total - Math.log(p[i][letter]), 0) / 5;
    check((await text(page, "#loss")).startsWith(`Loss of this word: ${loss.toFixed(2)} nats`), await text(page, "#loss"));

    equal(await page.locator("#embedding tr").count(), 5);
    equal(await page.locator("#embedding tr:first-child td").count(), model === "gpt" ? 64 : 10);
    equal(await page.$$eval("#map .marked", (letters) => letters.map((letter) => letter.textContent)), ["a", "e", "m"]);
    equal(await page.locator("#map text").count(), 27);

    await page.click("#invented button:first-child");
    equal(await page.inputValue("#word"), data.invented.find((word) => word !== ""));
    await type(page, "a1b");
    equal(await text(page, "#word-note"), "It was not taught 1.");
    equal(await page.locator("#guesses tr").count(), 4);
    equal(await page.isVisible("#attention"), model === "gpt");
  });
}

for (const model of ["mlp", "gpt"]) {
  pageTest(`${model}: the letters nearest to one, by all numbers of their rows`, async (open) => {
    const page = await open(fileOf(model)), net = network.makeNet(await netIn(page));
    const table = net.state[model === "mlp" ? "embed.weight" : "token.weight"], width = table.length / 27;
    const row = (letter) => Array.from(table.slice(letter * width, (letter + 1) * width));
    const expected = (letter) => Array.from({length: 27}, (_, other) => {
      let squares = 0;
      row(letter).forEach((x, i) => { squares += (x - row(other)[i]) ** 2; });
      return {other, text: `${other ? net.letters[other - 1] : "·"} ${Math.sqrt(squares).toFixed(2)}`, distance: Math.sqrt(squares)};
    }).filter(({other}) => other !== letter).sort((a, b) => a.distance - b.distance).slice(0, 5);
    const listed = () => page.$$eval("#nearest li", (items) => items.map((item) => item.textContent));
    equal(await listed(), expected(1).map(({text}) => text), "a, at first");
    await page.selectOption("#letter", "3");
    equal(await listed(), expected(3).map(({text}) => text), "c, by the list");
    await page.dispatchEvent('#map [data-letter="17"]', "click");
    equal(await listed(), expected(17).map(({text}) => text), "q, in the picture");
    equal(await page.inputValue("#letter"), "17");
    equal(await page.$$eval("#map .near", (letters) => letters.map((letter) => Number(letter.dataset.letter))), expected(17).map(({other}) => other).sort((a, b) => a - b));
    await type(page, "anna");
    equal(await page.locator("#map .near").count(), 5, "a word takes no marks away");
  });
}

pageTest("gpt: the heads, one of them large", async (open) => {
  const page = await open(fileOf("gpt")), net = network.makeNet(await netIn(page));
  const opening = network.forward(net, [...await page.inputValue("#word")].map((letter) => net.letters.indexOf(letter) + 1)).attention.flat();
  const sharesOf = (place) => opening.map((rows) => rows.slice(3).reduce((total, row, i) => total + row[place(i + 3)], 0) / (rows.length - 3));
  const shares = sharesOf((i) => i - 1), most = shares.indexOf(Math.max(...shares));
  equal(await text(page, "#head-name"), `Block ${Math.floor(most / 4) + 1}, head ${most % 4 + 1}`, "it opens with the head that looks most at the letter just before");
  const places = [["the letter just before", (i) => i - 1], ["the first letter", () => 1], ["the edge", () => 0], ["itself", (i) => i]];
  const told = (await text(page, "#head-note")).match(/^From the third letter on it takes, on average, (\S+) % from the letter just before, (\S+) % from the first letter, (\S+) % from the edge, (\S+) % from itself\.$/);
  check(told, await text(page, "#head-note"));
  const best = (await text(page, "#heads-note")).match(/^From the third letter on these heads take most, on average: (.*)\.$/)[1].split(", ");
  places.forEach(([name, place], k) => {
    const all = sharesOf(place), share = Math.max(...all), head = all.indexOf(share);
    near(Number(told[k + 1]), 100 * all[most], 0.51, name);
    check(best[k].startsWith(`${Math.floor(head / 4) + 1}.${head % 4 + 1} takes `) && best[k].endsWith(` % from ${name}`), best[k]);
    near(Number(best[k].split(" ")[2]), 100 * share, 0.51, name);
  });
  await type(page, "em");  // no third letter
  equal([await text(page, "#heads-note"), await text(page, "#head-note")], ["", ""]);
  await type(page, "anna");
  equal(await page.locator("#heads button").count(), 16);
  await page.click("#heads button:nth-child(7)");
  equal(await text(page, "#head-name"), "Block 2, head 3");
  equal(await page.$$eval('#heads [aria-pressed="true"]', (buttons) => buttons.map((button) => button.getAttribute("aria-label"))), ["block 2, head 3"]);
  equal(await page.locator("#head tr").count(), 6);
  equal(await page.locator("#head td.after").count(), 10);
  const weights = network.forward(net, [1, 14, 14, 1]).attention[1][2];
  weights.forEach((row, i) => near(row.reduce((a, b) => a + b), 1, 1e-12, `row ${i}`));
  await page.hover("#head tr:nth-child(4) td:nth-of-type(2)");  // the second n, from a
  const found = (await text(page, "#head-readout")).match(/^At n \(letter 2\) it takes (\S+) % from a \(letter 1\)\.$/);
  check(found, await text(page, "#head-readout"));
  near(Number(found[1]), 100 * weights[2][1], 0.51);
  await type(page, "maximilianabcdef");
  equal(await text(page, "#word-note"), "Only the first 15 letters count.");
});

pageTest("what is guessed, where a head looks, and the numbers of letters, in their colours", async (open) => {
  for (const model of ["mlp", "gpt"]) {
    const page = await open(fileOf(model));
    await type(page, "emma");
    const {p, embedding, history, distances} = await page.evaluate(() => {
      const rows = Array.from({length: net.size}, (_, i) => embeddingOf(i)), all = rows.flatMap((a, i) => rows.filter((_, j) => j !== i).map((b) => Math.hypot(...a.map((v, c) => v - b[c]))));
      return {p: forward(net, [5, 13, 13, 1]).logits.map((row) => [...softmax(row)]), history: net.history.at(-1).held_out_loss, distances: all.reduce((a, b) => a + b) / all.length,
              embedding: [0, 5, 13, 13, 1].map((l) => rows[l].map((v) => [heatColor(v, Math.max(...rows.flat().map(Math.abs))), fmt(v)]))};
    });
    const percent = (v) => `${(100 * v).toFixed(v < 0.0995 ? 1 : 0)} %`, letter = (i) => (i ? String.fromCharCode(96 + i) : "·"), comes = [5, 13, 13, 1, 0];
    const rows = await page.$$eval("#guesses tr", (all) => all.slice(1).map((tr) => ({cells: [...tr.querySelectorAll("td")].map((td) => td.textContent), width: tr.querySelector(".bar div").style.width, guesses: [...tr.querySelectorAll(".guess")].map((g) => [g.textContent.trim(), g.classList.contains("comes")])})));
    rows.forEach(({cells, width, guesses}, i) => {
      equal(cells.slice(0, 3), [`·${"emma".slice(0, i)}`, letter(comes[i]), percent(p[i][comes[i]])]);
      near(parseFloat(width), 100 * p[i][comes[i]], 0.01, "the bar");
      equal(guesses, [...p[i].keys()].sort((a, b) => p[i][b] - p[i][a]).slice(0, 5).map((l) => [`${letter(l)} ${percent(p[i][l])}`, l === comes[i]]), `after ${i}`);
    });
    check((await text(page, "#loss")).endsWith(`Guessing blindly costs ln 27 = 3.30; the mean of held-out words is ${history.toFixed(2)}.`), await text(page, "#loss"));
    check((await text(page, "#nearest-note")).endsWith(`On average two rows are ${distances.toFixed(2)} apart.`), await text(page, "#nearest-note"));
    const cells = await page.$$eval("#embedding tr", (all) => all.map((tr) => [...tr.querySelectorAll("td")].map((td) => [td.getAttribute("style"), td.title])));
    cells.forEach((row, i) => row.forEach(([style, title], k) => equal([style, title], [`background: ${embedding[i][k][0]}`, `${letter([0, 5, 13, 13, 1][i])}, number ${k}: ${embedding[i][k][1]}`])));
    // On the map the second direction holds no more than the first, and the two have nothing in common.
    const {x, y} = await page.evaluate(() => { const {axes: [x, y]} = flatMap(Array.from({length: net.size}, (_, l) => embeddingOf(l))); return {x, y}; });
    const dot = (a, b) => a.reduce((total, v, i) => total + v * b[i], 0);
    check(dot(x, x) >= dot(y, y) * 0.999, "the first is the longer one");
    near(dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y)), 0, 0.02, "in common");
    if (model === "mlp") continue;
    await page.click("#heads button:nth-child(6)");
    equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "block 2, head 2", "it keeps the focus");
    const weights = await page.evaluate(() => forward(net, [5, 13, 13, 1]).attention[1][1]);
    const styles = await page.$$eval("#head tr", (all) => all.slice(1).map((tr) => [...tr.querySelectorAll("td")].map((td) => [td.className, td.getAttribute("style")])));
    weights.forEach((row, i) => row.forEach((w, j) => equal(styles[i][j], j > i ? ["after", null] : ["", `background: color-mix(in srgb, var(--value) ${Math.round(100 * w)}%, var(--surface))`], `${i} from ${j}`)));
    const {side, alphas} = await page.$eval("#heads button:nth-child(6) canvas", (canvas) => {
      const copy = Object.assign(document.createElement("canvas"), {width: canvas.width, height: canvas.height}).getContext("2d");
      copy.drawImage(canvas, 0, 0);
      return {side: canvas.width, alphas: [...copy.getImageData(0, 0, canvas.width, canvas.height).data].filter((_, i) => i % 4 === 3)};
    });
    equal(side, 5);
    weights.flat().forEach((w, i) => near(alphas[i], 255 * w, 2, `small picture, place ${i}`));
  }
});

pageTest("erf, and a plane for the letters", async () => {
  for (const [x, y] of [[0, 0], [0.5, 0.5204998778130465], [-1, -0.8427007929497149], [3, 0.9999779095030014], [7, 1]]) {
    near(network.erf(x), y, 1e-14, `erf ${x}`);
  }
  // Points of a plane in five dimensions keep their distances.
  const plane = [[0, 0], [3, 0], [0, 1], [2, 2], [-1, 4]], rows = plane.map(([a, b]) => [a, 0, b, 5, 0]);
  const {axes: [x, y], share} = network.flatMap(rows);
  near(share, 1, 1e-12, "share");
  plane.forEach((p, i) => plane.forEach((q, j) =>
      near(Math.hypot(x[i] - x[j], y[i] - y[j]), Math.hypot(p[0] - q[0], p[1] - q[1]), 1e-9, `${i} ${j}`)));
});

pageTest("nothing is asked of any network", async () => {
  for (const model of ["mlp", "gpt"]) check(!/<(script|link|img)[^>]*(src|href)="(?!data:)/.test(fs.readFileSync(fileOf(model), "utf8")));
});

pageTest("every picture is whole and has a name; what stands for the edge is told from letters", async (open) => {
  for (const model of ["mlp", "gpt"]) {
    const page = await open(fileOf(model));
    await type(page, "ab");
    equal(await misdrawn(page), [], model);
    equal(await page.$$eval("#embedding th", (all) => all.map((th) => [th.textContent, th.className])), [["·", "edge"], ["a", ""], ["b", ""]]);
  }
});
