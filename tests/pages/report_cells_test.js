"use strict";
// The page of train_mnist --report: the confusion matrix, the cards of mistakes, small pictures, and the drawing board's
// views, pixel by pixel.
const {execFileSync} = require("node:child_process");
const path = require("node:path");
const {build, work, pageTest, check, equal, near} = require("./browser.js");

const fileOf = (name) => path.join(work, `cells_${name}.html`);
const train = (name, ...flags) => execFileSync(path.join(build, "examples/train_mnist"), ["--quiet", "--report", fileOf(name), "--epochs", "2", "--validation", "58000", "--batch-size", "200", ...flags]);
train("small", "--hidden", "24,16");
train("images", "--model", "cnn", "--channels", "3,5", "--hidden", "9");

const text = (page, selector) => page.textContent(selector);
const texts = (page, selector) => page.$$eval(selector, (all) => all.map((e) => e.textContent));
const press = async (page, ...keys) => { for (const key of keys) await page.keyboard.press(key); };
const settled = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
const percentOf = (style) => Number(style.match(/(\d+)%/)[1]);
// The bytes of a canvas, from a copy: one that is read often is drawn in another way.
const pixels = async (page, selector) => {
  const {width, height, text} = await page.$eval(selector, (canvas) => {
    const copy = Object.assign(document.createElement("canvas"), {width: canvas.width, height: canvas.height}).getContext("2d");
    copy.drawImage(canvas, 0, 0);
    const bytes = copy.getImageData(0, 0, canvas.width, canvas.height).data, parts = [];
    for (let i = 0; i < bytes.length; i += 8192) parts.push(String.fromCharCode(...bytes.subarray(i, i + 8192)));
    return {width: canvas.width, height: canvas.height, text: btoa(parts.join(""))};
  });
  return {width, height, bytes: Buffer.from(text, "base64")};
};
// Keys on what has the focus, many at a time.
const keys = (page, key, times) => page.evaluate(([k, n]) => {
  for (let i = 0; i < n; ++i) for (const type of ["keydown", "keyup"]) document.activeElement.dispatchEvent(new KeyboardEvent(type, {key: k, bubbles: true}));
}, [key, times]);

pageTest("the confusion matrix: colours by how many, and which pictures are shown of a cell", async (open) => {
  const page = await open(fileOf("small"));
  const {counts, examples} = await page.evaluate(() => ({counts: run.confusion, examples: run.examples.map(({label, prediction}) => label * 10 + prediction)}));
  const cells = await page.$$eval(".confusion td[role]", (all) => all.map((td) => [td.getAttribute("style"), td.className, td.textContent, td.getAttribute("aria-label")]));
  const mostWrong = Math.max(...counts.filter((_, i) => i % 11));
  cells.forEach(([style, name, shown, label], i) => {
    const [row, column] = [Math.floor(i / 10), i % 10], total = counts.slice(10 * row, 10 * row + 10).reduce((a, b) => a + b), right = row === column;
    check(style.includes(right ? "--value" : "--gradient"), `${row}, ${column}: ${style}`);
    near(percentOf(style), right ? 60 * (counts[i] / total) ** 4 : 75 * Math.sqrt(counts[i] / mostWrong), 0.51, `${row}, ${column}`);
    equal([name.includes("right"), shown], [right, counts[i] ? String(counts[i]) : ""]);
    equal(label, `Label ${row}, ${right ? "recognized" : `taken for ${column}`}: ${counts[i].toLocaleString("en-US")} of ${total.toLocaleString("en-US")} (${(100 * counts[i] / total).toFixed(2)}\u00a0%)`);
  });
  const worst = counts.indexOf(mostWrong);
  equal(await text(page, "#confusion-cell strong"), cells[worst][3], "at first the most frequent confusion");
  const kinds = new Map();  // a cell of each kind: none, one, all are there, some are there, right
  counts.forEach((count, i) => {
    const shown = examples.filter((at) => at === i).length;
    kinds.set(i % 11 === 0 || !count ? "" : !shown ? "No room for pictures of these." : shown < count ? `The ${shown} with the highest loss:` : count > 1 ? "All of them:" : "This is it:", [i, shown]);
  });
  check(kinds.size > 1, [...kinds.keys()].join());
  for (const [note, [i, shown]] of kinds) {
    await page.locator(".confusion td[role]").nth(i).hover();
    equal((await texts(page, "#confusion-cell p")).slice(1), note ? [note] : []);
    equal(await page.locator("#confusion-cell canvas").count(), shown);
    equal(await page.$$eval(".confusion .chosen", (all) => all.map((td) => td.getAttribute("aria-label"))), [cells[i][3]]);
  }
  // The arrow keys go to the neighbours, and the tabulator comes back to where one was.
  await page.locator(".confusion td[role]").nth(44).click();
  for (const [key, place] of [["ArrowDown", 54], ["ArrowRight", 55], ["ArrowUp", 45], ["ArrowLeft", 44], ["End", 99], ["ArrowDown", 99]]) {
    await press(page, key);
    equal(await page.$$eval(".confusion td[role]", (all) => [all.indexOf(document.activeElement), ...all.flatMap((td, i) => (td.tabIndex === 0 ? [i] : []))]), [place, place], key);
  }
});

