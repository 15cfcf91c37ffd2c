"use strict";
// What the current step says: the formula, the same with numbers put in, where the numbers come from and go.

function drawPanel(panel, walk, state, choose, chosen) {
  const {current} = state;
  const parts = {forward: forwardPanel, seed: seedPanel, backward: backwardPanel}[current.phase];
  panel.replaceChildren(...parts(walk, state, current.node, {
    of: (key) => chosen.get(`${current.phase} ${current.node} ${key}`) ?? null,
    choose: (key) => (place) => choose(`${current.phase} ${current.node} ${key}`, place),
  }));
}

function nodeHeading(tape, node, what) {
  const {name, inputs, layer, shape} = tape.nodes[node];
  const code = inputs.length ? asCode(tape, node) : nameOf(tape, node);
  const title = name && inputs.length ? `${name} = ${code}` : code;
  return element("header", {},
                 element("p", {class: "small muted"}, what),
                 element("h2", {}, title),
                 element("p", {class: "small muted"}, `line ${node} of the tape, ${shapeText(shape)}${layer ? `, recorded by ${layer}` : ""}`));
}

function formula(template, names, kind) {
  return element("p", {class: `formula ${kind}`}, formulaParts(template, names));
}

// "0.2 · 3 = 0.6", and for which element of the tensor; a number that is passed on unchanged is written once. The line is
// as high as for the element with the longest one, so that nothing below moves when another is chosen.
function withNumbers(at, kind, place, tensor) {
  const found = at(place);
  if (!found) return null;
  const isCopy = [fmt(found.value), term(found.value)].includes(found.text);
  const count = countOf(tensor.shape), others = count > 1 && count <= 64 ? Array.from({length: count}, (_, other) => [other, at(other)]) : [];
  const longest = others.map(([other, {text, value}]) => `at ${placeText(other, tensor)}: ${text} = ${fmt(value)}`)
                        .reduce((a, b) => (b.length > a.length ? b : a), "");
  return element("p", {class: `numbers number ${kind}`, "data-longest": longest || null},
                 element("span", {}, tensor.shape.length ? element("span", {class: "where"}, `at ${placeText(place, tensor)}: `) : null,
                         isCopy ? null : [...formulaParts(found.text), " = "], element("strong", {}, fmt(found.value))));
}

// What the program says of this line, in this direction.
function noteOf(walk, node, direction) {
  const text = walk.notes.find((note) => note.node === node)?.[direction];
  return text ? element("p", {class: "note"}, text) : null;
}

// Shapes of operands and result, and which node each letter of the formula is where it has letters.
function shapesLine(tape, node, rule, names) {
  const {inputs, shape} = tape.nodes[node];
  const operands = inputs.map((input, k) => [
    names ? "" : [element("span", {class: "letter"}, rule.letters[k]), " is "],
    `${nameOf(tape, input)} `, element("span", {class: "muted"}, shapeText(tape.nodes[input].shape)),
    k + 1 < inputs.length ? ", " : " → "]);
  return element("p", {class: "operands small"}, operands.flat(2), names ? `${names.y} ` : "y ",
                 element("span", {class: "muted"}, shapeText(shape)));
}

function forwardPanel(walk, state, node, picked) {
  const {tape} = walk, entry = tape.nodes[node];
  const heading = nodeHeading(tape, node, `Forward, step ${node + 1} of ${tape.nodes.length}`);
  if (!entry.inputs.length) {
    return [heading, element("p", {}, `${LEAVES[entry.operation] ?? "A value"}.`), noteOf(walk, node, "forward"),
            tensorView(entry.value, {label: "value"})].filter(Boolean);
  }
  const rule = ruleOf(entry), context = contextOf(tape, entry, false);
  const place = context ? picked.of("y") ?? firstPlace(walk, entry.value, () => 0) : null;
  const marked = context && entry.shape.length ? place : null;
  const names = namesIn(tape, node, rule);
  const used = context && rule.used?.(context, entry.inputs.length, place);
  return [heading, noteOf(walk, node, "forward"), formula(rule.y, names, "value"), shapesLine(tape, node, rule, names),
          context ? withNumbers((at) => rule.forward(context, at), "value", place, entry.value) : null,
          figures(entry.inputs.map((input, k) => [names ? nameOf(tape, input) : `${rule.letters[k]} = ${nameOf(tape, input)}`, tape.nodes[input].value, "value", null, null, used?.[k]])),
          figures([[entry.name ?? "y", entry.value, "value", marked, picked.choose("y")]]),
         ].filter(Boolean);
}

