"use strict";
// The walk along a tape: a graph, a panel for the current step, and what moves between steps.

function byId(id) {
  return document.getElementById(id);
}

// Walks along a tape. `show` goes on with another one of the same nodes; whoever had not set out yet sees it whole.
function startWalk(run) {
  const chosen = new Map();  // which element of a tensor has its numbers put in
  let position = 0, walk = null, graph = null;
  const stepOf = (phase, node) => walk.steps.findIndex((s) => s.phase === phase && s.node === node);
  const pick = (node) => {
    const phase = walk.steps[position].phase === "forward" ? "forward" : "backward";
    const step = stepOf(phase, node);
    go(step >= 0 ? step : stepOf("forward", node));
  };

  function show({title, tape, loss, notes = [], row = 0}, whole = true) {
    const shapes = (t) => t && t.nodes.map((node) => `${node.shape}`).join(";");
    if (shapes(walk?.tape) !== shapes(tape)) chosen.clear();
    labelTensors(tape, notes);
    walk = {tape, loss, notes, row, steps: stepsOf(tape, loss), arriving: contributionsTo(tape, loss)};
    graph = drawGraph(byId("graph"), walk, {label: `The tape of ${title} as a graph of ${tape.nodes.length} nodes`, pick});
    byId("position").max = walk.steps.length - 1;
    go(whole && position === 0 ? walk.steps.length - 1 : position);
  }

  function go(target) {
    position = Math.max(0, Math.min(target, walk.steps.length - 1));
    const state = stateAt(walk, position);
    graph.update(state);
    drawPanel(byId("panel"), walk, state, (key, place) => {
      chosen.set(key, place);
      const focused = document.activeElement?.getAttribute("aria-label");
      go(position);
      // The panel was drawn anew: whoever chose by keyboard goes on choosing.
      [...byId("panel").querySelectorAll("[aria-label]")].find((e) => e.getAttribute("aria-label") === focused)?.focus();
    }, chosen);
    byId("position").value = position;
    byId("position").setAttribute("aria-valuetext", `${state.current.phase}, ${nameOf(walk.tape, state.current.node)}`);
    byId("step-count").textContent = `${position + 1} / ${walk.steps.length}`;
    byId("first").disabled = byId("back").disabled = position === 0;
    byId("last").disabled = byId("next").disabled = position === walk.steps.length - 1;
    document.body.dataset.position = position;
  }

  const seed = () => walk.steps.findIndex((step) => step.phase === "seed");
  const actions = {
    ArrowLeft: () => go(position - 1), ArrowRight: () => go(position + 1),
    Home: () => go(0), End: () => go(walk.steps.length - 1), f: () => go(0), b: () => go(seed()),
  };
  byId("position").addEventListener("input", (event) => go(Number(event.target.value)));
  const buttons = {first: "Home", back: "ArrowLeft", next: "ArrowRight", "to-backward": "b", last: "End"};
  for (const [id, key] of Object.entries(buttons)) byId(id).addEventListener("click", actions[key]);
  document.addEventListener("keydown", (event) => {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const elsewhere = event.target.closest?.("input, select, [data-own-keys]");
    if (!(key in actions) || elsewhere || !byId("walk").checkVisibility() || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    actions[key]();
  });
  show(run, false);
  return {get walk() { return walk; }, go, show};
}