pageTest("cards of mistakes: bars and words are the probabilities, pictures the images", async (open) => {
  const page = await open(fileOf("small")), mistakes = await page.evaluate(() => run.mistakes);
  equal(await text(page, "#more-mistakes"), `Show ${mistakes.length - 12} more`);
  const cards = await page.$$eval(".mistake", (all) => all.map((card) => ({
    caption: card.querySelector("figcaption").innerText, label: card.querySelector("svg").getAttribute("aria-label"),
    names: [...card.querySelectorAll("svg text")].map((t) => [t.textContent, t.getAttribute("class")]),
    tracks: [...card.querySelectorAll(".track")].map((r) => [Number(r.getAttribute("y")), Number(r.getAttribute("height")), r.getAttribute("class")]),
    bars: [...card.querySelectorAll(".bar")].map((r) => [Number(r.getAttribute("y")), Number(r.getAttribute("height")), r.getAttribute("class")])})));
  cards.forEach(({caption, label, names, tracks, bars}, k) => {
    const m = mistakes[k], p = m.probabilities, percent = (x) => `${(100 * x).toFixed(1)}\u00a0%`;
    equal(caption.split("\n").slice(0, 3), [`label ${m.label}, taken for ${m.prediction}`, `${percent(p[m.prediction])} for ${m.prediction}, ${percent(p[m.label])} for ${m.label}`, `loss ${m.loss.toFixed(2)}, image ${m.index}`]);
    equal(label, p.map((x, c) => `${c}: ${percent(x)}`).join(", "));
    const kind = (c) => (c === m.label ? "label" : c === m.prediction ? "prediction" : "");
    p.forEach((x, c) => {
      equal([names[c], bars[c][2], tracks[c][2]], [[String(c), kind(c)], `bar ${kind(c)}`, `track ${kind(c)}`]);
      near(bars[c][1] / tracks[c][1], x, 1e-6, `card ${k}, class ${c}`);
      near(bars[c][0] + bars[c][1], tracks[c][0] + tracks[c][1], 1e-9, "it stands on the ground");
    });
  });
  // Of many classes the likeliest and the label, in their order.
  equal(await page.evaluate(() => barClasses({label: 3, prediction: 11, probabilities: [0.01, 0, 0.2, 0.005, 0.1, 0, 0.12, 0, 0.08, 0, 0.09, 0.4]})), [2, 3, 4, 6, 8, 10, 11]);
  const {width, height, bytes} = await pixels(page, ".mistake canvas");
  equal([width, height], [28, 28]);
  equal(await page.$$eval(".mistake canvas", (all) => all.map((c) => c.getAttribute("aria-label"))), mistakes.slice(0, cards.length).map((m) => `validation image ${m.index}`));
  equal([...bytes].filter((_, i) => i % 4 === 3), [...Buffer.from(mistakes[0].image, "base64")], "the image's ink");
});

pageTest("weights: green speaks for the unit, purple against it, as strongly as they are large", async (open) => {
  const page = await open(fileOf("small"));
  const {weights} = await page.evaluate(() => ({weights: run.weights})), pictures = weights.pictures.map((p) => [...Buffer.from(p.image, "base64")].map((byte) => (byte - 128) / 127));
  const deviations = [...Buffer.from(weights.pixelDeviations, "base64")];
  for (const [button, felt] of [["#plain-weights", false], ["#felt-weights", true]]) {
    await page.click(button);
    equal(await page.$$eval("#plain-weights, #felt-weights", (all) => all.map((b) => b.getAttribute("aria-pressed"))), [String(!felt), String(felt)]);
    for (const k of [0, 5]) {
      const {bytes} = await pixels(page, `.weight:nth-child(${k + 1}) canvas`), shares = pictures[k].map((w, i) => (felt ? w * deviations[i] : w));
      const most = felt ? Math.max(...shares.map(Math.abs)) : 1;
      shares.forEach((share, i) => {
        near(bytes[4 * i + 3], Math.min(255, 255 * Math.abs(share) / most), 1, `pixel ${i} of picture ${k}`);
        if (bytes[4 * i + 3] > 60) equal(bytes[4 * i + 1] > bytes[4 * i], share > 0, `pixel ${i} of picture ${k}: green`);
      });
    }
  }
  const said = (p, fmt) => `unit ${p.unit} of 0.weight: norm ${fmt(p.norm)}, weights up to ±${fmt(p.scale)}`;
  await page.locator(".weight").first().focus();
  await press(page, "ArrowRight", "ArrowRight");
  equal(await text(page, "#weight-readout"), said(weights.pictures[2], (x) => String(Number(x.toPrecision(4)))));
});