// The number that is chosen at first: the largest of the row that the program wants to be seen, where rows have names.
function firstPlace(walk, tensor, otherwise) {
  const values = numbersOf(tensor), columns = tensor.shape[1];
  if (!walk.row || !tensor.labels?.rows?.[walk.row]) return otherwise(values);
  return walk.row * columns + largestPlace(values.slice(walk.row * columns, (walk.row + 1) * columns));
}

// Tensors side by side, each with its caption.
function figures(list) {
  return element("div", {class: "figures"}, list.map(([caption, tensor, kind, chosen = null, choose = null, used = null]) =>
      element("figure", {}, element("figcaption", {class: "small"}, caption,
                                    element("span", {class: "muted"}, tensor ? ` ${shapeText(tensor.shape)}` : "")),
              tensorView(tensor, {label: caption, kind, chosen, choose, used}))));
}

function seedPanel(walk, state, node) {
  const {tape, loss} = walk, name = nameOf(tape, loss), seed = numbersOf(tape.nodes[loss].grad);
  const isOne = seed?.length === 1 && seed[0] === 1;
  return [nodeHeading(tape, node, "The backward begins"),
          formula(isOne ? `d${name} = ∂${name}/∂${name} = 1` : `d${name} = what was given to tape.backward`, null, "gradient"),
          isOne ? element("p", {}, `How much does ${endName(walk)} change per change of itself? Exactly as much: the gradient ` +
                          "at the end of the tape is 1. From here the tape is read backwards, a line at a time.") : null,
          figures([[`d${name}`, tape.nodes[loss].grad, "gradient"]])].filter(Boolean);
}

function backwardPanel(walk, state, node, picked) {
  const {tape, steps} = walk, entry = tape.nodes[node];
  const first = steps.findIndex((step) => step.phase === "backward");
  const count = steps.length - first, now = steps.findIndex((s) => s.phase === "backward" && s.node === node) - first;
  return [nodeHeading(tape, node, `Backward, step ${now + 1} of ${count}`), noteOf(walk, node, "backward"), arrivals(walk, node),
          ...(entry.inputs.length ? [passesOn(walk, state, node, picked)] : [leafNote(entry)])].filter(Boolean);
}

function leafNote(entry) {
  return element("p", {}, entry.operation === "parameter"
      ? "Nothing lies before a parameter. This is what tape.backward adds to its gradient, and what the optimizer uses."
      : "Nothing lies before it: this is its gradient.");
}

// The gradient of this node is complete: what came along each of its outgoing edges, added up.
function arrivals(walk, node) {
  const {tape, arriving, loss} = walk, grad = tape.nodes[node].grad, list = arriving[node];
  const name = `d${nameOf(tape, node)}`;
  const section = element("section", {class: "arrived"}, element("h3", {}, "What has arrived"));
  if (node === loss) {
    section.append(element("p", {}, `The backward began here, with ${name} = ${numbersOf(grad)?.length === 1 ? fmt(numbersOf(grad)[0]) : "what it was given"}.`));
    return section;
  }
  const scalars = list.map(({tensor}) => numbersOf(tensor)).filter((numbers) => numbers?.length === 1);
  const users = new Set(list.map(({user}) => user));
  const fanOut = list.length > 1
      ? `It was used ${["", "once", "twice"][list.length] ?? `${list.length} times`}${users.size === 1 ? " by the same operation" : ""}, so ${list.length} contributions add up: ` +
        `a change here reaches ${endName(walk)} by each of these ways at once.`
      : `One operation used it, so there is one contribution.${severalPlaces(tape, node, list[0])}`;
  section.append(element("p", {class: "small"}, fanOut));
  if (scalars.length === list.length && list.length > 0) {
    section.append(element("p", {class: "numbers number gradient"}, `${name} = `,
                           `${list.length > 1 ? `${scalars.map(([x]) => term(x)).join(" + ")} = ` : ""}`,
                           element("strong", {}, fmt(numbersOf(grad)[0]))));
    if (list.length > 1) section.append(element("p", {class: "small muted"}, `from ${list.map(({user}) => nameOf(tape, user)).join(", ")}`));
    return section;
  }
  const parts = list.length > 1 ? list.map(({user, tensor}) => [`from ${nameOf(tape, user)}`, tensor, "gradient"]) : [];
  section.append(figures([...parts, [`${name}${list.length > 1 ? ", their sum" : ""}`, grad, "gradient"]]));
  return section;
}

