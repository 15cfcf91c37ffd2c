"use strict";
// "Draw a digit" on the page of train_mnist --report.
const {execFileSync} = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const {build, work, pageTest, check, equal, near} = require("./browser.js");
const scripts = path.join(__dirname, "../../examples/train_mnist/page");
const net = require(path.join(scripts, "draw_network.js"));
const pic = require(path.join(scripts, "draw_picture.js"));

const report = path.join(work, "draw.html"), weights = path.join(work, "draw.safetensors");
const run = (program, flags) => execFileSync(path.join(build, program), flags, {encoding: "utf8", maxBuffer: 1e8});
run("examples/train_mnist", ["--quiet", "--epochs", "1", "--schedule", "constant", "--save", weights, "--report", report]);
const convolutional = path.join(work, "convolutional.html");
run("examples/train_mnist", ["--quiet", "--model", "cnn", "--channels", "6,40", "--hidden", "9", "--epochs", "1", "--validation", "50000",
                             "--report", convolutional]);
const programs = JSON.parse(run("tests/draw_networks", [weights]));
const pictures = imagesIn(programs.trained.network);

function imagesIn({images, rows, columns}) {
  const bytes = net.bytesOf(images.pixels), size = rows * columns;
  return Array.from({length: images.count}, (_, i) => Array.from(bytes.subarray(i * size, (i + 1) * size), (b) => b / 255));
}

// ---- the network

for (const [name, precision] of [["trained", "float32"], ["layers", "float32"], ["large", "float16"],
                                 ["convolution", "float32"], ["strides", "float32"]]) {
  const {network: data, logits, slopes} = programs[name];

  pageTest(`${name}: the logits of a hundred images are the C++ program's`, async () => {
    equal(data.precision, precision);
    equal(pictures.length, 100);
    const network = net.makeNetwork(data);
    const kept = net.decode(data.images.logits, "float32", Float32Array);
    pictures.forEach((picture, i) => net.forward(network, picture).at(-1).forEach((z, c) => {
      near(z, logits[10 * i + c], 1e-4, `logit ${c} of image ${i}`);
      near(kept[10 * i + c], logits[10 * i + c], 1e-6, `the page's logit ${c} of image ${i}`);
    }));
  });

  pageTest(`${name}: the gradient is the tape's, and the slope of the forward`, async () => {
    const network = net.makeNetwork(data, Float64Array);
    let largest = 0;
    pictures.forEach((picture, i) => {
      const values = net.forward(network, picture), target = net.indexOfLargest(values.at(-1));
      const gradient = net.backward(network, values, target);
      largest = gradient.reduce((most, g) => Math.max(most, Math.abs(g)), largest);
      gradient.forEach((g, pixel) => near(g, slopes[784 * i + pixel], 1e-5, `pixel ${pixel} of image ${i}`));
    });
    check(largest > 1e-3, `all gradients are near zero: ${largest}`);

    const logp = (picture, target) => Math.log(net.softmax(net.forward(network, picture).at(-1))[target]);
    for (const [i, target] of [[0, 7], [0, 2], [1, 2], [4, 9], [57, 0]]) {
      // No two pixels are alike, since where two are the largest of a window there is no slope.
      const picture = pictures[i].map((x, pixel) => x + 0.01 * (2 + Math.sin(pixel * pixel)));
      const gradient = net.backward(network, net.forward(network, picture), target);
      for (let pixel = 3; pixel < 784; pixel += 11) {
        const at = (h) => logp(picture.map((x, p) => (p === pixel ? x + h : x)), target);
        near(gradient[pixel], (at(1e-6) - at(-1e-6)) / 2e-6, 1e-6, `class ${target}, image ${i}, pixel ${pixel}`);
      }
    }
  });
}