// What the script computes for what is on the board, and where its views show it.
const state = (page) => page.evaluate(() => {
  const net = makeNetwork(network), picture = imagesOf(network).pixels[0], values = forward(net, picture), p = softmax(values.at(-1)), likeliest = indexOfLargest(p);
  const {surface, ink, value, positive, negative} = themeColors();
  return {picture: [...picture], values: values.map((v) => [...v]), kinds: net.layers.map(({kind}) => kind), p: [...p], likeliest, slopes: [...backward(net, values, likeliest)],
          weight: [...net.layers[0].weight], scale: [...net.layers[1].scale ?? []], colors: {surface, ink, value, positive, negative}};
});
const mix = (surface, color, share) => surface.map((s, k) => s + share * (color[k] - s));
const nearColor = (bytes, at, color, what) => color.forEach((c, k) => near(bytes[4 * at + k], c, 1.6, what));

pageTest("the board's views: ink, slopes and their outline, units and weights", async (open) => {
  const page = await open(fileOf("small")), {picture, values, kinds, slopes, likeliest, p, weight, scale, colors} = await state(page);
  const {surface, ink, value, positive, negative} = colors;
  const small = await pixels(page, "#draw-picture");
  picture.forEach((x, i) => nearColor(small.bytes, i, mix(surface, ink, x), `ink of pixel ${i}`));
  const heat = await pixels(page, "#draw-heat"), cell = heat.width / 28, most = Math.max(...slopes.map(Math.abs));
  const at = (r, c, dr, dc) => Math.floor((r + dr) * cell) * heat.width + Math.floor((c + dc) * cell);
  const inked = (r, c) => r >= 0 && r < 28 && c >= 0 && c < 28 && picture[28 * r + c] >= 0.5;
  slopes.forEach((s, i) => {
    const [r, c] = [Math.floor(i / 28), i % 28];
    nearColor(heat.bytes, at(r, c, 0.5, 0.5), mix(surface, s < 0 ? negative : positive, Math.abs(s) / most), `slope of pixel ${i}`);
    // A line where ink begins, above and at the left.
    const isLine = (dr, dc) => [0, 1, 2].every((k) => Math.abs(heat.bytes[4 * at(r, c, dr, dc) + k] - ink[k]) < 90);
    if (inked(r, c) !== inked(r - 1, c)) check(isLine(0, 0.5), `above row ${r}, column ${c}`);
    if (inked(r, c) !== inked(r, c - 1)) check(isLine(0.5, 0), `left of row ${r}, column ${c}`);
  });
  equal(await page.$$eval("#draw-bars .bar", (all) => all.map((bar) => bar.style.width)), await page.evaluate((list) => list.map((x) => Object.assign(document.createElement("i"), {style: `width: ${100 * x}%`}).style.width), p));
  equal(await page.$$eval("#draw-bars button", (all) => all.flatMap((b, i) => (b.classList.contains("likeliest") ? [i] : []))), [likeliest]);
  equal(await texts(page, "#draw-bars .name"), [..."0123456789"]);

  const active = [...kinds.keys()].filter((i) => kinds[i] === "ReLU").map((i) => values[i + 1]), canvases = page.locator("#draw-layers .draw-units");
  for (const [layer, units] of active.entries()) {
    await canvases.nth(layer).evaluate((canvas, n) => { canvas.id = `units-${n}`; }, layer);
    const {bytes, width} = await pixels(page, `#units-${layer}`), largest = Math.max(...units);
    units.forEach((x, i) => nearColor(bytes, i, mix(surface, value, Math.sqrt(x / largest)), `unit ${i} of layer ${layer + 1}`));
    near(width, Math.max(units.length, 1), 0, "one row");
  }
  const looks = () => pixels(page, ".draw-looks canvas"), caption = () => text(page, ".draw-looks figcaption");
  const lookOf = async (unit) => {
    const {bytes} = await looks(), w = weight.slice(784 * unit, 784 * (unit + 1)).map((x) => x * Math.sign(scale[unit])), top = Math.max(...w.map(Math.abs));
    w.forEach((x, i) => nearColor(bytes, i, mix(surface, x < 0 ? negative : positive, Math.abs(x) / top), `weight ${i} of unit ${unit}`));
  };
  const best = active[0].indexOf(Math.max(...active[0]));
  await lookOf(best);
  const before = await text(page, "#draw-layers figcaption");
  await canvases.nth(0).focus();
  for (const unit of [1, 2, 3, 4, 5, 6]) {
    await keys(page, "ArrowRight", 1);
    await lookOf(unit);
    check((await caption()).startsWith(`Weights of unit ${unit}${unit === best ? ", the most active" : ""}: `), await caption());
  }
  await page.focus("#draw-canvas");
  equal(await text(page, "#draw-layers figcaption"), before, "left, it tells of all units again");
  check((await caption()).startsWith(`Weights of unit ${best}, the most active: `), await caption());
});

