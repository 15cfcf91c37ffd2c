"use strict";
// The page of `explain`: what helps to read it. Arrows, what rows and columns stand for, and that nothing jumps.
const {execFileSync} = require("node:child_process");
const path = require("node:path");
const {build, work, pageTest, check, equal} = require("./browser.js");

const fileOf = (example) => path.join(work, `${example}_reading.html`);
for (const example of ["neuron", "fan-out", "mlp", "softmax", "convolution", "attention"]) {
  execFileSync(path.join(build, "examples/explain"), ["--example", example, "--output", fileOf(example)]);
}

const text = (page, selector) => page.textContent(selector);
const press = async (page, ...keys) => { for (const key of keys) await page.keyboard.press(key); };
// Where a line is, in either direction, of a page whose lines have names.
const goTo = (page, phase, name) => page.evaluate(([p, n]) => walkOfPage.go(walkOfPage.walk.steps.findIndex((step) => step.phase === p && run.tape.nodes[step.node].name === n)), [phase, name]);

// The filter's rows and columns differ, so that one that is flipped or turned would give other numbers.
pageTest("convolution: no way of turning the filter leaves it as it is", async (open) => {
  const w = await (await open(fileOf("convolution"))).evaluate(() => numbersOf(run.tape.nodes.find((n) => n.name === "w").value));
  const seen = (at) => w.map((_, i) => w[at(Math.floor(i / 3), i % 3)]).join();
  const ways = [(r, c) => r * 3 + c, (r, c) => c * 3 + 2 - r, (r, c) => 8 - r * 3 - c, (r, c) => (2 - c) * 3 + r];
  const all = [...ways.map(seen), ...ways.map((way) => seen((r, c) => way(r, 2 - c)))];
  equal(new Set(all).size, 8);
});

pageTest("choosing another number moves nothing: the line of its sum is as high as the longest", async (open) => {
  for (const width of [1280, 400]) {
    const page = await open(fileOf("convolution"), {width});
    const heights = await page.evaluate((node) => ["forward", "backward"].map((phase) => {
      walkOfPage.go(walkOfPage.walk.steps.findIndex((step) => step.phase === phase && step.node === node));
      const cells = byId("panel").querySelectorAll("table.choosable td").length;
      return Array.from({length: cells}, (_, i) => {
        byId("panel").querySelectorAll("table.choosable td")[i].click();
        return [byId("panel").offsetHeight, byId("panel").querySelector(".numbers").textContent.length];
      });
    }), await page.evaluate(() => run.tape.nodes.findIndex(({operation}) => operation === "conv2d")));
    for (const phase of heights) {
      equal(new Set(phase.map(([height]) => height)).size, 1, `heights at ${width} px`);
    }
    check(new Set(heights[1].map(([, length]) => length)).size > 5, "the sums are of different lengths");
  }
});

// [[caption, names of the columns, names of the rows], ...] of the tables of the panel.
const tables = (page) => page.$$eval("#panel figure", (figures) => figures.map((figure) => [
  figure.querySelector("figcaption").firstChild.textContent,
  ...["th[scope=col]", "th[scope=row]"].map((kind) => [...figure.querySelectorAll(kind)].map((cell) => cell.textContent).join(" "))]));

pageTest("attention: rows and columns have the letters that they stand for", async (open) => {
  const page = await open(fileOf("attention")), letters = "a₁ n₂ n₃ a₄";
  await goTo(page, "forward", "qk");
  equal(await tables(page), [["q", "", letters], ["kT", letters, ""], ["qk", letters, letters]]);
  await page.click("#panel table.choosable tbody tr:nth-child(3) td:nth-of-type(2)");
  check((await text(page, "#panel .numbers")).startsWith("at [n₃, n₂]: 0 · 0 + 3 · 1 = 3"), await text(page, "#panel .numbers"));
  check((await text(page, "#panel .note")).startsWith("Queries by rows, keys by columns"), "its note");
  await goTo(page, "forward", "shares");
  equal(await tables(page), [["scores", letters, letters], ["shares", letters, letters]], "softmax");
  await goTo(page, "backward", "out");
  equal(await tables(page), [["dout", "", letters], ["dshares", letters, letters], ["v", "", letters], ["dout", "", letters],
                             ["dv", "", letters], ["shares", letters, letters], ["dout", "", letters]]);
  check((await text(page, "#panel .note")).startsWith("A value gets"), "the note on the way back");
  equal(await tables(await open(fileOf("mlp"))).then((list) => list.filter(([, columns, rows]) => columns || rows)), []);
});

