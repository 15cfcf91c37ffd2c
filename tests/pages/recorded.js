"use strict";
// Pages as a whole, state by state: what they show was read once and is kept in recorded/. A file there has commands, each
// followed by what became of the lines of recorded_state.js: "$ explain ..." makes a page, OUT, which is opened, and
// "> click #next" does something to it, with words after " | ". After a change that is meant,
//
//     GRADUS_RECORD=1 tests/pages/run BUILD_FOLDER
//
// writes the files again, and git diff shows what became of them; of a new file only the commands have to be there.
const {execFileSync} = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const {build, work, pageTest, sameText} = require("./browser.js");
const stateOfPage = require("./recorded_state.js");
const {told, MOST, MOST_OF_A_PAGE} = require("./recorded_lines.js");

const folder = path.join(__dirname, "recorded");

// ---- what is done

const listed = (text) => text.split(" ").map((pair) => pair.split(",").map(Number));

// Each gets the page, a selector and the rest of its line, and calls `note` when there is something to see.
const commands = {
  async click(page, selector, rest, note) {
    await page.$eval(selector, (e) => { e.focus(); e.click(); });
    await note();
  },
  // One after the other, all that there are; "3" only every third.
  async each(page, selector, rest, note) {
    for (let i = 0; i < await page.locator(selector).count(); i += Number(rest || 1)) {
      await page.evaluate(([s, k]) => {
        const e = document.querySelectorAll(s)[k];
        e.focus?.();
        e.dispatchEvent(new MouseEvent("click", {bubbles: true}));
      }, [selector, i]);
      await note();
    }
  },
  async slide(page, selector, rest, note) {
    for (const value of rest.split(" ")) {
      await page.$eval(selector, setTo, value);
      await note();
    }
  },
  // Every slider there is, to two places.
  async sliders(page, selector, rest, note) {
    const places = await page.$$eval(selector, (all) => all.map(({min, max}) => [0.8, 0.25].map((share) => String(Number(min) + share * (max - min)))));
    for (const [k, values] of places.entries()) {
      for (const value of values) {
        await page.locator(selector).nth(k).evaluate(setTo, value);
        await note();
      }
    }
  },
  // Every choice of every list there is.
  async choose(page, selector, rest, note) {
    const choices = await page.$$eval(selector, (all) => all.map((e) => [...e.options].map((o) => o.value)));
    for (const [k, values] of choices.entries()) {
      for (const value of rest ? rest.split(" ") : values) {
        await page.locator(selector).nth(k).evaluate(setTo, value);
        await note();
      }
    }
  },
  async type(page, selector, rest, note) {
    await page.fill(selector, rest);
    await note();
  },
  // What the page does not keep for itself the browser acts on too: it scrolls.
  async keys(page, selector, rest, note) {
    await page.$eval(selector, (e) => { if (!e.contains(document.activeElement) || e === document.body) e.focus(); });
    await page.evaluate(() => addEventListener("keydown", (event) => { window.recordedKey = event; }, {capture: true}));
    const left = new Set();
    for (const key of rest.split(" ").flatMap((word) => Array(Number(word.split("*")[1] ?? 1)).fill(word.split("*")[0]))) {
      await page.keyboard.press(key);
      if (!await page.evaluate(() => recordedKey.defaultPrevented)) left.add(key);
      await note();
    }
    return left.size ? [`left to the browser: ${[...left].join(" ")}`] : [];
  },
  // At shares of its width and height.
  async point(page, selector, rest, note) {
    for (const at of listed(rest)) {
      await page.mouse.move(...await placeIn(page, selector, at));
      await note();
    }
  },
  async press(page, selector, rest, note) {
    for (const at of listed(rest)) {
      await page.mouse.click(...await placeIn(page, selector, at));
      await note();
    }
  },
  async drag(page, selector, rest, note) {
    const [first, ...others] = listed(rest);
    await page.mouse.move(...await placeIn(page, selector, first));
    await page.mouse.down();
    for (const at of others) await page.mouse.move(...await placeIn(page, selector, at));
    await page.mouse.up();
    await note();
  },
  async over(page, selector, rest, note) {
    for (let i = 0; i < await page.locator(selector).count(); i += Number(rest || 1)) {
      await page.mouse.move(...await placeIn(page, selector, [0.5, 0.5], i));
      await note();
    }
  },
  async leave(page, selector, rest, note) {
    await page.mouse.move(0, 0);
    await note();
  },
  async pass(page, selector, rest, note) {
    await page.clock.runFor(Number(selector));
    await note();
  },
  async width(page, selector, rest, note) {
    await page.setViewportSize({width: Number(selector), height: 900});
    await settle(page);
    await note();
  },
  async scheme(page, selector, rest, note) {
    await page.emulateMedia({colorScheme: selector});
    await settle(page);
    await note();
  },
};

function setTo(e, value) {
  e.value = value;
  for (const kind of ["input", "change"]) e.dispatchEvent(new Event(kind, {bubbles: true}));
}

