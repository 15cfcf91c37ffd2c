"use strict";
// The confusion matrix, a cell at a time; and the mistakes with the highest loss.

const MOST_CELLS_WIDE = 40, MOST_NUMBERS_WIDE = 12;

const countOf = (label, prediction) => run.confusion[label * run.classes + prediction];
const labelTotal = (label) => run.confusion.slice(label * run.classes, (label + 1) * run.classes).reduce((a, b) => a + b, 0);

function cellColor(label, prediction, mostWrong) {
  const count = countOf(label, prediction);
  if (label === prediction) {
    const share = count / Math.max(1, labelTotal(label));
    return `color-mix(in srgb, var(--value) ${Math.round(60 * share ** 4)}%, var(--surface))`;
  }
  const share = mostWrong ? Math.sqrt(count / mostWrong) : 0;
  return `color-mix(in srgb, var(--gradient) ${Math.round(75 * share)}%, var(--surface))`;
}

function cellText(label, prediction) {
  const count = countOf(label, prediction), total = labelTotal(label);
  const share = total ? percentText(count / total) : "0 %";
  const what = label === prediction ? "recognized" : `taken for ${prediction}`;
  return `Label ${label}, ${what}: ${count.toLocaleString("en-US")} of ${total.toLocaleString("en-US")} (${share})`;
}

function showCell(label, prediction) {
  const examples = run.examples.filter((e) => e.label === label && e.prediction === prediction);
  const count = countOf(label, prediction);
  const pictures = element("div", {class: "examples"}, examples.map((e) =>
    imagePicture(e.image, `${run.heldOut} image ${e.index}: label ${e.label}, taken for ${e.prediction}`)));
  const note = label === prediction || !count ? null :
    !examples.length ? "No room for pictures of these." :
    examples.length < count ? `The ${examples.length} with the highest loss:` : count > 1 ? "All of them:" : "This is it:";
  document.getElementById("confusion-cell").replaceChildren(
    element("p", {class: "number"}, element("strong", {}, cellText(label, prediction))),
    note ? element("p", {class: "small muted"}, note) : "", pictures);
}

function frequentConfusions(most) {
  return run.confusion.map((count, i) => ({count, label: Math.floor(i / run.classes), prediction: i % run.classes}))
    .filter((c) => c.count && c.label !== c.prediction).sort((a, b) => b.count - a.count).slice(0, most);
}

function drawConfusion() {
  const holder = document.getElementById("confusion-matrix"), frequent = frequentConfusions(20);
  const classes = [...Array(run.classes).keys()];
  if (run.classes > MOST_CELLS_WIDE) {
    const items = frequent.map((c) => element("li", {}, cellText(c.label, c.prediction)));
    walkable(items, (i) => showCell(frequent[i].label, frequent[i].prediction));
    holder.append(element("p", {}, `${run.classes} classes are too many for a table; the most frequent confusions:`),
                  element("ol", {class: "frequent"}, items));
  } else {
    const mostWrong = frequent[0]?.count ?? 0, numbers = run.classes <= MOST_NUMBERS_WIDE;
    const cells = classes.flatMap((label) => classes.map((prediction) => element("td", {
      role: "gridcell", style: `background:${cellColor(label, prediction, mostWrong)}`,
      class: label === prediction ? "right" : null, "aria-label": cellText(label, prediction),
    }, numbers ? String(countOf(label, prediction) || "") : "")));
    walkable(cells, (i) => {
      cells.forEach((cell, j) => cell.classList.toggle("chosen", i === j));
      showCell(Math.floor(i / run.classes), i % run.classes);
    });
    holder.append(element("table", {class: `confusion number ${numbers ? "" : "dense"}`, role: "grid", "aria-label": "Confusion matrix"},
      element("thead", {}, element("tr", {}, element("td"), element("th", {colspan: run.classes, class: "axis"}, "the network says")),
              element("tr", {}, element("th", {class: "axis"}, "label"), classes.map((c) => element("th", {scope: "col"}, String(c))))),
      element("tbody", {}, classes.map((label) => element("tr", {}, element("th", {scope: "row"}, String(label)),
        cells.slice(label * run.classes, (label + 1) * run.classes))))));
  }
  if (run.unclassified) {
    holder.append(element("p", {class: "small"}, `${counted(run.unclassified)} of ${counted(run.count)} images are in no cell: ` +
      "what the network says of them is not a number."));
  }
  const first = frequent[0] ?? {label: 0, prediction: 0};
  showCell(first.label, first.prediction);
}