pageTest("every half is the number that it stands for", async () => {
  const ones = {0x0000: 0, 0x0001: 2 ** -24, 0x03ff: 1023 * 2 ** -24, 0x0400: 2 ** -14, 0x3c00: 1, 0x3555: 0.333251953125,
                0xc000: -2, 0x7bff: 65504, 0x7c00: Infinity, 0xfc00: -Infinity, 0x7e00: NaN};
  for (const [half, number] of Object.entries(ones)) check(Object.is(net.halfToNumber(Number(half)), number), `${half}`);
  for (let half = 1; half <= 0x7c00; ++half) {
    check(net.halfToNumber(half) > net.halfToNumber(half - 1), `${half} is not larger than its predecessor`);
    equal(net.halfToNumber(half | 0x8000), -net.halfToNumber(half), `${half}`);
  }
});

// ---- the preparation

const polyline = (field, radius, ...points) => points.slice(1).forEach(([x, y], i) =>
  pic.stroke(field, {x: points[i][0], y: points[i][1]}, {x, y}, radius));

function boundsOf(picture) {
  const box = pic.inkedBox({rows: 28, columns: 28, ink: picture});
  return [box.bottom - box.top, box.right - box.left];
}

pageTest("a drawing fits the box, and its centre of mass is the picture's", async () => {
  const drawings = {
    seven: [[60, 60], [200, 60], [110, 240]],
    "a small one in a corner": [[20, 20], [50, 20], [30, 60]],
    "a large L": [[15, 10], [15, 265], [260, 265]],
    one: [[250, 30], [250, 200]],
    dash: [[30, 250], [200, 250]],
    dot: [[270, 10], [270, 10]],
    "over the edge": [[-30, 100], [300, 180]],
  };
  for (const [name, points] of Object.entries(drawings)) {
    const field = pic.makeField(280, 280);
    polyline(field, 11, ...points);
    const picture = pic.prepare(field, 28, 28), centre = pic.centreOfMass(picture, 28);
    near(centre.x, 14, 0.51, `${name}: column`);
    near(centre.y, 14, 0.51, `${name}: row`);
    near(Math.max(...boundsOf(picture)), 20, 1, `${name}: box`);
    const ink = pic.inkedBox(field), aspect = (ink.bottom - ink.top) / (ink.right - ink.left);
    const [h, w] = boundsOf(picture);
    check(Math.abs(h - w * aspect) <= 1.5 * Math.max(1, aspect), `${name}: ${h} x ${w} should be as ${aspect}`);
    check(picture.every((x) => x >= 0 && x <= 1), `${name}: from 0 to 1`);
  }
  equal(pic.prepare(pic.makeField(280, 280), 28, 28), null, "nothing drawn");
});

pageTest("moving a drawing does not change its picture", async () => {
  const pictureOf = (x, y) => {
    const field = pic.makeField(280, 280);
    polyline(field, 11, [x, y], [x + 80, y + 10], [x + 40, y + 120]);
    return pic.prepare(field, 28, 28);
  };
  equal([...pictureOf(20, 30)], [...pictureOf(150, 120)]);
});

pageTest("shrinking takes means of areas", async () => {
  const field = pic.makeField(6, 6);
  field.ink.set([1, 1, 1, 0, 0, 0], 0);
  field.ink.set([1, 1, 1, 0, 0, 0], 6);
  field.ink.set([1, 1, 1, 0, 0, 0], 12);
  equal([...pic.shrink(field, {top: 0, left: 0, bottom: 6, right: 6}, 2, 2)], [1, 0, 0, 0]);
  equal([...pic.shrink(field, {top: 0, left: 0, bottom: 6, right: 6}, 1, 1)], [0.25]);
  const halves = pic.shrink(field, {top: 0, left: 1, bottom: 6, right: 6}, 1, 2);  // 2.5 columns wide, 2 of them inked
  near(halves[0], 0.4, 1e-6);
  equal(halves[1], 0);
});

