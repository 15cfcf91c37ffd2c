"use strict";
// Tensors as the page gets them: {shape, numbers}, row-major, or blocks of a large one (see core/inspect/graph.h).

// All numbers, or null if the tensor came as blocks.
function numbersOf(tensor) {
  if (!tensor || !tensor.numbers) return null;
  if (!tensor.parsed) tensor.parsed = Array.from(tensor.numbers, Number);  // "NaN" and "Infinity" come as text
  return tensor.parsed;
}

function countOf(shape) {
  return shape.reduce((product, size) => product * size, 1);
}

// The place of a number in memory -> its index, one number an axis.
function indexAt(place, shape) {
  const index = new Array(shape.length);
  for (let axis = shape.length - 1; axis >= 0; --axis) {
    index[axis] = place % shape[axis];
    place = Math.floor(place / shape[axis]);
  }
  return index;
}

function placeOf(index, shape) {
  return index.reduce((place, i, axis) => place * shape[axis] + i, 0);
}

// The place in an operand of `shape` that broadcasting reads for this index of the result.
function broadcastPlace(index, shape) {
  const skipped = index.length - shape.length;
  return placeOf(shape.map((size, axis) => (size === 1 ? 0 : index[axis + skipped])), shape);
}

// The places of a result of `shape` that read `place` of an operand of `operandShape`: one, unless it was broadcast.
function readersOf(place, operandShape, shape) {
  const readers = [];
  for (let i = 0; i < countOf(shape); ++i) {
    if (broadcastPlace(indexAt(i, shape), operandShape) === place) readers.push(i);
  }
  return readers;
}

function indexText(place, shape) {
  return shape.length ? `[${indexAt(place, shape).join(", ")}]` : "";
}

function shapeText(shape) {
  return shape.length ? `[${shape.join(", ")}]` : "scalar";
}

// As a matrix of its last axis: for drawing.
function asMatrix(tensor) {
  if (tensor.blocks) {
    const values = tensor.blocks.map(Number);
    return {rows: tensor.rows, columns: tensor.columns, values, reduced: true};
  }
  const columns = tensor.shape.length ? tensor.shape[tensor.shape.length - 1] : 1;
  const values = numbersOf(tensor);
  return {rows: columns ? values.length / columns : 0, columns, values, reduced: false};
}

// The sum of tensors of one shape, all whole or all as blocks; null of none.
function sumOf(tensors) {
  if (tensors.length < 2) return tensors[0] ?? null;
  const {shape, rows, columns} = tensors[0];
  const key = tensors[0].blocks ? "blocks" : "numbers";
  const lists = tensors.map((tensor) => tensor[key].map(Number));
  return {shape, rows, columns, [key]: lists[0].map((_, i) => lists.reduce((sum, list) => sum + list[i], 0))};
}

// Where the largest number is: what is shown first.
function largestPlace(values) {
  let best = 0;
  values.forEach((x, i) => { if (Math.abs(x) > Math.abs(values[best])) best = i; });
  return best;
}

function scaleOf(values) {
  return values.reduce((scale, x) => (Number.isFinite(x) ? Math.max(scale, Math.abs(x)) : scale), 0);
}