// ---- mistakes

const FIRST_MISTAKES = 12, MOST_BARS = 10, LIKELIEST_BARS = 6;

// The classes to draw bars for: all, or the likeliest and the label.
function barClasses(mistake) {
  const classes = [...mistake.probabilities.keys()];
  if (classes.length <= MOST_BARS) return classes;
  const likely = [...classes].sort((a, b) => mistake.probabilities[b] - mistake.probabilities[a]).slice(0, LIKELIEST_BARS);
  return [...new Set([...likely, mistake.label])].sort((a, b) => a - b);
}

function bars(mistake) {
  const classes = barClasses(mistake), wide = 160 / classes.length, tall = 62;
  const svg = svgElement("svg", {class: "bars", viewBox: "0 0 160 80", role: "img", "aria-label":
    classes.map((c) => `${c}: ${percentText(mistake.probabilities[c], 1)}`).join(", ")});
  classes.forEach((c, i) => {
    const height = mistake.probabilities[c] * tall;
    const kind = c === mistake.label ? "label" : c === mistake.prediction ? "prediction" : "";
    svg.append(svgElement("rect", {class: `track ${kind}`, x: i * wide + 2, y: 0, width: wide - 4, height: tall}),
               svgElement("rect", {class: `bar ${kind}`, x: i * wide + 2, y: tall - height, width: wide - 4, height}),
               svgElement("text", {class: kind, x: (i + 0.5) * wide, y: 77, "text-anchor": "middle"}, String(c)));
  });
  return svg;
}

function mistakeCard(m) {
  const p = m.probabilities;
  return element("figure", {class: "mistake"},
    imagePicture(m.image, `${run.heldOut} image ${m.index}`), bars(m),
    element("figcaption", {class: "small number"},
      element("strong", {}, element("span", {class: "is-label"}, `label ${m.label}`), ", ",
              element("span", {class: "is-prediction"}, `taken for ${m.prediction}`)),
      element("br"), `${percentText(p[m.prediction], 1)} for ${m.prediction}, ${percentText(p[m.label], 1)} for ${m.label}`,
      element("br"), element("span", {class: "muted"}, `loss ${m.loss.toFixed(2)}, image ${m.index}`),
      drawing ? element("button", {class: "to-board", onclick: () => putOnBoard(m)}, "Look inside") : null));
}

// Where one sees what the network makes of it, and which pixels speak for the wrong class.
function putOnBoard(m) {
  drawing.show(Float32Array.from(bytesOf(m.image), (byte) => byte / 255), `Image ${m.index}, labelled ${m.label}`);
  document.getElementById("draw").scrollIntoView();
  document.getElementById("draw-canvas").focus({preventScroll: true});
}

function drawMistakes() {
  const wrong = run.count - run.correct - run.unclassified, shown = run.mistakes.length, list = document.getElementById("mistake-list");
  const look = document.getElementById("mistakes-look"), more = document.getElementById("more-mistakes");
  if (!shown) {
    look.textContent = wrong ? "The images are too large to be put on a page." : "There are none: every image was recognized.";
    return;
  }
  look.textContent = `Of the ${wrong.toLocaleString("en-US")} wrongly classified ${run.heldOut} images, those with the highest loss, ` +
    "the worst first; bars are the probabilities that the network gave to each class. Look whether you would have known " +
    "better: some are labelled wrongly or hardly legible, others show what the network has not learned." +
    (drawing ? " “Look inside” puts one on the drawing board, to see which pixels speak for the wrong class." : "");
  list.append(...run.mistakes.slice(0, FIRST_MISTAKES).map(mistakeCard));
  more.hidden = shown <= FIRST_MISTAKES;
  more.textContent = `Show ${shown - FIRST_MISTAKES} more`;
  more.addEventListener("click", () => {
    list.append(...run.mistakes.slice(FIRST_MISTAKES).map(mistakeCard));
    more.hidden = true;
  });
}
