"use strict";
// "Draw a digit": the board, and everything that follows from what is on it.

// Fills the section with the network that the program put into the page (network_data.h). Returns {show}, which takes
// pixels from 0 to 1 and a text that says where they come from.
function drawDigit(section, data) {
  const part = (name) => section.querySelector(`#draw-${name}`);
  const {rows, columns} = data, network = makeNetwork(data), images = imagesOf(data);
  const cell = Math.max(2, Math.round(280 / Math.max(rows, columns)));  // pixels of the board to one of the picture
  const board = {canvas: part("canvas"), field: makeField(rows * cell, columns * cell), radius: 1.15 * cell};
  const showBars = makeBars(part("bars"), data.classes, choose), showLayers = makeLayers(part("layers"), network, data);

  let untouched = null;     // the picture as it was given, while nothing is drawn on it
  let replaceable = false;  // whether the first stroke takes its place
  let chosen = null;        // the class to step back from; null for the most probable
  let source = "", colors = themeColors(), now = null, scheduled = false;

  function pictureOfBoard() {
    if (untouched) return untouched;
    if (part("prepare").checked) return prepare(board.field, rows, columns);
    if (!inkedBox(board.field)) return null;
    return shrink(board.field, {top: 0, left: 0, bottom: board.field.rows, right: board.field.columns}, rows, columns);
  }

  function update() {
    scheduled = false;
    const picture = pictureOfBoard(), values = forward(network, picture ?? new Float32Array(rows * columns));
    const probabilities = softmax(values.at(-1)), likeliest = indexOfLargest(probabilities), target = chosen ?? likeliest;
    now = {picture, values, probabilities, likeliest, target, slopes: backward(network, values, target)};
    paintInk(board.canvas, board.field.ink, board.field.columns, board.field.rows, colors);
    paintInk(part("picture"), values[0], columns, rows, colors);
    paintSlopes(part("heat"), now.slopes, picture, columns, rows, colors);
    showBars(probabilities, chosen, likeliest);
    showLayers(values, colors);
    for (const name of section.querySelectorAll(".draw-target")) name.textContent = target;
    part("heat").setAttribute("aria-label", `For each pixel, whether more ink would make ${target} more or less probable`);
    part("follow").setAttribute("aria-pressed", chosen === null);
    part("prepared").textContent = pictureText();
    part("source").textContent = source;
    part("readout").textContent = strongest();
  }

  // At most once a frame, however many moves the pointer reports.
  function changed() {
    if (scheduled) return;
    scheduled = true;
    requestAnimationFrame(update);
  }

  function settle() {
    update();
    const {picture, probabilities, likeliest} = now;
    part("result").textContent = picture ? `Most probable: ${likeliest}, ${(100 * probabilities[likeliest]).toFixed(1)} %.`
                                         : "Nothing is drawn: this is the answer to an empty picture.";
  }

  function pictureText() {
    const size = `${rows} × ${columns}`;
    if (!now.picture) return `${size}, empty`;
    const {x, y} = centreOfMass(now.picture, columns);
    return `${size}; centre of mass at row ${y.toFixed(1)}, column ${x.toFixed(1)}`;
  }

  function slopeText(place) {
    const pixel = now.values[0][place].toFixed(2);
    return `row ${Math.floor(place / columns)}, column ${place % columns}: ink ${pixel}, slope ${fmt(now.slopes[place])}`;
  }

  function strongest() {
    return `Strongest: ${slopeText(indexOfLargest(now.slopes.map(Math.abs)))}`;
  }

  function choose(target) {
    chosen = target === chosen ? null : target;
    update();
  }

  function show(pixels, text, isReplaceable = false) {
    enlarge(pixels, rows, columns, board.field);
    [untouched, replaceable, source] = [Float32Array.from(pixels), isReplaceable, text];
    settle();
  }

  function clear() {
    board.field.ink.fill(0);
    [untouched, replaceable, source] = [null, false, ""];
    settle();
  }

  function draw(from, to) {
    if (replaceable) clear();
    if (untouched) [untouched, source] = [null, `${source}, drawn on`];
    if (source === "") source = "Your drawing";
    stroke(board.field, from, to, board.radius);
    changed();
  }

  listenToPointer(board, draw, settle);
  listenToKeys(board, part("pen"), draw, settle, clear);
  part("clear").addEventListener("click", clear);
  part("prepare").addEventListener("change", settle);
  part("follow").addEventListener("click", () => choose(null));
  part("heat").addEventListener("pointermove", (event) => {
    const box = part("heat").getBoundingClientRect();
    const r = Math.floor((event.clientY - box.top) / box.height * rows);
    const c = Math.floor((event.clientX - box.left) / box.width * columns);
    if (r >= 0 && r < rows && c >= 0 && c < columns) part("readout").textContent = slopeText(r * columns + c);
  });
  part("heat").addEventListener("pointerleave", () => { part("readout").textContent = strongest(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    colors = themeColors();
    for (const paint of sampleViews) paint();
    update();
  });

  // One image of each class, as buttons.
  const sampleText = (i) => `Test image ${i}, labelled ${images.labels[i]}`;
  const firsts = [...new Set(images.labels)].sort((a, b) => a - b).slice(0, 12).map((label) => images.labels.indexOf(label));
  const sampleViews = firsts.map((i) => {
    const canvas = element("canvas", {"aria-hidden": "true"});
    part("samples").append(element("button", {"aria-label": sampleText(i), title: sampleText(i), onclick: () => show(images.pixels[i], sampleText(i))}, canvas));
    return () => paintInk(canvas, images.pixels[i], columns, rows, colors);
  });
  for (const paint of sampleViews) paint();

  part("edges").hidden = network.layers[0].kind !== "Linear";  // a filter has no weights of its own for the edges
  explainPreparation(part("how"), part("note"), data);
  show(images.pixels[0], sampleText(0), true);
  requestAnimationFrame(() => setTimeout(() => { part("check").textContent = selfCheck(network, data, images).text; }));
  return {show};
}

// The test images inside the page, pixels from 0 to 1, and what the program computed for them.
function imagesOf({rows, columns, classes, images}) {
  const bytes = bytesOf(images.pixels), logits = decode(images.logits, "float32", Float32Array), size = rows * columns;
  const each = (f) => Array.from({length: images.count}, (_, i) => f(i));
  return {
    labels: images.labels,
    pixels: each((i) => Float32Array.from(bytes.subarray(i * size, (i + 1) * size), (pixel) => pixel / 255)),
    logits: each((i) => logits.subarray(i * classes, (i + 1) * classes)),
  };
}

// How far the script is from the program, measured here and now, on as many images as a second allows.
function selfCheck(network, data, images) {
  const end = performance.now() + 1000;
  let logit = 0, probability = 0, checked = 0;
  for (; checked < images.labels.length && performance.now() < end; ++checked) {
    const logits = images.logits[checked];
    const mine = forward(network, images.pixels[checked]).at(-1), p = softmax(mine), q = softmax(logits);
    mine.forEach((z, c) => {
      logit = Math.max(logit, Math.abs(z - logits[c]));
      probability = Math.max(probability, Math.abs(p[c] - q[c]));
    });
  }
  const precision = data.precision === "float16"
      ? "the weight matrices rounded to half precision (11 significant bits), to keep the page small"
      : "all in single precision, as they were trained";
  const text = `This page holds the network's ${data.parameters.toLocaleString("en")} parameters, ${precision}. ` +
      `Checked just now, in your browser: on ${checked} test images its script and the C++ program differ ` +
      `by at most ${fmt(Number(logit.toPrecision(2)))} in a logit and ${fmt(Number(probability.toPrecision(2)))} in a probability.`;
  return {logit, probability, text};
}

function explainPreparation(how, note, {rows, columns, classes}) {
  const size = boxSize(rows, columns);
  how.replaceChildren(
      `From drawing to picture, as MNIST's were made: scaled, without distortion, to fit ${size} × ${size} pixels, each `,
      `the mean of the area it covers, which gives the greys; then shifted by whole pixels until the centre of mass is `,
      `at the centre of ${rows} × ${columns}, as described by `,
      element("a", {href: "http://yann.lecun.com/exdb/mnist"}, "Y. LeCun, C. Cortes and C. Burges"),
      `. Draw small and in a corner, and untick the box: the network has never seen such a picture. Handwriting `,
      `by mouse is not what it was trained on either, so expect more mistakes than the test set has.`);
  note.hidden = rows === 28 && columns === 28 && classes === 10;
  note.textContent = `This data set's pictures have ${rows} × ${columns} pixels and ${classes} classes. How they were made is ` +
      `not known here; drawings are prepared as MNIST's were, with the box scaled to ${size} × ${size}.`;
}