// The way that MNIST's own images were prepared is found again: enlarged, they come back as they were.
pageTest("MNIST's images pass through the preparation almost unchanged", async () => {
  const field = pic.makeField(280, 280), network = net.makeNetwork(programs.trained.network);
  const {labels} = programs.trained.network.images;
  const apart = (a, b) => a.reduce((total, x, p) => total + Math.abs(x - (b[p] ?? 0)), 0);
  let difference = 0, shifted = 0, agree = 0, moved = 0;
  pictures.forEach((picture, i) => {
    pic.enlarge(picture, 28, 28, field);
    const again = pic.prepare(field, 28, 28);
    const [a, b] = [again, picture].map((p) => pic.centreOfMass(p, 28));
    moved = Math.max(moved, Math.abs(a.x - b.x), Math.abs(a.y - b.y));
    difference += apart(picture, again);
    shifted += apart(picture, picture.slice(1));
    agree += net.indexOfLargest(net.forward(network, again).at(-1)) === labels[i];
  });
  check(moved < 1, `a centre of mass moved by ${moved}`);
  check(difference < 0.6 * shifted, `they differ by ${difference}, and by ${shifted} when shifted by a pixel`);
  check(agree >= 94, `only ${agree} of 100 are recognized`);
});

// ---- the page

const text = (page, selector) => page.textContent(selector);
// Read from a copy: a canvas that is read often is drawn in another way.
const inkOnBoard = (page) => page.$eval("#draw-canvas", (canvas) => {
  const copy = Object.assign(document.createElement("canvas"), {width: canvas.width, height: canvas.height});
  const context = copy.getContext("2d");
  context.drawImage(canvas, 0, 0);
  const bytes = context.getImageData(0, 0, copy.width, copy.height).data;
  let count = 0;
  for (let i = 0; i < bytes.length; i += 4) count += Math.abs(bytes[i] - bytes[0]) > 40;  // the corner is empty
  return count;
});
const settled = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
const pressed = (page) => page.$$eval('#draw-bars [aria-pressed="true"]', (bars) => bars.map((bar) => bar.getAttribute("aria-label")));
const probabilities = (page) => page.$$eval("#draw-bars .share", (cells) => cells.map((cell) => parseFloat(cell.textContent)));

async function drawOne(page) {  // a straight line down the middle
  await page.locator("#draw-canvas").scrollIntoViewIfNeeded();
  const box = await page.locator("#draw-canvas").boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height * 0.15);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.48, box.y + box.height * 0.85, {steps: 12});
  await page.mouse.up();
  await settled(page);
}

