"use strict";
// Several ways of walking a graph backwards, played on the same small tape: what each of them brings, arrow by arrow.
//
// Slopes come from the program: what a node's backward gave to an operand, per gradient of the node itself.

function slopesOf(tape, node) {
  const entry = tape.nodes[node];
  if (!entry.contributions) return [];
  return entry.contributions.map((c) => (c ? numbersOf(c)[0] / numbersOf(entry.grad)[0] : null));
}

// Runs a walk and notes what went along which arrow, in the order in which it did: {from, to, used, amount, grads},
// with what every node has afterwards.
function play(tape, loss, walkFrom) {
  const slopes = tape.nodes.map((_, node) => slopesOf(tape, node));
  const grads = tape.nodes.map(() => 0), events = [];
  let visits = 0;
  grads[loss] = 1;
  // Passes `used` on from a node; `onArrival` is called as soon as an operand got its part.
  const visit = (node, used, onArrival = () => {}) => {
    ++visits;
    tape.nodes[node].inputs.forEach((to, k) => {
      const amount = used * slopes[node][k];
      grads[to] += amount;
      events.push({from: node, to, operand: k, used, amount, grads: [...grads]});
      onArrival(to, amount);
    });
  };
  walkFrom({visit, grads});
  return {events, visits};
}

const ORDERS = [
  {
    name: "Backwards along the tape", right: true,
    text: "Visit the lines from the last to the first. When a line's turn comes, all who used it have had theirs, so " +
          "its gradient is complete, and it is passed on once.",
    walk: (tape, loss) => ({visit, grads}) => {
      for (let node = loss; node >= 0; --node) {
        if (tape.nodes[node].inputs.length) visit(node, grads[node]);
      }
    },
  },
  {
    name: "Depth first", right: false,
    text: "Follow each arrow as soon as something went along it, and pass on what the node has by then. b is visited " +
          "twice, and the second time it passes on again what it had passed on before.",
    walk: (tape, loss) => ({visit, grads}) => {
      const go = (node) => visit(node, grads[node], (to) => { if (tape.nodes[to].inputs.length) go(to); });
      go(loss);
    },
  },
  {
    name: "Depth first, each node once", right: false,
    text: "Mark b as done at its first visit, so that nothing is passed on twice. Now it has passed on only what had " +
          "come by then: its second contribution arrives too late.",
    walk: (tape, loss) => ({visit, grads}) => {
      const done = new Set();
      const go = (node) => {
        if (done.has(node) || !tape.nodes[node].inputs.length) return;
        done.add(node);
        visit(node, grads[node], go);
      };
      go(loss);
    },
  },
  {
    name: "Path by path", right: true, alone: true,
    text: "Pass on only what has just come along this one path. The sum over all paths is right, but a node is visited " +
          "once for each path that leads to it: with n doublings in a row that is 2ⁿ paths, where the tape takes n steps.",
    walk: (tape, loss) => ({visit}) => {
      const go = (node, amount) => { if (tape.nodes[node].inputs.length) visit(node, amount, go); };
      go(loss, 1);
    },
  },
];

function startOrders(run) {
  const {tape, loss, leaf} = run;
  const expected = numbersOf(tape.nodes[leaf].grad)[0];
  const played = ORDERS.map((order) => ({...order, ...play(tape, loss, order.walk(tape, loss))}));
  const walk = {tape, loss, steps: stepsOf(tape, loss), arriving: contributionsTo(tape, loss)};
  let order = played[0], position = 0;

  const buttons = played.map((o) => element("button", {onclick: () => choose(o)}, o.name));
  byId("order-buttons").replaceChildren(...buttons);

  function choose(o) {
    order = o;
    go(0);
  }

  function go(target) {
    const {events, visits} = order;
    position = Math.max(0, Math.min(target, events.length));
    const finished = position === events.length, name = (node) => nameOf(tape, node);
    const start = tape.nodes.map((_, node) => (node === loss ? 1 : 0));
    const grads = position ? events[position - 1].grads : start;
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(played[i] === order)));
    byId("order-text").textContent = order.text;
    byId("order-visits").replaceChildren(...events.map(({from, to, used, amount, grads: after}, i) => element("li",
        {class: i < position ? (i === position - 1 ? "now" : "done") : "ahead"},
        `${order.alone ? `${fmt(used)} came along this path` : `d${name(from)} = ${fmt(used)}`}, so ${name(from)} gives ${name(to)} ${fmt(amount)}: d${name(to)} = ${fmt(after[to])}`)));
    const total = grads[leaf], verdict = total === expected ? "right" : `wrong, it is ${fmt(expected)}`;
    byId("order-result").replaceChildren(element("span", {class: !finished ? "" : total === expected ? "right" : "wrong"},
        finished ? `d${name(leaf)} = ${fmt(total)}: ${verdict}; ${visits} visits`
                 : `d${name(leaf)} = ${fmt(total)} so far`));
    byId("order-first").disabled = byId("order-back").disabled = position === 0;
    byId("order-last").disabled = byId("order-next").disabled = finished;
    drawOrderGraph(byId("order-graph"), walk, grads, position ? events[position - 1] : null);
  }

  byId("order-first").addEventListener("click", () => go(0));
  byId("order-back").addEventListener("click", () => go(position - 1));
  byId("order-next").addEventListener("click", () => go(position + 1));
  byId("order-last").addEventListener("click", () => go(order.events.length));
  byId("orders").hidden = false;
  go(0);
}

// The same picture as above with these gradients in it; the arrow that was just used carries what it gave.
function drawOrderGraph(holder, walk, grads, event) {
  const scalar = (x) => ({shape: [], numbers: [x]});
  const nodes = walk.tape.nodes.map((entry, i) => ({...entry, grad: scalar(grads[i]), contributions: undefined}));
  if (event) nodes[event.from].contributions = nodes[event.from].inputs.map((_, k) => (k === event.operand ? scalar(event.amount) : null));
  const shown = {...walk, tape: {nodes}, arriving: nodes.map(({grad}, i) => (grads[i] ? [{user: i, tensor: grad}] : []))};
  const node = event?.from ?? walk.loss;
  drawGraph(holder, shown, {label: "b = a + a, c = b + b"}).update({
    current: {phase: "backward", node}, hasValue: nodes.map(() => true), arrived: grads.map((x) => (x ? 1 : 0)),
    passed: new Set([node]), seeded: true,
  });
}
