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

const folder = path.join(__dirname, "recorded"), NUMBER = /-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/g;

// ---- what became of the lines

// [before, after) in each of what differs: a longest common subsequence, between what both begin and end with.
function differences(a, b) {
  let start = 0, end = 0;
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) ++start;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) ++end;
  const m = a.length - end - start, n = b.length - end - start, length = Array.from({length: m + 1}, () => new Uint16Array(n + 1)), hunks = [];
  for (let i = m - 1; i >= 0; --i) {
    for (let j = n - 1; j >= 0; --j) {
      length[i][j] = a[start + i] === b[start + j] ? length[i + 1][j + 1] + 1 : Math.max(length[i + 1][j], length[i][j + 1]);
    }
  }
  for (let i = 0, j = 0; i < m || j < n;) {
    const from = [i, j];
    while ((i < m || j < n) && !(i < m && j < n && a[start + i] === b[start + j])) {
      if (j < n && (i === m || length[i][j + 1] >= length[i + 1][j])) ++j;
      else ++i;
    }
    if (i > from[0] || j > from[1]) hunks.push({at: start + from[1], gone: a.slice(start + from[0], start + i), come: b.slice(start + from[1], start + j)});
    while (i < m && j < n && a[start + i] === b[start + j]) ++i, ++j;
  }
  return hunks;
}

const sums = (all) => {
  const mean = (f) => all.reduce((total, x, i) => total + f(x, i), 0) / all.length;
  return `{${[all[0], all.at(-1), mean((x) => x), mean((x, i) => 2 * x * (i + 1) / (all.length + 1)), Math.sqrt(mean((x) => x * x))]
    .map((x) => String(Number(x.toPrecision(5)))).join(" ")}}`;
};

// The words of several lines as a few letters.
const digest = (text) => [...text].reduce((hash, c) => Math.imul(hash ^ c.codePointAt(0), 16777619) >>> 0, 2166136261).toString(26)
  .replace(/\d/g, (figure) => "qrstuvwxyz"[figure]);

// Lines of elements of the same kind with as many numbers, one after the other or some kinds in turn, as the first of them
// with the sums of the numbers, and if their words differ, a digest of these.
function gathered(lines) {
  const numbers = lines.map((line) => line.match(NUMBER) ?? []), words = lines.map((line) => line.replace(NUMBER, "#"));
  const kinds = lines.map((line, i) => `${line.match(/^[\d()-]* ?([\w-]+)/)?.[1]} ${numbers[i].length}`), out = [];
  for (let i = 0; i < lines.length;) {
    let best = {period: 1, times: 1};
    for (let period = 1; period <= 40; ++period) {
      let k = i + period;
      while (k < lines.length && kinds[k] === kinds[k - period]) ++k;
      const times = Math.floor((k - i) / period);
      if (times >= (period > 3 ? 3 : 4) && times * period > best.times * best.period) best = {period, times};
    }
    const {period, times} = best;
    for (let p = i; p < i + period; ++p) {
      if (times === 1) out.push(lines[p]);
      else {
        const all = Array.from({length: times}, (_, t) => p + t * period), same = all.every((k) => words[k] === words[p]);
        let slot = -1;
        const first = lines[p].replace(NUMBER, (text) => {
          ++slot;
          const values = all.map((k) => numbers[k][slot]);
          return values.every((v) => v === text) ? text : sums(values.map(Number));
        });
        out.push(`${times}x ${first}${same ? "" : ` words ${digest(all.map((k) => words[k]).join(" "))}`}`);
      }
    }
    i += period * times;
  }
  return out;
}

// What is new in a line of the same element: without the words in front of it and behind it that were there before.
function newIn(line, before) {
  const [now, old] = [line, before].map((text) => text.split(" "));
  let start = 1, end = 0;
  if (now[0] !== old[0]) return line;
  while (start < Math.min(now.length, old.length) && now[start] === old[start]) ++start;
  while (end < Math.min(now.length, old.length) - start && now.at(-1 - end) === old.at(-1 - end)) ++end;
  return [now[0], ...(start > 1 ? ["…"] : []), ...now.slice(start, now.length - end), ...(end ? ["…"] : [])].join(" ");
}

const MOST = 3, MOST_OF_A_PAGE = 60;

// How many lines, a digest of their words, and the sums of their numbers, small and large apart.
function summary(lines) {
  const numbers = lines.flatMap((line) => line.match(NUMBER) ?? []).map(Number);
  const sizes = [[0, 1], [1, 20], [20, Infinity]].map(([low, high]) => numbers.filter((x) => Math.abs(x) >= low && Math.abs(x) < high));
  return `and ${lines.length} lines, words ${digest(lines.map((line) => line.replace(NUMBER, "#")).join(" "))}, numbers ${sizes.filter((all) => all.length).map(sums).join(" ")}`;
}

// Of many lines in a row that are of the same kind the first.
function withoutRuns(lines) {
  const kinds = lines.map((line) => line.match(/^[\d()-]*x? ?([\w-]+)/)?.[1]), out = [];
  for (let i = 0, end = 0; i < lines.length; i = end) {
    while (end < lines.length && kinds[end] === kinds[i]) ++end;
    out.push(...(end - i < 8 ? lines.slice(i, end) : [lines[i], summary(lines.slice(i + 1, end))]));
  }
  return out;
}

// The lines that say most, and a summary of the others.
function shortened(lines, most) {
  if (lines.length <= most + 2) return lines;
  const length = (line) => line.replace(NUMBER, "#").length;
  const kept = new Set([...lines.keys()].sort((a, b) => length(lines[b]) - length(lines[a]) || a - b).slice(0, most));
  return [...lines.filter((_, i) => kept.has(i)), summary(lines.filter((_, i) => !kept.has(i)))];
}

// Each with its number; (-2) where as many others have gone.
function told(before, after, most) {
  if (!before.length) return withoutRuns(gathered(gathered(after)));
  const lines = gathered(gathered(differences(before, after).flatMap(({at, gone, come}) => {
    const changed = gone.length === come.length ? come.map((line, i) => newIn(line, gone[i])) : come;
    return changed.length ? changed.map((line, i) => `${at + 1 + i}${i || gone.length === come.length ? "" : `(-${gone.length})`} ${line}`)
                          : [`${at + 1}(-${gone.length}) gone: ${gone[0].slice(0, 80)}`];
  })));
  return shortened(withoutRuns(lines), most);
}

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
  async keys(page, selector, rest, note) {
    await page.$eval(selector, (e) => { if (!e.contains(document.activeElement) || e === document.body) e.focus(); });
    for (const key of rest.split(" ").flatMap((word) => Array(Number(word.split("*")[1] ?? 1)).fill(word.split("*")[0]))) {
      await page.keyboard.press(key);
      await note();
    }
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

// Observers of sizes are called with frames.
async function settle(page) {
  await page.screenshot({clip: {x: 0, y: 0, width: 1, height: 1}});
  await page.clock.runFor(10 * FRAME);
}

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
      await commands[name](page, selector, rest, note).catch((error) => { throw new Error(`${line}: ${error.message}`); });
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
      sameText(found[i] ?? "nothing", expected[i] ?? "nothing", `${name}, line ${i + 1}, after “${command}”`, 1e-6);
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