pageTest("a convolutional net: maps beside each other, and its filters in their colours", async (open) => {
  const page = await open(fileOf("images")), {values, weight, colors: {surface, value, positive, negative, ink}} = await state(page);
  const signs = await page.evaluate(() => [...makeNetwork(network).layers[1].scale ?? [1, 1, 1]].map(Math.sign));
  const places = await page.evaluate(() => makeNetwork(network).layers.flatMap(({kind, shape}, i) => (kind === "ReLU" && shape ? [[i + 1, shape]] : [])));
  await page.$$eval("#draw-layers canvas", (all) => all.forEach((canvas, i) => { canvas.id = `view-${i}`; }));
  const [[at, [count, rows, columns]]] = places, numbers = values[at], largest = Math.max(...numbers);
  const maps = await pixels(page, "#view-0"), side = maps.width / count - 4, cell = side / columns;
  for (let map = 0; map < count; ++map) {
    for (let i = 0; i < rows * columns; i += 5) {
      const x = map * (side + 4) + 2 + (i % columns + 0.5) * cell, y = 2 + (Math.floor(i / columns) + 0.5) * cell;
      nearColor(maps.bytes, Math.floor(y) * maps.width + Math.floor(x), mix(surface, value, Math.sqrt(numbers[map * rows * columns + i] / largest)), `map ${map}, place ${i}`);
    }
  }
  const filters = await pixels(page, "#view-1"), most = Math.max(...weight.map(Math.abs));
  for (let i = 0; i < 27; ++i) {
    const x = Math.floor(i / 9) * 31 + 2 + (i % 3 + 0.5) * 9, y = 2 + (Math.floor(i % 9 / 3) + 0.5) * 9, w = weight[i] * signs[Math.floor(i / 9)];
    nearColor(filters.bytes, Math.floor(y) * filters.width + Math.floor(x), mix(surface, w < 0 ? negative : positive, Math.abs(w) / most), `weight ${i}`);
  }
  // Where rows and columns differ, so do the sides.
  const sides = await page.evaluate(() => {
    const [maps, slopes] = [element("canvas"), element("canvas")], colors = themeColors();
    paintMaps(maps, new Float32Array(84).fill(1), [3, 4, 7], 56, colors, colors.value, null, Math.sqrt);
    paintSlopes(slopes, new Float32Array(28).fill(1), null, 7, 4, colors);
    return [maps.width, maps.height, slopes.width, slopes.height];
  });
  equal(sides, [3 * (7 * 8 + 4), 4 * 8 + 4, 7 * 48, 4 * 48]);
  // A frame in full ink is around the chosen map, a faint one around the others.
  const frame = async (map) => (await pixels(page, "#view-0")).bytes[4 * (10 * maps.width + Math.round(map * (side + 4)) + 1)];
  await page.locator("#view-0").scrollIntoViewIfNeeded();
  const box = await page.locator("#view-0").boundingBox(), faint = await frame(1);
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  check(Math.abs(await frame(1) - ink[0]) < Math.abs(faint - ink[0]) / 2, "the map under the pointer");
  near(await frame(0), faint, 3, "the others");
  await page.mouse.move(5, 5);
  near(await frame(1), faint, 3, "none is chosen any more");
});