// An operation may use each number of an operand at several places of its result; the contribution is their sum already.
function severalPlaces(tape, node, contribution) {
  const user = contribution && tape.nodes[contribution.user], rule = user && ruleOf(user), context = rule?.used && contextOf(tape, user, true);
  if (!context) return "";
  const counts = numbersOf(tape.nodes[node].value).map((_, place) => rule.used(context, contribution.operand, place)?.at(-1).length ?? 1);
  const most = Math.max(...counts);
  if (most === 1) return "";
  return ` That operation, ${nameOf(tape, contribution.user)}, used each number at ${counts.every((count) => count === most) ? "" : "up to "}` +
         `${most} places and has added up what came back from them.`;
}

// For each operand: the rule, the numbers, and what its gradient has come to.
function passesOn(walk, state, node, picked) {
  const {tape, arriving} = walk, entry = tape.nodes[node], rule = ruleOf(entry), context = contextOf(tape, entry, true);
  const names = namesIn(tape, node, rule);
  const section = element("section", {}, element("h3", {}, "What it passes on"), shapesLine(tape, node, rule, names));
  if (rule.unknown) {
    section.append(element("p", {class: "small muted"}, `This page does not know the operation ${entry.operation}; ` +
                           "what its own backward gave is shown below."));
  }
  entry.inputs.forEach((input, k) => {
    const contribution = entry.contributions?.[k], name = nameOf(tape, input);
    if (!contribution) {
      section.append(element("p", {class: "small muted"}, `${name} needs no gradient.`));
      return;
    }
    const values = numbersOf(contribution);
    const place = values ? picked.of(k) ?? firstPlace(walk, contribution, largestPlace) : null;
    const isScalar = contribution.shape.length === 0;
    section.append(formula(rule.d[k], names, "gradient"));
    const found = context ? rule.backward(context, k, place) : null;
    if (found) section.append(withNumbers((at) => rule.backward(context, k, at), "gradient", place, contribution));
    if (found?.copies > 1) {
      section.append(element("p", {class: "running small"}, `${name} was broadcast: each of its numbers stands in ` +
                             `${found.copies} elements of the result, and what comes from them adds up.`));
    }
    if (!isScalar || !found) {
      section.append(figures([[names ? `d${name}` : `d${rule.letters[k]}, for ${name}`, contribution, "gradient", isScalar ? null : place, picked.choose(k)],
                              ...(found && rule.used ? factors(tape, node, k, rule, rule.used(context, k, place)) : [])]));
    }
    const list = arriving[input], index = list.findIndex((c) => c.user === node && c.operand === k);
    if (list.length > 1) section.append(runningSum(walk, input, list.slice(0, index + 1), list.length, isScalar));
  });
  return section;
}

// What dy is multiplied by, and dy, and which of their numbers are in the sum that is shown.
function factors(tape, node, operand, rule, used) {
  const {inputs, value, grad} = tape.nodes[node], name = nameOf(tape, node), ofResult = used[inputs.length];
  const others = inputs.map((input, k) => [nameOf(tape, input), tape.nodes[input].value, "value", null, null, used[k]]);
  return [...others.filter((_, k) => k !== operand), ...(rule.usesResult ? [[name, value, "value", null, null, ofResult]] : []),
          [`d${name}`, grad, "gradient", null, null, ofResult]];
}

function runningSum(walk, input, so_far, expected, isScalar) {
  const name = nameOf(walk.tape, input);
  const texts = so_far.map(({tensor}) => term(numbersOf(tensor)?.[0] ?? NaN));
  const total = isScalar ? fmt(numbersOf(sumOf(so_far.map(({tensor}) => tensor)))[0]) : "";
  const sumText = isScalar ? `d${name} so far: ${texts.join(" + ")}${texts.length > 1 ? ` = ${total}` : ""}` : `d${name}`;
  return element("p", {class: "running small"}, `${sumText}: contribution ${so_far.length} of ${expected}`,
                 so_far.length < expected ? ", so it is not complete yet." : ", now it is complete.");
}