const placeIn = (page, selector, [x, y], i = 0) => page.evaluate(([s, u, v, k]) => {
  const e = document.querySelectorAll(s)[k], seen = e.getBoundingClientRect();
  if (seen.top < 0 || seen.bottom > innerHeight) e.scrollIntoView({block: "center", behavior: "instant"});
  const {left, top, width, height} = e.getBoundingClientRect();
  return [left + u * width, top + v * height];
}, [selector, x, y, i]);

const FRAME = 16;  // milliseconds

// The next frame of the browser itself, which comes when it comes.
const nextFrame = (page) => page.screenshot({clip: {x: 0, y: 0, width: 1, height: 1}});

// Observers of sizes are called with frames.
async function settle(page) {
  await nextFrame(page);
  await page.clock.runFor(10 * FRAME);
}

// With a frame, too, the focus leaves what is disabled or hidden.
const focusIsLost = (page) => page.evaluate(() => document.activeElement.matches(":disabled") || !document.activeElement.checkVisibility());

// The first images of MNIST, as a data set: MNIST in the commands.
function fewImages() {
  const folder = path.join(work, `few_images_${process.pid}`);
  if (fs.existsSync(folder)) return folder;
  fs.mkdirSync(folder);
  for (const [name, count] of [["train", 1500], ["t10k", 300]]) {
    for (const [kind, header, size] of [["images-idx3", 16, 784], ["labels-idx1", 8, 1]]) {
      const bytes = fs.readFileSync(path.join(build, "data/mnist", `${name}-${kind}-ubyte`)).subarray(0, header + count * size);
      bytes.writeUInt32BE(count, 4);
      fs.writeFileSync(path.join(folder, `${name}-${kind}-ubyte`), bytes);
    }
  }
  return folder;
}

async function follow(testOf, lines, open) {
  const found = [];
  let page = null, before = [];
  for (const line of lines) {
    found.push(line);
    const [, name, selector, rest] = line.match(/^. (\S+) ?(.*?)(?: \| (.*))?$/);
    const note = async () => {
      await page.clock.runFor(FRAME);
      if (await focusIsLost(page)) await nextFrame(page);
      const after = (await page.evaluate(stateOfPage)).map((each) => each.replaceAll(work, "WORK"));
      found.push(...told(before, after, line.startsWith("$") ? MOST_OF_A_PAGE : MOST));
      before = after;
    };
    if (line.startsWith("$")) {
      const file = path.join(work, `recorded_${testOf}.html`), run = line.slice(2).replaceAll("OUT", file).replaceAll("WORK", work).replaceAll("MNIST", fewImages);
      execFileSync("sh", ["-c", run], {stdio: "pipe", env: {...process.env, PATH: `${build}/examples:${build}/tests:${process.env.PATH}`}});
      await page?.context().close();
      page = await open(file, {still: true});
      await settle(page);
      // (The clock begins at any time between two frames.)
      await page.clock.runFor(FRAME - await page.evaluate(() => Math.round(performance.now())) % FRAME);
      await note();
    } else {
      const more = await commands[name](page, selector, rest, note).catch((error) => { throw new Error(`${line}: ${error.message}`); });
      found.push(...(more ?? []));
    }
  }
  return found;
}

// ---- the files

const isCommand = (line) => /^[$>] /.test(line);

// Lines that are too long go on in the next one.
const folded = (line) => line.replace(/(.{240,}?) /g, "$1\n    ");

function recordedTest(name) {
  pageTest(`${name}: what is shown is what was read`, async (open) => {
    const file = path.join(folder, `${name}.txt`), comment = [];
    const expected = fs.readFileSync(file, "utf8").trimEnd().replaceAll("\n    ", " ").split("\n").filter((line) => !line.startsWith("# ") || !comment.push(line));
    const found = await follow(name, expected.filter(isCommand), open);
    if (process.env.GRADUS_RECORD) {
      fs.writeFileSync(file, `${[...comment, ...found.map(folded)].join("\n")}\n`);
      throw new Error(`written anew: read git diff ${path.relative(process.cwd(), file)}`);
    }
    let command = "";
    for (let i = 0; i < Math.max(found.length, expected.length); ++i) {
      if (isCommand(found[i] ?? "")) command = found[i];
      // Of a canvas, colours on average: another processor may paint its edges a little differently.
      const slack = /\bcanvas\b/.test(expected[i] ?? "") ? 0.3 : 1e-6;
      sameText(found[i] ?? "nothing", expected[i] ?? "nothing", `${name}, line ${i + 1}, after “${command}”`, slack);
    }
  });
}

// All whose names are wanted; ONLY=report,names names those that are.
function recordedTests(wanted) {
  const only = process.env.ONLY?.split(",");
  for (const name of fs.readdirSync(folder).map((file) => file.replace(".txt", ""))) {
    if (wanted(name) && (!only || only.includes(name))) recordedTest(name);
  }
}

module.exports = {recordedTests};