pageTest("drawing: the pen at the edge, a key that is let go, a click with another button, and the class that is asked for", async (open) => {
  const page = await open(fileOf("small"));
  const firsts = await page.evaluate(() => [...Array(10).keys()].map((digit) => network.images.labels.indexOf(digit)));
  equal(await page.$$eval("#draw-samples button", (all) => all.map((b) => b.title)), firsts.map((place, digit) => `Test image ${place}, labelled ${digit}`));
  const hidden = await page.evaluate(() => [[28, 28, 10], [28, 28, 26], [16, 28, 10], [28, 12, 10]].map(([rows, columns, classes]) => {
    const note = element("p");
    explainPreparation(element("p"), note, {rows, columns, classes});
    return note.hidden;
  }));
  equal(hidden, [true, false, false, false], "MNIST's pictures need no note");
  const [said, own] = await page.evaluate(() => {
    const net = makeNetwork(network), {labels, pixels, logits} = imagesOf(network), few = [0, 1, 2, 3, 4];
    const spoiled = few.map((i) => logits[i].map((z, c) => z + 0.01 * (c === i)));  // as if another program had written them
    const apart = (f) => Math.max(...few.flatMap((i) => [...f([...forward(net, pixels[i]).at(-1)])].map((z, c) => Math.abs(z - f([...spoiled[i]])[c]))));
    return [selfCheck(net, network, {labels: labels.slice(0, 5), pixels, logits: spoiled}), [apart((z) => z), apart(softmax)]];
  });
  near(said.logit, own[0], 1e-5, "the largest difference of a logit");
  near(said.probability, own[1], 1e-5, "and of a probability");
  const formula = () => text(page, "#draw .draw-formula"), asked = await formula();
  const other = asked.includes("p(3)") ? 4 : 3;
  await page.click(`#draw-bars button:nth-child(${other + 1})`);
  equal(await formula(), `∂ log p(${other}) / ∂ pixel`);
  await page.click(`#draw-bars button:nth-child(${other + 1})`);
  equal([await formula(), await page.getAttribute("#draw-follow", "aria-pressed")], [asked, "true"], "once more: the most probable again");

  await page.click("#draw-clear");
  equal([await text(page, "#draw-prepared"), await text(page, "#draw-source")], ["28 × 28, empty", ""]);
  check((await pixels(page, "#draw-picture")).bytes.every((b, i, all) => b === all[i % 4]), "an empty picture");
  const box = await page.locator("#draw-canvas").boundingBox();
  await page.mouse.move(box.x + 50, box.y + 50);
  await page.mouse.down({button: "right"});
  await page.mouse.move(box.x + 90, box.y + 90);
  await page.mouse.up({button: "right"});
  await settled(page);
  equal(await text(page, "#draw-prepared"), "28 × 28, empty", "the right button does not draw");
  await page.focus("#draw-canvas");
  const pen = () => page.$eval("#draw-pen", (e) => [e.style.left, e.style.top, e.classList.contains("down"), e.hidden]);
  await press(page, "ArrowRight");
  equal(await pen(), [`${100 * 15 / 28}%`, "25%", false, false].map((v, i) => (i ? v : `${(100 * 15 / 28).toFixed(4)}%`)));
  await keys(page, "ArrowLeft", 40);
  await press(page, "ArrowUp");
  equal((await pen()).slice(0, 2).map(parseFloat), [0, Number((100 * 6 / 28).toFixed(4))], "no farther than the edge, and the keys before are let go");
  await press(page, " ", "ArrowRight", "ArrowRight");
  equal((await pen())[2], true, "it is down");
  await page.keyboard.down("ArrowRight");
  await page.keyboard.down("ArrowDown");
  await page.keyboard.up("ArrowRight");
  await page.keyboard.up("ArrowDown");
  near(parseFloat((await pen())[1]), 25, 0.01, "down by one");
  near(parseFloat((await pen())[0]), 100 * 4 / 28, 0.01, "and across by four");
  for (const [way, key] of [["down", "ArrowRight"], ["down", "ArrowDown"], ["up", "ArrowDown"], ["down", "ArrowUp"], ["up", "ArrowUp"], ["up", "ArrowRight"]]) await page.keyboard[way](key);
  near(parseFloat((await pen())[0]), 100 * 7 / 28, 0.01, "the key that stays down goes on");
  await page.focus("#draw-clear");
  equal((await pen())[3], true, "no pen where the keys are not");
  check((await text(page, "#draw-result")).startsWith("Most probable: "), "the stroke has ended");
  await page.focus("#draw-canvas");
  const ink = async () => (await pixels(page, "#draw-canvas")).bytes.reduce((a, b) => a + b), before = await ink();
  await press(page, "ArrowDown", "ArrowDown");
  await settled(page);
  equal(await ink(), before, "and the pen is up again");
});
