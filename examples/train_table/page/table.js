"use strict";
// Fills the page with what the program knows of the run.
const run = pageData("run");
const place = (id) => document.getElementById(id);
const percent = (share) => `${(100 * share).toFixed(2)} %`;
const isClass = run.classes !== null;
const measure = (score) => isClass ? percent(score) : fmt(score);

document.title = place("title").textContent = `${run.target}, learned from ${run.file}`;
place("lead").textContent = `Trained on ${run.rows[0]} rows; ${run.rows[1]} others decided when to stop, and the ` +
  `${run.rows[2]} held-out rows, which played no part in it, tell how good it is (seed ${run.seed}).`;
const tiles = [[isClass ? "held-out accuracy" : `held-out error, in the unit of ${run.target}`, measure(run.score)],
               [isClass ? "if it always said the most common class" : "if it always said the mean", measure(run.guess)],
               ["best epoch", `${run.bestEpoch} of ${run.epochs}`]];
place("tiles").append(...tiles.map(([name, value]) =>
  element("div", {}, element("dt", {class: "small muted"}, name), element("dd", {class: "number"}, value))));

place("curves-look").textContent = "Where the loss of the validation rows rises while that of the training rows still " +
  "falls, the network begins to learn its rows by heart; the weights kept are those of the best epoch.";
place("curves").innerHTML = run.curves.join("");

function confusion() {
  const n = run.classes.length, most = Math.max(...run.confusion);
  const cell = (i, j) => element("td", {style: `background: ${heatColor((i === j ? 1 : -1) * run.confusion[i * n + j], most)}`},
                                 String(run.confusion[i * n + j]));
  return element("div", {class: "scroll"}, element("table", {class: "confusion number"},
    element("tr", {}, element("th"), run.classes.map((name) => element("th", {scope: "col"}, name))),
    run.classes.map((name, i) => element("tr", {}, element("th", {scope: "row"}, name), run.classes.map((_, j) => cell(i, j))))));
}

if (isClass) {
  place("errors-look").textContent = "Rows: what it is. Columns: what the network says.";
  if (run.classes.length <= 30) place("errors").append(confusion());
  place("errors").append(element("div", {class: "small"},
    element("p", {}, run.mistakes.length ? "The worst mistakes, by row of the file:" : "There are no mistakes."),
    element("ul", {}, run.mistakes.map((m) => element("li", {},
      `row ${m.row}: ${m.label} taken for ${m.prediction}, with a probability of ${percent(m.probability)}`)))));
} else {
  place("errors-look").textContent = "Each dot is a row: the farther from the line, the larger its error.";
  place("errors").innerHTML = run.answers;
}

place("importance-look").textContent = `How much the held-out ${isClass ? "accuracy falls, in points," : "error grows"} when a ` +
  "column's cells are shuffled among the rows (the mean of ten times). Columns that say the same can stand in for each " +
  "other: then neither seems to matter.";
const largest = Math.max(...run.importance.map((column) => column.worse), 0);
place("importance").append(...run.importance.map((column) => element("tr", {},
  element("td", {}, column.name), element("td", {}, isClass ? (100 * column.worse).toFixed(2).replace("-", "−") : fmt(column.worse)),
  element("td", {}, element("div", {class: "bar", style: `width: ${largest ? Math.max(0, 100 * column.worse / largest) : 0}%`})))));

place("columns").textContent = run.columns;
