"use strict";
// The page of `explain`.
const {execFileSync} = require("node:child_process");
const path = require("node:path");
const {build, work, pageTest, check, equal, near} = require("./browser.js");

const EXAMPLES = ["neuron", "fan-out", "mlp", "batchnorm", "softmax", "convolution", "attention"];
const fileOf = (example) => path.join(work, `${example}.html`);

for (const example of EXAMPLES) {
  execFileSync(path.join(build, "examples/explain"), ["--example", example, "--output", fileOf(example)]);
}
execFileSync(path.join(build, "tests/explain_own_program"), [fileOf("own")]);

const text = (page, selector) => page.textContent(selector);
const position = (page) => page.evaluate(() => Number(document.body.dataset.position));
const nodeOf = (page, operation) => page.evaluate((name) => run.tape.nodes.findIndex((node) => node.operation === name), operation);
const press = async (page, ...keys) => { for (const key of keys) await page.keyboard.press(key); };
// The state that a slider's hand leaves.
const slide = (page, id, value) => page.$eval(`#${id}`, (input, v) => {
  input.value = v;
  input.dispatchEvent(new Event("input"));
  input.dispatchEvent(new Event("change"));
}, value);

for (const example of [...EXAMPLES, "own"]) {
  for (const [width, scheme] of [[1280, "light"], [1280, "dark"], [400, "light"], [400, "dark"]]) {
    pageTest(`${example}, ${width} px, ${scheme}: every step, and nothing wider than the screen`, async (open) => {
      const page = await open(fileOf(example), {width, scheme});
      const last = await page.evaluate(() => walkOfPage.walk.steps.length - 1);
      for (let i = 0; i <= last; ++i) {
        const odd = await page.evaluate(() => document.body.innerText.match(/.*(undefined|\[object|NaN).*/)?.[0]);
        check(!odd, `odd text at step ${i}: ${odd}`);
        if (i < last) await press(page, "ArrowRight");
      }
      equal(await position(page), last);
      check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
    });
  }

  pageTest(`${example}: every rule gives what the program computed`, async (open) => {
    const page = await open(fileOf(example));
    const worst = await page.evaluate(() => largestDisagreement(run.tape));
    check(worst.error < 1e-5, `${worst.where} is off by ${worst.error}`);
  });
}

pageTest("no operation of the library is without a rule", async (open) => {
  for (const example of EXAMPLES) {
    const page = await open(fileOf(example));
    equal(await page.evaluate(() => run.tape.nodes.filter((n) => n.inputs.length && ruleOf(n).unknown).map((n) => n.operation)), []);
  }
});

// The windows that a number of a convolution has to do with: nine places for one of y, and for one of dw.
pageTest("convolution: what a number is made of is marked", async (open) => {
  const page = await open(fileOf("convolution"));
  const node = await nodeOf(page, "conv2d");
  const used = () => page.$$eval("#panel table", (tables) => tables.map((t) => [...t.querySelectorAll("td")].flatMap((td, i) => (td.classList.contains("used") ? [i] : []))));
  for (let i = 0; i < node; ++i) await press(page, "ArrowRight");
  await page.click("#panel figure:last-child .choosable tr:nth-child(2) td:nth-child(3)");
  equal((await used()).filter((places) => places.length), [[7, 8, 9, 12, 13, 14, 17, 18, 19], [0, 1, 2, 3, 4, 5, 6, 7, 8]], "y[1, 2]: x and w");
  await page.evaluate((n) => walkOfPage.go(walkOfPage.walk.steps.findIndex((step) => step.phase === "backward" && step.node === n)), node);
  await page.click("#panel table.choosable >> nth=0 >> td >> nth=0");
  equal((await used()).filter((places) => places.length)[0], [0], "dx of a corner: one weight");
  await page.click("#panel table.choosable >> nth=1 >> td >> nth=0");
  check((await used()).some((places) => places.length === 9), "dw: nine pixels");
});

// A letter's output takes its row of the shares; a value gets its gradient by its column of them.
pageTest("attention: what a number is made of is marked", async (open) => {
  const page = await open(fileOf("attention"));
  const at = (phase, name) => page.evaluate(([p, n]) => walkOfPage.go(walkOfPage.walk.steps.findIndex((step) => step.phase === p && run.tape.nodes[step.node].name === n)), [phase, name]);
  const used = () => page.$$eval("#panel table", (tables) => tables.map((t) => [...t.querySelectorAll("tbody td")].flatMap((td, i) => (td.classList.contains("used") ? [i] : []))).filter((places) => places.length));
  await at("forward", "out");
  await page.click("#panel table.choosable tr:nth-child(3) td");
  equal(await used(), [[8, 9, 10, 11], [0, 1, 2, 3]], "y[2]: its row of the shares, all values");
  await at("backward", "out");
  await page.click("#panel table.choosable >> nth=1 >> tr:nth-child(3) td");
  equal((await used()).slice(-2), [[2, 6, 10, 14], [0, 1, 2, 3]], "dv[2]: its column of the shares, all of dout");
  await at("backward", "shares");
  await page.click("#panel table.choosable tr:nth-child(2) td:nth-of-type(1)");
  equal(await used(), [[4, 5, 6, 7], [4, 5, 6, 7]], "dscores[1, 0]: its row of the shares and of dshares");
});

pageTest("one neuron: the numbers are the ones computed by hand", async (open) => {
  const page = await open(fileOf("neuron"));
  const y = Math.tanh(0.25), e = y - 1, dz = 2 * e * (1 - y * y);
  const grad = (name) => page.evaluate((n) => numbersOf(run.tape.nodes.find((node) => node.name === n).grad)[0], name);
  near(await grad("w1"), dz * 2, 1e-6, "dw1");
  near(await grad("w2"), dz, 1e-6, "dw2");
  near(await grad("b"), dz, 1e-6, "db");
  await press(page, "b", "ArrowRight");
  const shown = (x) => x.toPrecision(4).replace("-", "−").replace(/0+$/, "");
  check((await text(page, "#panel")).includes(`1 · (${shown(e)}) = ${shown(e)}`), await text(page, "#panel"));
  await press(page, "ArrowRight");
  check((await text(page, "#panel")).includes(`de = (${shown(e)}) + (${shown(e)}) = ${shown(2 * e)}`), await text(page, "#panel"));
});

pageTest("fan-out: contributions add up, step by step", async (open) => {
  const page = await open(fileOf("fan-out"));
  await press(page, "End");
  check((await text(page, "#panel")).includes("da = 4 + 20 + 20 = 44"), await text(page, "#panel"));
  await press(page, "ArrowLeft");
  check((await text(page, "#panel")).includes("da so far: 4 + 20 = 24: contribution 2 of 3"), await text(page, "#panel"));
  equal((await text(page, '#graph [data-node="0"] .gradient .number')), "44");
  await press(page, "ArrowLeft");
  equal((await text(page, '#graph [data-node="0"] .gradient .number')), "4 + …");
});

pageTest("keys, buttons, the slider and the graph all move", async (open) => {
  const page = await open(fileOf("mlp"));
  const steps = await page.evaluate(() => walkOfPage.walk.steps);
  const seed = steps.findIndex((step) => step.phase === "seed");
  for (const [key, expected] of [["ArrowRight", 1], ["ArrowRight", 2], ["ArrowLeft", 1], ["End", steps.length - 1],
                                 ["ArrowRight", steps.length - 1], ["Home", 0], ["ArrowLeft", 0], ["b", seed],
                                 ["f", 0], ["B", seed], ["F", 0]]) {
    await press(page, key);
    equal(await position(page), expected, key);
  }
  for (const [button, expected] of [["next", 1], ["last", steps.length - 1], ["back", steps.length - 2],
                                    ["first", 0], ["to-backward", seed]]) {
    await page.click(`#${button}`);
    equal(await position(page), expected, button);
  }
  await slide(page, "position", 3);
  equal(await position(page), 3);
  await page.click('#graph [data-node="5"]');
  equal(await position(page), 5, "a click while walking forward");
  await press(page, "b");
  await page.click('#graph [data-node="5"]');
  equal(steps[await position(page)], {phase: "backward", node: 5}, "a click while walking backward");
  await page.keyboard.press("Control+ArrowRight");
  equal(steps[await position(page)].node, 5, "with control the key is the browser's");
});

pageTest("an element of a tensor is chosen by click and by key", async (open) => {
  const page = await open(fileOf("mlp"));
  const linear = await nodeOf(page, "linear");
  await page.click(`#graph [data-node="${linear}"]`);
  const numbers = () => text(page, "#panel .numbers");
  check((await numbers()).startsWith("at [0, 0]: "), await numbers());
  await page.click("#panel .choosable tr:nth-child(3) td:nth-child(2)");
  check((await numbers()).startsWith("at [2, 1]: "), await numbers());
  const value = await page.evaluate((node) => fmt(numbersOf(run.tape.nodes[node].value)[2 * 3 + 1]), linear);
  check((await numbers()).endsWith(`= ${value}`), `${await numbers()} should end in ${value}`);
  await page.focus("#panel .tensor[tabindex]");
  await press(page, "ArrowDown", "ArrowRight");
  check((await numbers()).startsWith("at [3, 2]: "), await numbers());
  equal(await position(page), linear, "the arrows moved in the tensor, not along the tape");
});

pageTest("large tensors are heat maps, operations of one's own have no rule", async (open) => {
  const page = await open(fileOf("own"));
  equal(await page.title(), "</script><b>My network & yours");
  await page.click(`#graph [data-node="${await nodeOf(page, "linear")}"]`);
  equal(await page.$$eval("#panel svg.heat", (maps) => maps.length), 4);
  check((await text(page, "#panel .readout")).includes("means of"), await text(page, "#panel .readout"));
  await page.hover("#panel svg.heat");
  check((await text(page, "#panel .readout")).startsWith("block ["), await text(page, "#panel .readout"));
  const cube = await nodeOf(page, "cube");
  await press(page, "b");
  await page.click(`#graph [data-node="${cube}"]`);
  check((await text(page, "#panel")).includes("does not know the operation cube"), await text(page, "#panel"));
});

pageTest("four ways of walking b = a + a, c = b + b", async (open) => {
  const page = await open(fileOf("fan-out"));
  for (const [way, result, kind] of [[1, "da = 4: right; 2 visits", "right"], [2, "da = 6: wrong, it is 4; 3 visits", "wrong"],
                                     [3, "da = 2: wrong, it is 4; 2 visits", "wrong"], [4, "da = 4: right; 3 visits", "right"]]) {
    await page.click(`#order-buttons button:nth-child(${way})`);
    equal(await page.getAttribute(`#order-buttons button:nth-child(${way})`, "aria-pressed"), "true");
    equal(await text(page, "#order-result"), "da = 0 so far");
    const count = await page.$$eval("#order-visits li", (items) => items.length);
    for (let i = 0; i < count; ++i) await page.click("#order-next");
    equal(await text(page, "#order-result"), result);
    equal(await page.getAttribute("#order-result span", "class"), kind);
    check(await page.isDisabled("#order-next"), "there is no next");
    await page.click("#order-back");
    check((await text(page, "#order-result")).endsWith("so far"), await text(page, "#order-result"));
  }
});

// The forward of one feature, written once more: slopes are taken from it by central differences.
function lossOf({x, g, gamma, eps}) {
  const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
  const mu = mean(x), s = 1 / Math.sqrt(mean(x.map((v) => (v - mu) ** 2)) + eps);
  return x.reduce((total, v, i) => total + g[i] * gamma * (v - mu) * s, 0);
}

function slopes(f) {
  return f.x.map((_, i) => {
    const at = (h) => lossOf({...f, x: f.x.map((v, k) => (k === i ? v + h : v))});
    return (at(1e-5) - at(-1e-5)) / 2e-5;
  });
}

pageTest("anatomy: the script's dx is the library's, and the slope of the forward", async (open) => {
  const page = await open(fileOf("batchnorm"));
  const {data, dx, tapes} = await page.evaluate(() => ({
    data: anatomyRun, tapes: numbersOf(run.tape.nodes.find((node) => node.name === "x").grad),
    dx: anatomyOf({x: anatomyRun.x, g: anatomyRun.g, gamma: anatomyRun.gamma, eps: anatomyRun.eps}).dx,
  }));
  dx.forEach((value, i) => {
    near(value, data.dx[i], 1e-6, "the library's dx");
    near(value, tapes[i], 1e-6, "the tape's dx below");
    near(value, slopes(data)[i], 1e-6, "the slope");
  });
  for (const other of [{x: [0.3, -2, 1.5], g: [1, -0.2, 0.4], gamma: -0.7, eps: 0.5}, {x: [1, 2], g: [3, -1], gamma: 2, eps: 0.1}]) {
    const a = await page.evaluate((f) => anatomyOf(f), other);
    a.dx.forEach((value, i) => near(value, slopes(other)[i], 1e-6, "dx elsewhere"));
    a.jacobian.forEach((row, k) => {
      const unit = {...other, g: other.g.map((_, i) => (i === k ? 1 : 0))};
      row.forEach((value, i) => near(value, slopes(unit)[i], 1e-6, "the Jacobian"));
    });
  }
});

pageTest("anatomy: samples, sliders and presets", async (open) => {
  for (const width of [1280, 400]) {
    const page = await open(fileOf("batchnorm"), {width});
    const readout = () => text(page, "#anatomy-readout");
    check((await readout()).startsWith("Sample 1: x = 0.5,"), await readout());
    await page.click('#anatomy-bars [data-sample="2"]');
    check((await readout()).startsWith("Sample 3: x = 2.1,"), await readout());
    const marked = await page.evaluate(() => {
      const left = (rect) => Number(rect.getAttribute("x")), mark = document.querySelector("#anatomy-jacobian .column-mark");
      return [...document.querySelectorAll("#anatomy-jacobian rect[style]")]
        .filter((cell) => left(cell) > left(mark) && left(cell) < left(mark) + Number(mark.getAttribute("width")))
        .map((cell) => cell.textContent.match(/∂x(.)/)[1]);
    });
    equal([...new Set(marked)], ["₃"], "columns in the mark");
    await page.focus("#anatomy-bars");
    await press(page, "ArrowRight");
    check((await readout()).startsWith("Sample 4: "), await readout());
    equal(await position(page), 0, "the key chose a sample and left the tape alone");

    equal(await page.$$eval("#anatomy-bars .ghost", (bars) => bars.length), 0);
    await slide(page, "anatomy-x", "-1.5");
    check((await readout()).startsWith("Sample 4: x = −1.5,"), await readout());
    equal(await page.$$eval("#anatomy-bars .ghost", (bars) => bars.length), 30, "what was before is drawn hollow");
    check(/other samples moved by up to 0\.\d/.test(await text(page, "#anatomy-note")), await text(page, "#anatomy-note"));
    await slide(page, "anatomy-gamma", "2");
    await slide(page, "anatomy-eps", "-1");
    const expected = slopes(await page.evaluate(() => ({...anatomyRun, x: anatomyRun.x.map((x, i) => (i === 3 ? -1.5 : x)), gamma: 2, eps: 0.1})));
    const shown = Number((await readout()).split("= ").pop().replace("−", "-"));
    near(shown, expected[3], 1e-3, "dx of the sample");
    await slide(page, "anatomy-m", "9");
    equal(await page.$$eval("#anatomy-jacobian rect[style]", (cells) => cells.length), 81);

    await page.click("text=The same g for all");
    check(/= −?0$|e−\d+$/.test(await readout()), `dx should be 0: ${await readout()}`);
    equal(await text(page, "#anatomy-facts tr:first-child td"), "0", "the sum of dx");
    await page.click("text=As the program ran it");
    check((await readout()).endsWith(await page.evaluate(() => ` = ${fmt(anatomyRun.dx[0])}`)), await readout());
  }
});

pageTest("the anatomy is for batch norm only, and the ways of walking for the fan-out", async (open) => {
  for (const [example, anatomy, orders] of [["batchnorm", true, false], ["fan-out", false, true], ["mlp", false, false]]) {
    const page = await open(fileOf(example));
    equal(await page.isVisible("#anatomy"), anatomy, example);
    equal(await page.isVisible("#orders"), orders, example);
    equal(await text(page, "#end"), example === "fan-out" ? "d" : "the loss");
  }
});

pageTest("a layer has a box unless it would take in lines of others", async (open) => {
  const page = await open(fileOf("neuron"));
  const boxes = (...layers) => page.evaluate((layers) => {
    const nodes = layers.map((_, i) => ({x: 0, y: 100 * i, width: 50, height: 20}));
    return layerBoxes({nodes: layers.map((layer) => ({layer}))}, {nodes}).filter((part) => part.tagName === "text").map((part) => part.textContent);
  }, layers);
  equal(await boxes("a", "a", "b", ""), ["a", "b"]);
  equal(await boxes("a", "b", "a", ""), ["b"]);
});

pageTest("the graph of a neuron fits beside the panel", async (open) => {
  const page = await open(fileOf("neuron"));
  check(await page.$eval("#graph", (holder) => holder.scrollWidth <= holder.clientWidth), "it is cut off");
});

const learnPress = (page, times) => page.$eval("#learn-step", (button, n) => { for (let i = 0; i < n; ++i) button.click(); }, times);

pageTest("the neuron takes steps: by hand, on the graph, and until the loss is near 0", async (open) => {
  const page = await open(fileOf("neuron"));
  check(parseFloat((await text(page, "#learn-note")).match(/at most (\S+)\./)[1].replace("−", "-")) < 1e-5, await text(page, "#learn-note"));
  await slide(page, "learn-rate", "-1");
  await slide(page, "learn-x1", "-1.5");
  await slide(page, "learn-t", "0.5");
  let [w1, w2, b] = [0.5, -1, 0.25];
  for (let i = 0; i < 3; ++i) {
    const y = Math.tanh(-1.5 * w1 + w2 + b), dz = 2 * (y - 0.5) * (1 - y * y);
    [w1, w2, b] = [w1 - 0.1 * dz * -1.5, w2 - 0.1 * dz, b - 0.1 * dz];
  }
  await learnPress(page, 3);
  const found = await page.evaluate(() => ["w1", "w2", "b"].map((name) => numbersOf(walkOfPage.walk.tape.nodes.find((n) => n.name === name).value)[0]));
  [w1, w2, b].forEach((w, i) => near(found[i], w, 1e-12, "a parameter after three steps"));
  check((await text(page, "#graph")).includes(`w1=${await page.evaluate((w) => fmt(w), w1)}`), await text(page, "#graph"));
  check((await text(page, "#learn-readout")).startsWith("After 3 steps the loss is "), await text(page, "#learn-readout"));
  check((await page.evaluate(() => largestDisagreement(walkOfPage.walk.tape))).error < 1e-12, "the rules and the script");
  await page.click("#learn-run");
  await page.waitForFunction(() => document.getElementById("learn-readout").textContent.endsWith("That is near 0."));
  equal(await text(page, "#learn-run"), "Run until the loss is near 0");
  await page.click("#learn-reset");
  equal(await page.evaluate(() => numbersOf(walkOfPage.walk.tape.nodes.find((n) => n.name === "x1").value)[0]), 2);
  await slide(page, "learn-rate", "1");
  await slide(page, "learn-x1", "3");
  await learnPress(page, 40);
  check(!/NaN/.test(await page.evaluate(() => document.body.innerText)), "a rate that is too high");
});

pageTest("steps are taken where the page can compute the tape, and while walking it", async (open) => {
  for (const [example, visible] of [["neuron", true], ["mlp", true], ["fan-out", false], ["batchnorm", false], ["softmax", false], ["attention", false], ["own", false]]) {
    equal(await (await open(fileOf(example))).isVisible("#learn"), visible, example);
  }
  const page = await open(fileOf("mlp"));
  await press(page, "b", "ArrowRight");
  const where = await position(page), loss = async () => parseFloat((await text(page, "#learn-readout")).match(/loss is (\S+)\. /)[1]);
  const before = await loss();
  await slide(page, "learn-rate", "1");
  await learnPress(page, 300);
  equal(await position(page), where);
  check((await loss()) < before, "the loss has not fallen");
});

pageTest("label smoothing: without it the logit grows for ever, with it p stops at t", async (open) => {
  equal(await (await open(fileOf("mlp"))).isVisible("#smoothing"), false);
  const page = await open(fileOf("softmax"));
  const shown = () => page.$$eval("#smoothing-numbers tbody tr:first-child td", (cells) => cells.map((c) => Number(c.textContent.replace("−", "-"))));
  const gradient = await shown();
  near(gradient[3], Math.exp(0.5) / (Math.exp(0.5) + Math.E + Math.exp(-0.5)) - 1, 1e-4, "p − t");
  await page.click("#smoothing-run");
  const after = await shown();
  await page.click("#smoothing-run");
  check((await shown())[0] > after[0] + 0.2, "the logit still grows");
  await slide(page, "smoothing-share", 0.3);
  for (let i = 0; i < 5; ++i) await page.click("#smoothing-run");
  near((await shown())[1], 0.8, 1e-3, "p");
  equal(await text(page, "#smoothing-readout"), "p equals t to three digits: the gradient is nearly 0.");
});
