"use strict";
// What the rows and columns of matrices stand for, such as the letters of a word: a program names them for some lines of
// its tape, and they are passed on as far as an operation is known to keep them.

// What an operation keeps: {rows, columns} of its result, lists of names or null, from those of its operands.
const KEPT_LABELS = {
  matmul: (node, [x, w]) => ({rows: x.rows, columns: w.columns}),
  linear: (node, [x, w]) => ({rows: x.rows, columns: w.rows}),
  transpose: (node, [x]) => ({rows: x.columns, columns: x.rows}),
  softmax: (node, [x]) => x,
  log_softmax: (node, [x]) => x,
};
const NO_LABELS = {rows: null, columns: null};

// Element by element: the names of the operands that are not repeated along that axis, unless they differ.
function elementwiseLabels(operands) {
  const common = (axis) => {
    const lists = operands.map((one) => one[axis]).filter((names) => names?.length > 1);
    return lists.every((names) => names.join() === lists[0].join()) ? lists[0] : null;
  };
  return {rows: common("rows"), columns: common("columns")};
}

// Gives the tensors of every line their `labels`: its value, its gradient and what it gets from others.
function labelTensors(tape, notes = []) {
  const labels = [];
  tape.nodes.forEach((node, i) => {
    const operands = node.inputs.map((k) => labels[k]), note = notes.find((one) => one.node === i);
    const kept = node.operation in ELEMENTWISE ? elementwiseLabels(operands)
                                               : KEPT_LABELS[node.operation]?.(node, operands) ?? NO_LABELS;
    const fitting = (own, passedOn, size) => [own, passedOn].find((names) => names?.length === size) ?? null;
    labels[i] = node.shape.length !== 2 ? NO_LABELS
        : {rows: fitting(note?.rows, kept.rows, node.shape[0]), columns: fitting(note?.columns, kept.columns, node.shape[1])};
    for (const tensor of [node.value, node.grad]) if (tensor) tensor.labels = labels[i];
    node.contributions?.forEach((tensor, k) => { if (tensor) tensor.labels = labels[node.inputs[k]]; });
  });
}

// Where a number is: "[n₂, a₁]" by names where there are some, else "[1, 0]". In images, such as [1, 1, 5, 5], the axes
// at the front that have only one place are left out.
function placeText(place, {shape, labels}) {
  const index = indexAt(place, shape), named = [labels?.rows?.[index[0]], labels?.columns?.[index[1]]];
  const first = shape.length > 2 ? shape.findIndex((size, axis) => size > 1 || axis === shape.length - 2) : 0;
  return shape.length ? `[${index.map((i, axis) => named[axis] ?? i).slice(first).join(", ")}]` : "";
}
