"use strict";
// What a page shows and says, as lines: an element each, in the order of the document, with its text and attributes.
// Runs inside the page.

function stateOfPage() {
  const INLINE = new Set(["a", "b", "code", "dfn", "em", "i", "kbd", "small", "span", "strong", "sub", "sup", "tspan"]);
  const CONTROLS = new Set(["button", "input", "select", "option"]), APART = new Set(["script", "style", "title", "option"]);
  const NUMBER = /-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?/g, lines = [];
  const rounded = (x) => String(Number(Number(x).toPrecision(5)));
  const one = (text) => text.replace(/\s+/g, " ").trim();

  // First, last, mean, mean weighted by the place, and root of the mean square.
  const sums = (all) => {
    const mean = (f) => all.reduce((total, x, i) => total + f(x, i), 0) / all.length;
    return `{${[all[0], all.at(-1), mean((x) => x), mean((x, i) => 2 * x * (i + 1) / (all.length + 1)), Math.sqrt(mean((x) => x * x))].map(rounded).join(" ")}}`;
  };

  // An attribute; of many numbers, as in a path, those at even places and those at odd ones are told by their sums.
  function short(value) {
    if (value.startsWith("data:") && value.length > 100) {
      const codes = [...value].map((c) => c.charCodeAt(0));
      return `${value.slice(0, 22)} ${value.length} ${sums(codes)}`;
    }
    const numbers = value.match(NUMBER)?.map(Number) ?? [];
    if (numbers.length <= 8) return value.replace(NUMBER, rounded);
    const words = value.replace(NUMBER, "#").replace(/(\D{2,12}?)\1{2,}/g, (all, part) => `(${part})${all.length / part.length}`);
    return `${words} x ${sums(numbers.filter((_, i) => i % 2 === 0))} y ${sums(numbers.filter((_, i) => i % 2))}`;
  }

  // Size, and for each colour the mean and its means weighted by x, y and both: a shift, a mirror or a wrong scale changes
  // them. (Read from a copy: reading twice from the canvas itself makes the browser complain.)
  function picture(canvas) {
    const {width, height} = canvas, copy = Object.assign(document.createElement("canvas"), {width, height});
    if (!width || !height) return ` ${width}x${height}`;
    const context = copy.getContext("2d", {willReadFrequently: true}), total = Array(16).fill(0);
    context.drawImage(canvas, 0, 0);
    const {data} = context.getImageData(0, 0, width, height);
    for (let i = 0; i < width * height; ++i) {
      const x = (i % width + 0.5) / width, y = (Math.floor(i / width) + 0.5) / height;
      for (let k = 0; k < 4; ++k) {
        const v = data[4 * i + k];
        total[4 * k] += v;
        total[4 * k + 1] += v * x;
        total[4 * k + 2] += v * y;
        total[4 * k + 3] += v * x * y;
      }
    }
    const of = (k) => total.slice(4 * k, 4 * k + 4).map((v) => Number((v / width / height).toPrecision(5))).join(" ");
    return ` ${width}x${height} red ${of(0)} green ${of(1)} blue ${of(2)}${total[12] === 255 * width * height ? "" : ` opaque ${of(3)}`}`;
  }

  function described(e) {
    const attributes = [...e.attributes].filter(({name}) => !["id", "class", "xmlns"].includes(name)).map(({name, value}) => ` ${name}=${one(short(value))}`);
    const title = [...e.children].find((child) => child.localName === "title" && e.namespaceURI.endsWith("svg"));
    return `${e.id ? `#${e.id}` : ""}${(e.getAttribute("class") ?? "").trim().split(/\s+/).filter(Boolean).map((c) => `.${c}`).join("")}${attributes.join("")}` +
        (title ? ` title=${one(title.textContent)}` : "") +
        (e.localName === "canvas" ? picture(e) : "") +
        (e.matches("input[type=checkbox]") ? ` is ${e.checked}` : e.matches("input, select") ? ` is ${e.value}` : "") +
        (e.localName === "select" ? ` of ${[...e.options].map((o) => one(o.textContent)).join(", ")}` : "") +
        (e === document.activeElement && e !== document.body && !e.disabled ? " focused" : "");
  }

  const shown = (e) => !APART.has(e.localName) && getComputedStyle(e).display !== "none" &&
                       !(e.parentElement.localName === "details" && !e.parentElement.open && e.localName !== "summary");
  const folds = (e) => [...e.children].every((child) => APART.has(child.localName) || (INLINE.has(child.localName) && folds(child)));
  const folded = (e) => [...e.childNodes].map((child) => {
    if (child.nodeType === Node.TEXT_NODE) return child.data;
    if (child.nodeType !== Node.ELEMENT_NODE || !shown(child)) return "";
    const about = described(child);
    return about ? `<${about}>${folded(child)}</>` : folded(child);
  }).join("");

  function tell(e) {
    const whole = folds(e), about = described(e);
    const text = one(whole ? folded(e) : [...e.childNodes].filter((child) => child.nodeType === Node.TEXT_NODE).map((child) => one(child.data)).filter(Boolean).join("|"));
    if (about || text || /^(td|th|li)$/.test(e.localName) || CONTROLS.has(e.localName)) lines.push(`${e.localName}${about}${text ? `: ${text}` : ""}`);
    if (whole) return;
    for (const child of e.children) {
      if (shown(child)) tell(child);
      else if (child.hidden) lines.push(`${child.localName}${child.id ? `#${child.id}` : ""} is hidden`);
    }
  }

  lines.push(`title: ${document.title} ${location.hash}`);
  tell(document.body);
  return lines.map((line) => line.replace(/(?<![\d.])[0-9.]+ (ms|s)\b/g, "@"));
}

module.exports = stateOfPage;
