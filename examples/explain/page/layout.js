"use strict";
// Where the nodes of the graph stand: layers of a drawing from top to bottom (Sugiyama, Tagawa and Toda 1981).
// An operation stands below all its operands, but a parameter or data that joins a computation by a single use stands
// beside its user, on the right, so that what belongs to one layer of the network stays together. Edges that pass several rows get a waypoint in each.

const NODE = {height: 76, gapX: 24, gapY: 40};

// Room for the title and what is inside: numbers are narrower than pictures of tensors.
function widthOf(node, nodes) {
  const [leaf, operation] = nodes.every(({shape}) => shape.length === 0) ? [94, 126] : [124, 150];
  return node.inputs.length ? operation : leaf;
}

function usersOf(nodes) {
  const users = nodes.map(() => []);
  nodes.forEach((node, i) => node.inputs.forEach((input, k) => users[input].push({node: i, operand: k})));
  return users;
}

// For each leaf that stands beside its user: which one that is. One operand has to come from above.
function hostsOf(nodes, users) {
  const hosts = new Map();
  nodes.forEach((node, i) => {
    if (node.inputs.length || users[i].length !== 1) return;
    const user = users[i][0].node;
    const others = nodes[user].inputs.filter((input) => input !== i && !hosts.has(input));
    const isData = node.operation === "input" || node.operation === "variable";
    if (others.some((other) => !isData || nodes[other].inputs.length > 0)) hosts.set(i, user);
  });
  return hosts;
}

function ranksOf(nodes, users, hosts) {
  const ranks = nodes.map(() => 0);
  nodes.forEach((node, i) => {
    const above = node.inputs.filter((input) => !hosts.has(input));
    if (above.length) ranks[i] = 1 + Math.max(...above.map((input) => ranks[input]));
  });
  // What only prepares a parameter (a reshape) is computed as late as it can be.
  for (let i = nodes.length - 1; i >= 0; --i) {
    const prepares = nodes[i].inputs.length && nodes[i].inputs.every((k) => !nodes[k].inputs.length && users[k].length === 1);
    if (prepares && users[i].length) ranks[i] = Math.max(ranks[i], Math.min(...users[i].map((u) => ranks[u.node])) - 1);
  }
  nodes.forEach((node, i) => {
    if (hosts.has(i)) ranks[i] = ranks[hosts.get(i)];
    else if (!node.inputs.length && users[i].length) ranks[i] = Math.min(...users[i].map((u) => ranks[u.node])) - 1;
  });
  return ranks;
}

// Boxes of a row: an operation with the leaves beside it, or a waypoint of a long edge.
function boxesOf(nodes, ranks, hosts) {
  const rows = Array.from({length: Math.max(...ranks) + 1}, () => []);
  const boxOf = [];
  nodes.forEach((node, i) => {
    if (hosts.has(i)) return;
    const guests = nodes.map((_, j) => j).filter((j) => hosts.get(j) === i);
    const own = widthOf(node, nodes);
    const width = guests.reduce((total, guest) => total + NODE.gapX + widthOf(nodes[guest], nodes), own);
    boxOf[i] = {node: i, guests, own, width, above: [], below: [], x: 0};
    rows[ranks[i]].push(boxOf[i]);
  });
  const edges = [];
  nodes.forEach((node, i) => node.inputs.forEach((input, k) => {
    const edge = {from: input, to: i, operand: k, waypoints: []};
    edges.push(edge);
    if (hosts.has(input)) return;
    let last = boxOf[input];
    for (let rank = ranks[input] + 1; rank <= ranks[i]; ++rank) {
      const next = rank === ranks[i] ? boxOf[i] : {node: null, guests: [], own: 18, width: 18, above: [], below: [], x: 0};
      if (next.node === null) {
        rows[rank].push(next);
        edge.waypoints.push({box: next, rank});
      }
      last.below.push(next);
      next.above.push(last);
      last = next;
    }
  }));
  return {rows, boxOf, edges};
}

function center(box) {
  return box.x + box.own / 2;
}

function mean(values, otherwise) {
  return values.length ? values.reduce((total, x) => total + x, 0) / values.length : otherwise;
}

