"use strict";
// The page: a word, and what the net makes of it.

const net = makeNet(pageData("net"));
const part = (id) => document.getElementById(id);
const letterOf = (number) => number === 0 ? "·" : net.letters[number - 1];
const embedding = net.state[net.model === "mlp" ? "embed.weight" : "token.weight"];
const embeddingOf = (letter) => Array.from(rowOf(embedding, letter, embedding.length / net.size));
let chosen = null;  // block and head; at first the one that looks most at the letter just before

function lettersOf(text) {
  const number = (letter) => net.letters.indexOf(letter) + 1;
  return Array.from(text, (letter) => number(letter) || number(letter.toLowerCase()));
}

// Every letter that the net knows, as many as it can see.
function readWord() {
  const typed = Array.from(part("word").value), numbers = lettersOf(part("word").value);
  const unknown = [...new Set(typed.filter((_, i) => numbers[i] === 0))];
  const word = numbers.filter((number) => number > 0), most = net.model === "gpt" ? net.block - 1 : 40;
  const notes = [];
  if (unknown.length > 0) notes.push(`It was not taught ${unknown.join(" ")}.`);
  if (word.length > most) notes.push(`Only the first ${most} letters count.`);
  part("word-note").textContent = notes.join(" ");
  return word.slice(0, most);
}

function update() {
  const word = readWord(), {logits, attention} = forward(net, word);
  showGuesses(word, logits.map(softmax));
  if (net.model === "gpt") showAttention([0, ...word], attention);
  showEmbedding(word);
}

const percent = (p) => `${(100 * p).toFixed(p < 0.0995 ? 1 : 0)} %`;

function showGuesses(word, probabilities) {
  const heading = ["shown", "comes", "share", "", "most probable"].map((text) => element("th", {scope: "col"}, text));
  const rows = probabilities.map((p, i) => {
    const comes = word[i] ?? 0;
    const best = [...p.keys()].sort((a, b) => p[b] - p[a]).slice(0, 5);
    const before = word.slice(0, i).map(letterOf).join("");
    return element("tr", {},
        element("td", {class: "letters"}, element("span", {class: "edge"}, "·"), before),
        element("td", {class: comes ? "letters" : "letters edge"}, letterOf(comes)),
        element("td", {class: "number"}, percent(p[comes])),
        element("td", {class: "bar"}, element("div", {style: `width: ${100 * p[comes]}%`})),
        element("td", {class: "number"}, ...best.map((letter) =>
            element("span", {class: letter === comes ? "guess comes" : "guess"}, `${letterOf(letter)} ${percent(p[letter])} `))));
  });
  part("guesses").replaceChildren(element("tr", {}, ...heading), ...rows);
  const loss = probabilities.reduce((total, p, i) => total - Math.log(p[word[i] ?? 0]), 0) / probabilities.length;
  part("loss").textContent = `Loss of this word: ${loss.toFixed(2)} nats a letter. Guessing blindly costs ln ${net.size} = ` +
      `${Math.log(net.size).toFixed(2)}; the mean of held-out words is ${net.history.at(-1).held_out_loss.toFixed(2)}.`;
}

// Zero is the surface, one the ink of values.
const shade = (weight) => `color-mix(in srgb, var(--value) ${Math.round(100 * weight)}%, var(--surface))`;

function showAttention(letters, attention) {
  const most = Object.fromEntries(Object.keys(places).map((place) => [place, headMostAt(place, attention)]));
  chosen ??= most["the letter just before"].head;
  const name = (block, head) => `block ${block + 1}, head ${head + 1}`;
  const buttons = attention.flatMap((heads, block) => heads.map((weights, head) => {
    const canvas = element("canvas", {"aria-hidden": "true", width: letters.length, height: letters.length});
    const context = canvas.getContext("2d");
    context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--value");
    weights.forEach((row, i) => row.forEach((weight, j) => {
      context.globalAlpha = weight;
      context.fillRect(j, i, 1, 1);
    }));
    const isChosen = block === chosen[0] && head === chosen[1];
    const choose = () => {
      chosen = [block, head];
      showAttention(letters, attention);
      part("heads").children[block * net.heads + head].focus();
    };
    return element("button", {"aria-label": name(block, head), "aria-pressed": String(isChosen), onclick: choose}, canvas, `${block + 1}.${head + 1}`);
  }));
  part("heads").replaceChildren(...buttons);

  const weights = attention[chosen[0]][chosen[1]];
  const told = (i, j) => `At ${placeOf(letters, i)} it takes ${percent(weights[i][j])} from ${placeOf(letters, j)}.`;
  const rows = weights.map((row, i) => element("tr", {}, element("th", {scope: "row"}, letterOf(letters[i])),
      ...row.map((weight, j) => j > i ? element("td", {class: "after"}) : element("td", {
        style: `background: ${shade(weight)}`,
        title: told(i, j),
        onpointerenter: () => { part("head-readout").textContent = told(i, j); },
      }))));
  part("head-name").textContent = `Block ${chosen[0] + 1}, head ${chosen[1] + 1}`;
  const list = (shares) => shares.map(([place, text]) => `${text} from ${place}`).join(", ");
  const numberOf = ([block, head]) => `${block + 1}.${head + 1}`;
  part("heads-note").textContent = letters.length > 3
      ? `From the third letter on these heads take most, on average: ${list(Object.entries(most).map(([place, {head, share}]) => [place, `${numberOf(head)} takes ${percent(share)}`]))}.` : "";
  part("head-note").textContent = letters.length > 3
      ? `From the third letter on it takes, on average, ${list(Object.keys(places).map((place) => [place, percent(shareFrom(place, weights))]))}.` : "";
  part("head").style.setProperty("--letters", letters.length);
  part("head").replaceChildren(element("tr", {}, element("td"), ...letters.map((letter) => element("th", {scope: "col"}, letterOf(letter)))), ...rows);
  const last = weights.length - 1;
  part("head-readout").textContent = told(last, weights[last].indexOf(Math.max(...weights[last])));
}