for (const [width, scheme] of [[1280, "light"], [1280, "dark"], [800, "light"], [400, "light"], [400, "dark"]]) {
  pageTest(`${width} px, ${scheme}: drawn by mouse, cleared, nothing wider than the screen`, async (open) => {
    const page = await open(report, {width, scheme});
    check(await page.isVisible("#draw"), "the section is there");
    check((await inkOnBoard(page)) > 500, "a test image is on the board to begin with");
    equal(await text(page, "#draw-source"), "Test image 0, labelled 7");
    await drawOne(page);
    equal(await text(page, "#draw-source"), "Your drawing");
    equal(await text(page, "#draw-result"), `Most probable: 1, ${(await probabilities(page))[1].toFixed(1)} %.`);
    const line = await inkOnBoard(page);
    check(line > 1500 && line < 9000, `a line, and not the test image any more: ${line}`);
    near((await probabilities(page)).reduce((a, b) => a + b), 100, 0.6, "probabilities");
    await page.click("#draw-clear");
    equal(await inkOnBoard(page), 0);
    check((await text(page, "#draw-result")).startsWith("Nothing is drawn"), await text(page, "#draw-result"));
    check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
    const drawn = await page.$eval("#draw", (section) => section.innerText);
    check(!/undefined|\[object|NaN/.test(drawn), `odd text: ${drawn.match(/.*(undefined|\[object|NaN).*/)?.[0]}`);
  });
}

pageTest("drawn by keyboard", async (open) => {
  const page = await open(report);
  await page.click("#draw-clear");
  await page.focus("#draw-canvas");
  const press = async (key, times) => { for (let i = 0; i < times; ++i) await page.keyboard.press(key); };
  await press("ArrowUp", 3);
  await settled(page);
  equal(await inkOnBoard(page), 0, "the pen is up");
  check(await page.isVisible("#draw-pen"), "one sees where the pen is");
  await press(" ", 1);
  await press("ArrowDown", 18);
  await press(" ", 1);
  const line = await inkOnBoard(page);
  check(line > 3000, `a line: ${line}`);
  check((await text(page, "#draw-result")).startsWith("Most probable: 1, "), await text(page, "#draw-result"));
  await press("ArrowRight", 5);
  await settled(page);
  equal(await inkOnBoard(page), line, "the pen is up again");
  await press("Escape", 1);
  equal(await inkOnBoard(page), 0);
});

pageTest("by touch", async (open) => {
  const page = await open(report, {width: 400});
  await page.click("#draw-clear");
  await page.$eval("#draw-canvas", (canvas) => {
    const box = canvas.getBoundingClientRect();
    canvas.setPointerCapture = () => {};  // there is no real finger to capture
    const fire = (type, x, y) => canvas.dispatchEvent(new PointerEvent(type, {
      pointerId: 5, pointerType: "touch", isPrimary: true, clientX: box.x + x * box.width, clientY: box.y + y * box.height, bubbles: true}));
    fire("pointerdown", 0.5, 0.2);
    for (let y = 0.2; y < 0.8; y += 0.1) fire("pointermove", 0.5, y);
    fire("pointerup", 0.5, 0.8);
  });
  check((await inkOnBoard(page)) > 1500, "a line");
  equal(await page.$eval("#draw-canvas", (canvas) => getComputedStyle(canvas).touchAction), "none", "a finger draws, it does not scroll");
});

pageTest("test images: the network gets them as they are, until one draws on them", async (open) => {
  const page = await open(report);
  equal(await page.locator("#draw-samples button").count(), 10);
  const network = net.makeNetwork(programs.trained.network);
  for (const digit of [0, 4, 9]) {
    await page.click(`#draw-samples button:nth-child(${digit + 1})`);
    const [, place, label] = (await text(page, "#draw-source")).match(/Test image (\d+), labelled (\d)$/);
    equal(Number(label), digit);
    const expected = net.softmax(net.forward(network, pictures[place]).at(-1));
    (await probabilities(page)).forEach((p, c) => near(p, 100 * expected[c], 0.051, `${digit}: p(${c})`));
  }
  const before = await inkOnBoard(page);
  await drawOne(page);
  check((await inkOnBoard(page)) > before, "the line is added");
  check((await text(page, "#draw-source")).endsWith("labelled 9, drawn on"), await text(page, "#draw-source"));
});

pageTest("one step backward: from the most probable class, or another", async (open) => {
  const page = await open(report);
  const formula = () => text(page, "#draw .draw-formula");
  equal(await formula(), "∂ log p(7) / ∂ pixel");
  equal(await page.getAttribute("#draw-follow", "aria-pressed"), "true");
  equal(await pressed(page), []);
  await page.click("#draw-bars button:nth-child(3)");
  equal(await formula(), "∂ log p(2) / ∂ pixel");
  equal((await pressed(page)).length, 1);
  equal(await page.getAttribute("#draw-follow", "aria-pressed"), "false");

  const network = net.makeNetwork(programs.trained.network), values = net.forward(network, pictures[0]);
  const slopes = net.backward(network, values, 2), strongest = net.indexOfLargest(slopes.map(Math.abs));
  const shown = () => text(page, "#draw-readout");
  const [, row, column, slope] = (await shown()).match(/row (\d+), column (\d+).*slope (\S+)$/);
  equal(28 * Number(row) + Number(column), strongest);
  near(Number(slope.replace("−", "-")), slopes[strongest], 1e-4, "slope");

  await page.locator("#draw-heat").scrollIntoViewIfNeeded();
  const box = await page.locator("#draw-heat").boundingBox();
  await page.mouse.move(box.x + box.width * 10.5 / 28, box.y + box.height * 7.5 / 28);
  check((await shown()).startsWith(`row 7, column 10: ink ${pictures[0][7 * 28 + 10].toFixed(2)}`), await shown());
  // The colour there is green or purple as the slope says.
  const [red, green] = await page.$eval("#draw-heat", (canvas, place) => {
    const cell = canvas.width / 28;
    return [...canvas.getContext("2d").getImageData((place % 28 + 0.5) * cell, (Math.floor(place / 28) + 0.5) * cell, 1, 1).data];
  }, strongest);
  equal(green > red, slopes[strongest] > 0, "colour");
  await page.click("#draw-follow");
  equal(await formula(), "∂ log p(7) / ∂ pixel");
});

pageTest("without the preparation the network gets the board as it is", async (open) => {
  const page = await open(report);
  await drawOne(page);
  const where = async () => (await text(page, "#draw-prepared")).match(/row ([\d.]+), column ([\d.]+)/).slice(1).map(Number);
  near((await where())[1], 14, 0.6, "column");
  const box = await page.locator("#draw-canvas").boundingBox();
  await page.click("#draw-clear");
  await page.mouse.move(box.x + 30, box.y + 30);
  await page.mouse.down();
  await page.mouse.move(box.x + 30, box.y + 100, {steps: 5});
  await page.mouse.up();
  near((await where())[0], 14, 0.6, "row");
  await page.uncheck("#draw-prepare");
  near((await where())[1], 28 * 30 / box.width - 0.5, 0.5, "column");
});

pageTest("hidden layers: how many units are active is what the network computes", async (open) => {
  const page = await open(report);
  const values = net.forward(net.makeNetwork(programs.trained.network), pictures[0]);
  const active = [3, 6].map((place) => values[place].filter((x) => x > 0).length);
  const captions = await page.$$eval("#draw-layers figcaption", (all) => all.map((caption) => caption.textContent));
  equal(captions.slice(0, 3).filter((caption) => caption.startsWith("Layer")).map((caption) => Number(caption.match(/(\d+) of/)[1])), active);

  const looks = () => text(page, "#draw-layers .draw-looks figcaption");
  check((await looks()).includes(`unit ${net.indexOfLargest(values[3])}, the most active`), await looks());
  const first = page.locator("#draw-layers canvas.draw-units").first(), box = await first.boundingBox();
  await page.mouse.move(box.x + 4.5 / 32 * box.width, box.y + 2.5 / 16 * box.height);
  check((await looks()).startsWith("Weights of unit 68: "), await looks());
  const unit = await text(page, "#draw-layers figcaption");
  equal(unit, `Layer 1, unit 68: ${await page.evaluate((x) => fmt(x), values[3][68])}`);
  await first.focus();
  await page.keyboard.press("ArrowDown");
  check((await looks()).startsWith("Weights of unit 100: "), await looks());
});

// The colour of a weight says whether ink at its pixel makes the unit's sum larger, batch normalization included.
pageTest("hidden layers: the weights shown are those of the unit", async (open) => {
  const page = await open(report);
  const network = net.makeNetwork(programs.trained.network), values = net.forward(network, pictures[0]);
  const unit = net.indexOfLargest(values[3]), before = values[2][unit];
  const colors = await page.$eval("#draw-layers .draw-looks canvas", (canvas) => {
    const bytes = canvas.getContext("2d").getImageData(0, 0, 28, 28).data;
    return Array.from({length: 784}, (_, i) => bytes[4 * i + 1] - bytes[4 * i]);  // more green than red
  });
  let compared = 0;
  for (let pixel = 0; pixel < 784; pixel += 3) {
    const change = net.forward(network, pictures[0].map((x, i) => (i === pixel ? x + 1 : x)))[2][unit] - before;
    if (Math.abs(colors[pixel]) < 5) continue;
    equal(colors[pixel] > 0, change > 0, `pixel ${pixel}`);
    ++compared;
  }
  check(compared > 50, `only ${compared} pixels have a colour`);
});

for (const [width, scheme] of [[1280, "light"], [400, "dark"]]) {
  pageTest(`${width} px, ${scheme}: a convolutional net has filters, and feature maps that its script computes`, async (open) => {
    const page = await open(convolutional, {width, scheme});
    const maps = await page.evaluate(() => {
      const net = makeNetwork(network), values = forward(net, imagesOf(network).pixels[0]);
      return [...net.layers.keys()].filter((i) => net.layers[i].kind === "ReLU").map((i) => ({shape: net.layers[i].shape, values: [...values[i + 1]]}));
    });
    equal(maps.map(({shape}) => shape), [[6, 28, 28], [40, 14, 14], null]);
    const captions = await page.$$eval("#draw-layers figcaption", (all) => all.map((caption) => caption.textContent));
    equal(captions.length, 4);
    check(captions[0].startsWith("Layer 1 (ReLU): 6 maps of 28 × 28, 6 active, up to "), captions[0]);
    check(captions[1].startsWith("The filters of layer 1, "), captions[1]);
    check(captions[2].startsWith("Layer 2 (ReLU): 40 maps of 14 × 14, "), captions[2]);
    check(captions[3].startsWith("Layer 3 (ReLU): "), captions[3]);
    check(await page.isHidden("#draw-edges"), "what is said of weights at the edges");

    // By pointer and by keys: the map that is named.
    const second = page.locator("#draw-layers .draw-maps canvas").nth(1), box = await second.boundingBox();
    const largest = (map) => Math.max(...maps[1].values.slice(map * 196, (map + 1) * 196));
    const says = async (map) => equal(await text(page, "#draw-layers .draw-maps:nth-of-type(3) figcaption"),
                                      `Layer 2, map ${map}: up to ${await page.evaluate((x) => fmt(x), largest(map))}`);
    const top = () => second.evaluate((canvas) => canvas.getBoundingClientRect().top + scrollY), before = await top();
    await second.hover({position: {x: box.width * 3.5 / 16, y: box.height * 1.5 / 3}});
    await says(19);
    equal(await top(), before, "it stays where it is under the pointer");
    await second.focus();
    await page.keyboard.press("ArrowDown");
    await says(35);
    await drawOne(page);
    check((await text(page, "#draw-result")).startsWith("Most probable: 1, "), await text(page, "#draw-result"));
    check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
    check(Number((await text(page, "#draw-check")).match(/at most (\S+) in a logit/)[1].replace("−", "-")) < 1e-4, "parity");
  });
}

pageTest("the page says how far it is from the program, and is neither large nor slow", async (open) => {
  const page = await open(report);
  await page.waitForFunction(() => document.querySelector("#draw-check").textContent !== "");
  const said = await text(page, "#draw-check");
  check(said.includes("536,586 parameters, all in single precision"), said);
  const [, logit, probability] = said.match(/at most (\S+) in a logit and (\S+) in a probability/);
  check(Number(logit.replace("−", "-")) < 1e-4 && Number(probability.replace("−", "-")) < 1e-5, said);
  const size = fs.statSync(report).size;
  check(size < 4e6, `${size} bytes`);
  const milliseconds = await page.evaluate(() => {
    const data = pageData("network"), network = makeNetwork(data), {pixels} = imagesOf(data), times = [];
    for (const picture of pixels) {
      const start = performance.now();
      backward(network, forward(network, picture), 3);
      times.push(performance.now() - start);
    }
    return times.sort((a, b) => a - b)[50];
  });
  check(milliseconds < 10, `forward and backward take ${milliseconds} ms`);
});

pageTest("a mistake of the list goes to the board", async (open) => {
  const page = await open(report);
  await page.locator(".to-board").first().click();
  equal(await page.evaluate(() => document.activeElement.id), "draw-canvas");
  near(await page.$eval("#draw", (section) => section.getBoundingClientRect().top), 0, 30, "the board is in sight");
  const {index, label, prediction, probabilities: p} = await page.evaluate(() => run.mistakes[0]);
  equal(await text(page, "#draw-source"), `Image ${index}, labelled ${label}`);
  check((await text(page, "#draw-result")).startsWith(`Most probable: ${prediction}, `), await text(page, "#draw-result"));
  equal(await text(page, "#draw .draw-formula"), `∂ log p(${prediction}) / ∂ pixel`);
  (await probabilities(page)).forEach((shown, c) => near(shown, 100 * p[c], 0.06, `p(${c})`));
});

// ---- other networks, other data

function idx(sizes, bytes) {
  const header = Buffer.alloc(4 + 4 * sizes.length);
  header.writeUInt32BE(0x800 + sizes.length);
  sizes.forEach((size, i) => header.writeUInt32BE(size, 4 + 4 * i));
  return Buffer.concat([header, Buffer.from(bytes)]);
}

// A bright row in each image, another one in each class.
function writeStripes(folder, rows, columns, classes) {
  fs.mkdirSync(folder, {recursive: true});
  for (const set of ["train", "t10k"]) {
    const labels = Array.from({length: 256}, (_, i) => i % classes), size = rows * columns;
    const pixels = labels.flatMap((label) => Array.from({length: size}, (_, p) => (Math.floor(p / columns) === label % rows ? 200 : 0)));
    fs.writeFileSync(path.join(folder, `${set}-labels-idx1-ubyte`), idx([256], labels));
    fs.writeFileSync(path.join(folder, `${set}-images-idx3-ubyte`), idx([256, rows, columns], pixels));
  }
}

pageTest("large networks are held in half precision, and the page says what that costs", async (open) => {
  const file = path.join(work, "half.html");
  run("examples/train_mnist", ["--quiet", "--epochs", "1", "--hidden", "800", "--report", file]);
  const page = await open(file);
  await page.waitForFunction(() => document.querySelector("#draw-check").textContent !== "");
  const said = await text(page, "#draw-check");
  check(said.includes("rounded to half precision"), said);
  const logit = Number(said.match(/at most (\S+) in a logit/)[1].replace("−", "-"));
  check(logit > 1e-5 && logit < 0.02, said);
  check(fs.statSync(file).size < 4e6, `${fs.statSync(file).size} bytes`);
});

pageTest("pictures of another size, more classes, no hidden layer", async (open) => {
  const folder = path.join(work, "stripes"), file = path.join(work, "stripes.html");
  writeStripes(folder, 16, 12, 15);
  run("examples/train_mnist", ["--quiet", "--epochs", "2", "--hidden", "", "--data-dir", folder, "--report", file]);
  const page = await open(file, {width: 400});
  check((await text(page, "#draw-note")).includes("16 × 12 pixels and 15 classes"), await text(page, "#draw-note"));
  check((await text(page, "#draw-layers")).startsWith("There are none"), await text(page, "#draw-layers"));
  equal(await page.locator("#draw-bars button").count(), 12);
  const shares = await probabilities(page);
  equal(shares, [...shares].sort((a, b) => b - a), "the most probable ones, in order");
  await drawOne(page);
  equal(await text(page, "#draw-source"), "Your drawing");
  check((await text(page, "#draw-prepared")).startsWith("16 × 12; centre of mass at row"), await text(page, "#draw-prepared"));
  check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
});