// Puts a row's boxes where their neighbours want them, as far as they have room.
function settle(row, neighbours) {
  row.forEach((box) => { box.wanted = mean(box[neighbours].map(center), center(box)) - box.own / 2; });
  const spread = (boxes, from, direction) => {
    let edge = from;
    return boxes.map((box) => {
      const x = direction > 0 ? Math.max(box.wanted, edge) : Math.min(box.wanted, edge - box.width);
      edge = direction > 0 ? x + box.width + NODE.gapX : x - NODE.gapX;
      return x;
    });
  };
  const right = spread(row, -Infinity, 1), left = spread([...row].reverse(), Infinity, -1).reverse();
  row.forEach((box, i) => { box.x = (right[i] + left[i]) / 2; });
}

// -> {width, height, nodes: [{x, y, width, height}], edges: [{from, to, operand, points: [[x, y], ...], beside, leaving, together}]}
function layOut(nodes) {
  const users = usersOf(nodes), hosts = hostsOf(nodes, users), ranks = ranksOf(nodes, users, hosts);
  const {rows, boxOf, edges} = boxesOf(nodes, ranks, hosts);
  for (const row of rows) {
    let x = 0;
    for (const box of row) { box.x = x; x += box.width + NODE.gapX; }
  }
  for (let sweep = 0; sweep < 12; ++sweep) {
    const down = sweep % 2 === 0, neighbours = down ? "above" : "below";
    for (const row of down ? rows : [...rows].reverse()) {
      if (sweep < 8) row.sort((a, b) => mean(a[neighbours].map(center), center(a)) - mean(b[neighbours].map(center), center(b)));
      settle(row, neighbours);
    }
  }
  const left = Math.min(...rows.flat().map((box) => box.x));
  const width = Math.max(...rows.flat().map((box) => box.x + box.width)) - left;
  const top = (rank) => rank * (NODE.height + NODE.gapY);

  const places = [];
  for (const box of boxOf.filter(Boolean)) {
    const y = top(ranks[box.node]);
    places[box.node] = {x: box.x - left, y, width: box.own, height: NODE.height};
    let x = box.x - left + box.own + NODE.gapX;
    for (const guest of box.guests) {
      places[guest] = {x, y, width: widthOf(nodes[guest], nodes), height: NODE.height};
      x += places[guest].width + NODE.gapX;
    }
  }
  const routed = edges.map((edge) => ({...edge, beside: hosts.has(edge.from), points: route(edge, places, hosts, top, left)}));
  spreadEnds(routed, places);
  return {width, height: rows.length * (NODE.height + NODE.gapY) - NODE.gapY, nodes: places, edges: routed};
}

function route(edge, places, hosts, top, left) {
  const from = places[edge.from], to = places[edge.to];
  if (hosts.has(edge.from)) {
    const y = from.y + from.height / 2, end = to.x + to.width;
    if (from.x < end + 2 * NODE.gapX) return [[from.x, y], [end, y]];
    // Another one stands in between: pass below it.
    const x = from.x + from.width / 2, below = from.y + from.height + 8, arrival = from.y + from.height * 0.8;
    return [[x, from.y + from.height], [x, below], [end + 12, below], [end + 12, arrival], [end, arrival]];
  }
  const through = edge.waypoints.flatMap(({box, rank}) => {
    const x = center(box) - left;
    return [[x, top(rank)], [x, top(rank) + NODE.height]];
  });
  return [[from.x + from.width / 2, from.y + from.height], ...through, [to.x + to.width / 2, to.y]];
}

// Edges that leave or reach a node together keep a distance, in the order in which they come from left to right.
// `leaving` and `together` tell an edge's place among those that leave the same node.
function spreadEnds(edges, places) {
  const down = edges.filter((edge) => !edge.beside);
  places.forEach((_, node) => {
    const leaving = down.filter((edge) => edge.from === node), reaching = down.filter((edge) => edge.to === node);
    leaving.sort((a, b) => a.points[1][0] - b.points[1][0] || a.operand - b.operand);
    reaching.sort((a, b) => a.points.at(-2)[0] - b.points.at(-2)[0] || a.operand - b.operand);
    leaving.forEach((edge, k) => {
      edge.leaving = k;
      edge.together = leaving.length;
      edge.points[0][0] += (k - (leaving.length - 1) / 2) * 28;
    });
    reaching.forEach((edge, k) => { edge.points.at(-1)[0] += (k - (reaching.length - 1) / 2) * 28; });
  });
}
