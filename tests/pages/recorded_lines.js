"use strict";
// What is kept of the lines of a page (recorded_state.js): those that are new in a state, many of a kind as their sums.

const NUMBER = /-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/g;

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

module.exports = {told, MOST, MOST_OF_A_PAGE};