pageTest("attention opens at n₃, and shows no zero below zero", async (open) => {
  const page = await open(fileOf("attention"));
  const [rows, odd] = await page.evaluate(() => {
    const rows = [], odd = [];
    for (let i = 0; i < walkOfPage.walk.steps.length; ++i) {
      walkOfPage.go(i);
      const where = [...byId("panel").querySelectorAll(".where")].map((e) => e.textContent);
      rows.push(...where.filter((at) => !/^at \[(n₃|\d, )/.test(at)));  // kT has numbers of its own for rows
      odd.push(...byId("panel").textContent.match(/\(−?0\)/g) ?? []);
    }
    return [rows, odd];
  });
  equal(rows, [], "opened elsewhere");
  equal(odd, []);
});

pageTest("convolution: places without the axes that have one place, and how often a weight was used", async (open) => {
  const page = await open(fileOf("convolution"));
  await goTo(page, "backward", "y");
  check(/^at \[\d, \d\]: /.test(await text(page, "#panel .numbers")), await text(page, "#panel .numbers"));
  await goTo(page, "backward", "w");
  equal(await text(page, "#panel .arrived p"), "One operation used it, so there is one contribution. That operation, y, used each number at 9 places and has added up what came back from them.");
  await goTo(page, "backward", "x");
  check((await text(page, "#panel .arrived p")).includes("at up to 9 places"), await text(page, "#panel .arrived p"));
  await goTo(page, "backward", "y");
  equal(await text(page, "#panel .arrived p"), "One operation used it, so there is one contribution.");
});

pageTest("names of rows and columns: what operations keep, and what they drop", async (open) => {
  const page = await open(fileOf("neuron"));
  const labels = (operation, shape, ...operands) => page.evaluate(([operation, shape, operands]) => {
    const tensor = (size) => ({shape: size, numbers: new Array(countOf(size)).fill(0)});
    const nodes = operands.map(({size}) => ({operation: "input", inputs: [], shape: size, value: tensor(size)}));
    nodes.push({operation, inputs: operands.map((_, i) => i), shape, value: tensor(shape), grad: tensor(shape), contributions: operands.map(({size}) => tensor(size))});
    labelTensors({nodes}, operands.map(({rows, columns}, node) => ({node, rows, columns})));
    const {value, grad, contributions} = nodes.at(-1);
    const short = ({rows, columns}) => `${rows?.join("") ?? "-"} ${columns?.join("") ?? "-"}`;
    if (short(value.labels) !== short(grad.labels)) return "the gradient has others";
    return [short(value.labels), ...contributions.map((c) => short(c.labels))].join(", ");
  }, [operation, shape, operands]);
  const [ab, abc, xy, xyz] = ["ab", "abc", "xy", "xyz"].map((names) => [...names]);
  const wide = {size: [2, 3], rows: ab, columns: xyz}, row = {size: [3]}, plain = {size: [2, 3]};
  equal(await labels("add", [2, 3], plain, wide), "ab xyz, - -, ab xyz", "the one that has names");
  equal(await labels("add", [2, 3], wide, row), "ab xyz, ab xyz, - -", "a row is added to each");
  equal(await labels("mul", [2, 3], wide, {...plain, rows: xy, columns: xyz}), "- xyz, ab xyz, xy xyz", "rows named differently");
  equal(await labels("mul", [2, 3], {size: [1, 3], rows: ["all"]}, wide), "ab xyz, all -, ab xyz", "repeated along the rows");
  equal(await labels("matmul", [2, 2], wide, {size: [3, 2], rows: abc, columns: xy}), "ab xy, ab xyz, abc xy");
  equal(await labels("linear", [2, 2], wide, {size: [2, 3], rows: xy}, {size: [2]}), "ab xy, ab xyz, xy -, - -");
  equal(await labels("transpose", [3, 2], wide), "xyz ab, ab xyz");
  equal(await labels("softmax", [2, 3], wide), "ab xyz, ab xyz");
  equal(await labels("cube", [2, 3], wide), "- -, ab xyz", "an operation of one's own");
  equal(await labels("reshape", [3, 2], wide), "- -, ab xyz");
  equal(await labels("relu", [2, 3], {size: [2, 3], rows: xyz, columns: ab}), "- -, - -", "names that are too many or too few");
});

// Where the head of each arrow is: at which end of its edge.
pageTest("arrows point to the user while values are computed, and to the operand while gradients travel", async (open) => {
  for (const example of ["neuron", "fan-out", "softmax"]) {
    const page = await open(fileOf(example));
    const heads = () => page.$$eval("#graph g:has(> .tip)", (groups) => groups.map((group) => {
      const [line, tip] = group.children, at = (length) => line.getPointAtLength(length);
      const shape = tip.getAttribute("d"), [x, y] = shape ? shape.match(/-?[\d.]+/g).map(Number) : [];
      const near = (point) => Math.hypot(point.x - x, point.y - y) < 0.01;
      return !shape ? "none" : near(at(line.getTotalLength())) ? "user" : near(at(0)) ? "operand" : "nowhere";
    }));
    const kept = await page.evaluate(() => layOut(run.tape.nodes).edges.map(({from}) => run.tape.nodes[from].needs_grad));
    equal(new Set(await heads()), new Set(["user"]), "forward");
    for (const key of ["b", "End"]) {
      await press(page, key);
      equal(await heads(), kept.map((needs) => (needs ? "operand" : "none")), `${example}, after ${key}`);
    }
    await press(page, "Home");
    equal(new Set(await heads()), new Set(["user"]), "forward again");
  }
});