const placeOf = (letters, i) => i === 0 ? "the edge" : `${letterOf(letters[i])} (letter ${i})`;

function showEmbedding(word) {
  const scale = embedding.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  part("embedding").replaceChildren(...[0, ...word].map((letter) => element("tr", {},
      element("th", {scope: "row", class: letter ? null : "edge"}, letterOf(letter)),
      ...embeddingOf(letter).map((x, i) => element("td", {style: `background: ${heatColor(x, scale)}`, title: `${letterOf(letter)}, number ${i}: ${fmt(x)}`})))));
  for (const text of part("map").children) text.classList.toggle("marked", word.includes(Number(text.dataset.letter)));
}

function drawMap() {
  const {axes: [x, y], share} = flatMap(Array.from({length: net.size}, (_, letter) => embeddingOf(letter)));
  const scaled = (along, size) => {
    const low = Math.min(...along), high = Math.max(...along);
    return along.map((value) => 20 + (value - low) / (high - low || 1) * (size - 40));
  };
  const [left, top] = [scaled(x, 640), scaled(y, 400)];
  part("map-note").textContent = `These two hold ${percent(share)} of all differences: letters that stand close here may still ` +
      `differ in the rest. The longer the training, the less is left of the random beginning.`;
  part("map").append(...left.map((_, letter) =>
      svgElement("text", {x: left[letter].toFixed(1), y: top[letter].toFixed(1), "data-letter": letter, onclick: () => showNearest(letter)}, letterOf(letter))));
  part("letter").append(...left.map((_, letter) => element("option", {value: letter}, letterOf(letter))));
  part("letter").addEventListener("change", () => showNearest(Number(part("letter").value)));
}

// The letters nearest to one, by the distance of their rows.
function showNearest(letter) {
  const rows = Array.from({length: net.size}, (_, other) => embeddingOf(other)), all = distances(rows);
  const others = rows.map((_, other) => other).filter((other) => other !== letter);
  const nearest = others.sort((a, b) => all[letter][a] - all[letter][b]).slice(0, 5);
  part("letter").value = letter;
  part("nearest").replaceChildren(...nearest.map((other) => element("li", {},
      element("span", {class: other ? "letters" : "letters edge"}, letterOf(other)), ` ${all[letter][other].toFixed(2)}`)));
  part("nearest-note").textContent = `All ${rows[0].length} numbers count here. On average two rows are ` +
      `${(all.flat().reduce((total, d) => total + d, 0) / (net.size * (net.size - 1))).toFixed(2)} apart.`;
  for (const text of part("map").children) {
    const at = Number(text.dataset.letter);
    text.classList.toggle("near", nearest.includes(at));
    text.classList.toggle("chosen", at === letter);
  }
}

// How far the script is from the program, measured here and now.
function selfCheck() {
  let logit = 0, weight = 0;
  for (const check of net.checks) {
    const mine = forward(net, lettersOf(check.word));
    check.logits.forEach((text, i) => floatsOf(text).forEach((z, c) => { logit = Math.max(logit, Math.abs(z - mine.logits[i][c])); }));
    check.attention.forEach((text, block) => {
      const theirs = floatsOf(text);  // [heads, 16, 16]
      mine.attention[block].forEach((rows, head) => rows.forEach((row, i) => row.forEach((w, j) => {
        weight = Math.max(weight, Math.abs(w - theirs[(head * net.block + i) * net.block + j]));
      })));
    });
  }
  return {logit, weight};
}

function begin() {
  const kind = net.model === "gpt" ? "a transformer of four blocks with four heads each"
                                   : "a network with one hidden layer that sees three letters at a time";
  const trained = net.steps === 0 ? "It was not trained in this run."
      : `It was trained for ${net.steps.toLocaleString("en")} steps on ${net.trainingWords.toLocaleString("en")} words.`;
  part("lead").textContent = `The net of this run, ${kind}, is inside this page. ${trained}`;
  const show = (word) => {
    part("word").value = word;
    update();
  };
  part("invented").replaceChildren(...net.invented.filter((word) => word !== "").slice(0, 20).map((word) => element("button", {onclick: () => show(word)}, word)));
  part("attention").hidden = net.model !== "gpt";
  part("word").addEventListener("input", update);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", update);
  drawMap();
  showNearest(1);
  show(net.checks.map((check) => check.word).reduce((a, b) => b.length > a.length ? b : a));
  setTimeout(() => {
    const {logit, weight} = selfCheck(), attention = net.model === "gpt" ? ` and ${fmt(weight)} in a weight of attention` : "";
    part("check").textContent = `Checked just now, in your browser: on ${net.checks.length} held-out words its script and the ` +
        `C++ program differ by at most ${fmt(logit)} in a logit${attention}.`;
  });
}

begin();
