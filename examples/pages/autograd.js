"use strict";
// The library in small, for pages: a tape of operations (operations.js), walked backwards. Node can load it too.
//
// The nodes of a tape are as core/inspect/graph.h writes those of the library's, so that what shows one kind of tape
// shows the other.

if (typeof require !== "undefined") Object.assign(globalThis, require("./operations.js"));

class Tape {
  nodes = [];

  // All of these return the node's place on the tape.
  input(value, name) {
    return this.leaf("input", value, name, false);
  }

  variable(value, name) {
    return this.leaf("variable", value, name, true);
  }

  // {name, layer, value, grad}: what training changes. Its gradient arrives in `grad`, where contributions add up.
  parameter(parameter) {
    const node = this.leaf("parameter", parameter.value, parameter.name, true);
    Object.assign(this.nodes[node], {layer: parameter.layer, parameter});
    return node;
  }

  leaf(operation, value, name, needsGrad) {
    return this.nodes.push({operation, name, inputs: [], shape: value.shape, needs_grad: needsGrad, value}) - 1;
  }

  // Computes one of OPERATIONS of earlier nodes. `saved` holds what the operation is told, and what it keeps for its
  // backward; `labels` what the node is called, as in {name: "y", layer: "0.linear"}.
  apply(operation, inputs, saved = {}, labels = {}) {
    const value = OPERATIONS[operation].forward(inputs.map((i) => this.nodes[i].value), saved);
    const needsGrad = inputs.some((i) => this.nodes[i].needs_grad);
    return this.nodes.push({operation, ...labels, inputs, shape: value.shape, needs_grad: needsGrad, value, saved}) - 1;
  }

  value(node) {
    return this.nodes[node].value;
  }

  // One loop from the end to the start: every user of a value comes before the value itself, so its gradient is
  // complete when it is needed.
  backward(loss, seed = filledTensor(this.nodes[loss].value, 1)) {
    for (const node of this.nodes) node.grad = undefined;
    this.nodes[loss].grad = seed;
    for (let i = loss; i >= 0; --i) {
      const node = this.nodes[i];
      if (!node.grad) continue;
      if (node.parameter) node.parameter.grad = addedTensors(node.parameter.grad, node.grad);
      if (!node.inputs.length) continue;
      const needs = node.inputs.map((k) => this.nodes[k].needs_grad);
      const operands = node.inputs.map((k) => this.nodes[k].value);
      const given = OPERATIONS[node.operation].backward(node.grad, operands, node.value, node.saved, needs);
      node.contributions = given.map((dx, k) => (needs[k] ? dx : null));
      node.inputs.forEach((k, operand) => {
        if (needs[operand]) this.nodes[k].grad = addedTensors(this.nodes[k].grad, given[operand]);
      });
    }
  }
}

if (typeof module !== "undefined") module.exports = {Tape};
