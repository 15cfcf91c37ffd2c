"use strict";
// What pages share: numbers as people like to read them, colours for numbers, elements.

// Four significant digits, a real minus sign: 0.5, −1.234, 12345, 1.2e−7.
function fmt(x) {
  if (Number.isNaN(x)) return "NaN";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
  if (x === 0) return "0";
  const size = Math.abs(x);
  const text = size >= 1e6 || size < 1e-4 ? x.toExponential(2).replace(/\.?0+e/, "e").replace("e+", "e")
                                          : String(Number(x.toPrecision(size >= 1000 ? 6 : 4)));
  return text.replaceAll("-", "−");
}

// As a factor or a term: negative numbers in parentheses.
function term(x) {
  return x < 0 ? `(${fmt(x)})` : fmt(x);
}

// The colour of a number among others of size up to `scale`: none is the surface, negative and positive differ in hue.
function heatColor(x, scale) {
  if (!Number.isFinite(x)) return "var(--gradient)";
  const share = scale > 0 ? Math.min(Math.abs(x) / scale, 1) : 0;
  const percent = Math.round(70 * Math.sqrt(share));  // the root: small numbers are seen too
  return `color-mix(in srgb, var(--${x < 0 ? "negative" : "positive"}) ${percent}%, var(--surface))`;
}

// element("p", {class: "small"}, "text", child, ...): attributes that are null are left out.
function element(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

function svgElement(tag, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

// What the program put into the page under this name.
function pageData(id) {
  return JSON.parse(document.getElementById(id).textContent);
}

// A labelled slider that shows its number: {row, input, show(value)}. `text` writes the number, oninput gets it.
function sliderRow({id, label, min, max, step, value, text = fmt, oninput}) {
  const output = element("output", {class: "number", for: id});
  const input = element("input", {id, type: "range", min, max, step, "data-own-keys": "", oninput: () => {
    show(Number(input.value));
    oninput(Number(input.value));
  }});
  const row = element("div", {class: "slider-row"}, element("label", {for: id}, label), input, output);
  function show(number) {
    input.value = number;
    output.textContent = text(number);
    input.setAttribute("aria-valuetext", output.textContent);
  }
  show(value);
  return {row, input, show};
}
