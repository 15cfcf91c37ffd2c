"use strict";
// The page of `explain`, read as a whole: what the panel says at every step (explain_walk.txt), that every sum which is
// written out comes to what stands behind it, and what the graph shows at every step.
const {execFileSync} = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const {build, work, pageTest, check, equal, near, NUMBER, sameText} = require("./browser.js");

const fileOf = (example) => path.join(work, `${example}_words.html`);
for (const example of ["neuron", "fan-out", "mlp", "batchnorm", "softmax", "convolution", "attention"]) {
  execFileSync(path.join(build, "examples/explain"), ["--example", example, "--output", fileOf(example)]);
}

const walked = (page) => page.evaluate(() => walkOfPage.walk.steps.map((_, i) => {
  walkOfPage.go(i);
  return `${byId("step-count").textContent} ${byId("panel").innerText.replace(/\s*\n\s*/g, " | ").replaceAll("\t", " ")}`;
}));

const transcripts = Object.fromEntries(fs.readFileSync(path.join(__dirname, "explain_walk.txt"), "utf8").split(/^# /m).slice(1)
  .map((part) => part.trimEnd().split("\n")).map(([name, ...lines]) => [name, lines]));

for (const [example, lines] of Object.entries(transcripts)) {
  pageTest(`${example}: what is said at every step`, async (open) => {
    const page = await open(fileOf(example)), found = await walked(page);
    equal(found.length, lines.length, "steps");
    found.forEach((line, i) => sameText(line, lines[i], `step ${i + 1}`));
  });
}

// A formula's text as a function of its letters: "d{y} · (1 − {y}²)".
const valueOf = (text, letters = {}) => {
  const code = text.replace(/d?\{(\w+)\}/g, (all) => `(${letters[all]})`).replaceAll("−", "-").replaceAll("·", "*").replaceAll("²", "**2")
    .replace(/e\^(-?)(\([^()]*\)|[\d.]+(?:e-?\d+)?)/g, "Math.exp($1$2)").replace(/√(\([^()]*\)|[\d.]+)/g, "Math.sqrt($1)")
    .replace(/\b(log|tanh) ?(\((?:[^()]|\([^()]*\)|\((?:[^()]|\([^()]*\))*\))*\)|[\d.]+(?:e-?\d+)?)/g, "Math.$1($2)").replace(/\bmax\(/g, "Math.max(")
    .replace(/([\d)]) (?=[(\d])/g, "$1 * ");
  return new Function(`return ${code}`)();
};

const sumsOf = (page) => page.evaluate(() => walkOfPage.walk.tape.nodes.filter((node) => node.inputs.length).flatMap((node) => {
  const {tape} = walkOfPage.walk, rule = ruleOf(node), c = contextOf(tape, node, true) ?? contextOf(tape, node, false);
  const parts = [[c.y, (i) => rule.forward(c, i)], ...c.given.map((given, k) => [given, (i) => rule.backward(c, k, i)])];
  return parts.flatMap(([values, at]) => (values ?? []).map((_, i) => at(i)).map((found) => [node.operation, found?.text, found?.value]));
}));

function comeTo(all, what) {
  equal(all.filter(([operation, text]) => text === undefined && operation !== "cross_entropy"), [], `${what}: numbers without a sum`);
  for (const [operation, text, value] of all.filter(([, written]) => written && !/…|\^p/.test(written))) {
    const sizes = text.match(NUMBER).map((n) => Math.abs(Number(n.replaceAll("−", "-"))));
    near(valueOf(text), value, 3e-3 * Math.max(Math.abs(value), 0.1 * Math.max(...sizes)), `${what}, ${operation}: ${text}`);
  }
  return all.length;
}

pageTest("every sum that is written out comes to the number behind it", async (open) => {
  let sums = 0;
  for (const example of ["neuron", "mlp", "batchnorm", "softmax", "convolution", "attention"]) sums += comeTo(await sumsOf(await open(fileOf(example))), example);
  check(sums > 500, `${sums} sums`);
  // What no example has.
  const page = await open(fileOf("neuron"));
  await page.evaluate(() => {
    const tape = new Tape(), some = (shape, by) => makeTensor(shape, Array.from({length: countOf(shape)}, (_, i) => Math.round(40 * Math.sin(by * (i + 1))) / 10));
    const parameter = (name, shape, by) => tape.parameter({name, value: some(shape, by)});
    const x = tape.variable(some([4, 3], 1.3), "x"), norm = tape.apply("batch_norm", [x, parameter("γ", [3], 2), parameter("β", [3], 0.7)], {eps: 0.1});
    const y = tape.apply("linear", [tape.apply("relu", [norm]), parameter("w", [2, 3], 1)]), bend = tape.apply("sigmoid", [tape.apply("sub", [y, parameter("c", [2], 3)])]);
    const loss = tape.apply("add", [tape.apply("mse", [bend, tape.variable(some([4, 2], 5), "t")]), tape.apply("cross_entropy", [y], {labels: [0, 1, 1, 0]})]);
    tape.backward(loss);
    walkOfPage.show({title: "one of all kinds", tape, loss});
  });
  check(comeTo(await sumsOf(page), "all kinds") > 60, "sums of all kinds");
  const broadcast = await page.evaluate(() => {
    walkOfPage.go(walkOfPage.walk.steps.findIndex(({phase, node}) => phase === "backward" && walkOfPage.walk.tape.nodes[node].operation === "sub"));
    return byId("panel").innerText;
  });
  check(broadcast.includes("c was broadcast: each of its numbers stands in 4 elements of the result, and what comes from them adds up."), broadcast);
  equal(broadcast.match(/was broadcast/g).length, 1);
});

pageTest("the formulas of operations on tables", async (open) => {
  const page = await open(fileOf("neuron"));
  equal(await page.evaluate(() => ["matmul", "linear", "sum", "mean", "max", "softmax", "log_softmax", "cross_entropy", "mse", "batch_norm", "transpose"].map((name) => [RULES[name].y, ...RULES[name].d].join(";  "))), [
    "{y} = {x} {w};  d{x} = d{y} {w}ᵀ;  d{w} = {x}ᵀ d{y}", "{y} = {x} {w}ᵀ + {b};  d{x} = d{y} {w};  d{w} = d{y}ᵀ {x};  d{b} = Σ of d{y} over the rows",
    "{y} = Σᵢ {x}ᵢ;  d{x}ᵢ = d{y}, that of its sum", "{y} = (Σᵢ {x}ᵢ) / m;  d{x}ᵢ = d{y} / m", "{y} = maxᵢ {x}ᵢ;  d{x}ᵢ = d{y} where {x}ᵢ is the maximum, else 0",
    "{y}ⱼ = e^{x}ⱼ / Σₖ e^{x}ₖ;  d{x}ᵢ = {y}ᵢ (d{y}ᵢ − Σⱼ d{y}ⱼ {y}ⱼ)", "{y}ⱼ = {x}ⱼ − log Σₖ e^{x}ₖ;  d{x}ᵢ = d{y}ᵢ − e^{y}ᵢ Σⱼ d{y}ⱼ",
    "{y} = −(Σᵢ log pᵢ[labelᵢ]) / n,  p = softmax({x});  d{x} = d{y} · (p − t) / n", "{y} = Σ ({a} − {t})² / N;  d{a} = d{y} · 2 ({a} − {t}) / N;  d{t} = −d{a}",
    "{y}ᵢ = γ x̂ᵢ + β,  x̂ᵢ = ({x}ᵢ − μ) s,  s = 1 / √(σ² + ε);  d{x}ᵢ = γ s (gᵢ − dβ / m − x̂ᵢ dγ / m);  dγ = Σₖ gₖ x̂ₖ;  dβ = Σₖ gₖ", "{y} = {x}ᵀ;  d{x} = d{y}ᵀ"]);
  equal(await page.evaluate(() => LEAVES), {input: "Data: needs no gradient", constant: "A constant: needs no gradient",
                                            parameter: "A parameter: its gradient is what the optimizer uses", variable: "A variable: its gradient is wanted"});
});

// Operations that no example has, with numbers put in.
pageTest("the formulas of operations element by element are what is computed", async (open) => {
  const page = await open(fileOf("neuron"));
  const rules = await page.evaluate(() => Object.entries(ELEMENTWISE).map(([name, op]) => {
    const v = [0.7, -1.3].slice(0, op.letters.length).map((x) => (name === "log" || name === "sqrt" ? Math.abs(x) : x)), dy = -0.6;
    const given = name === "pow" || name === "dropout" ? 0.25 : 0, y = given ? 0.49 : op.forward(v)[1];
    return {name, letters: op.letters, y: op.y, d: op.d, v, dy, value: y, forward: op.forward(v, y), back: op.back.map((f) => f(dy, v, y, given))};
  }));
  equal(rules.length, 13);
  for (const {name, letters, y, d, v, dy, value, forward, back} of rules) {
    const given = {"{y}": value, "d{y}": dy, ...Object.fromEntries(letters.map((letter, k) => [`{${letter}}`, v[k]]))};
    const known = !/pow|dropout/.test(name);
    if (known) near(valueOf(y.split(" = ")[1], given), forward[1], 1e-12, y);
    if (name !== "pow") near(valueOf(forward[0]), forward[1], 1e-3, `${name}: ${forward[0]}`);
    d.forEach((formula, k) => {
      if (known && name !== "relu") near(valueOf(formula.split(" = ")[1], given), back[k][1], 1e-12, formula);
      near(valueOf(back[k][0]), back[k][1], 1e-3, `${name}: ${back[k][0]}`);
    });
  }
  // (The page says how many terms there are, and shows the first three and the last.)
  equal(await page.evaluate(() => [joinTerms([..."123456789"]), joinTerms([..."1234567890"])]), ["1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9", "1 + 2 + 3 + … + 0 (10 terms)"]);
});

// [classes, texts] of what the graph shows after each step, and what it should show by the tape.
pageTest("the graph: what has its value, what has arrived, and which line it is about", async (open) => {
  for (const example of ["neuron", "fan-out", "softmax", "attention"]) {
    const page = await open(fileOf(example));
    const steps = await page.evaluate(() => {
      const {tape, loss, steps} = walkOfPage.walk, edges = layOut(tape.nodes).edges;
      return steps.map(({phase, node: current}, position) => {
        walkOfPage.go(position);
        const forward = phase === "forward", passed = (i) => steps.slice(0, position + 1).some((s) => s.phase === "backward" && s.node === i);
        const shown = [...document.querySelectorAll("#graph .node")].map((g) => [g.getAttribute("class").trim().replace(/ +/g, " "),
          ...[".title", ".value .number", ".gradient .number"].map((part) => g.querySelector(part)?.textContent ?? "")]);
        const arrived = (i) => edges.filter(({from, to, operand}) => from === i && passed(to) && tape.nodes[to].contributions?.[operand])
          .sort((a, b) => b.to - a.to || a.operand - b.operand).map(({to, operand}) => tape.nodes[to].contributions[operand]);
        const all = (i) => tape.nodes.flatMap((n) => n.inputs.filter((k, at) => k === i && n.contributions?.[at])).length;
        const scalar = (tensor) => (tensor?.numbers?.length === 1 ? fmt(Number(tensor.numbers[0])) : "");
        const gradient = (i) => {
          if (i === loss) return forward ? "" : scalar(tape.nodes[i].grad);
          const list = arrived(i);
          if (!list.length || list[0].numbers.length !== 1) return "";
          return fmt(list.reduce((total, t) => total + Number(t.numbers[0]), 0)) + (list.length < all(i) ? " + …" : "");
        };
        const expected = tape.nodes.map((n, i) => [`node${i === current ? ` current ${phase}` : ""}${forward && i > current ? " waiting" : ""}`, n.name ?? n.operation,
                                                   forward && i > current ? "" : scalar(n.value), gradient(i)]);
        const labels = [...document.querySelectorAll("#graph .edge-label")].map((t) => t.textContent);
        const groups = [...document.querySelectorAll("#graph g:has(> .edge)")].map((g) => g.getAttribute("class").split(" ").filter((c) => c && c !== "false").join(" "));
        const given = edges.map(({to, operand}) => passed(to) && tape.nodes[to].contributions?.[operand]);
        return {shown, expected, labels, groups,
                expectedLabels: edges.map(({beside}, k) => (given[k] && !beside && given[k].numbers.length === 1 ? `+ ${term(Number(given[k].numbers[0]))}` : "")),
                expectedGroups: edges.map(({from, to}, k) => [to === current && forward ? "forward" : to === current && given[k] ? "backward" : "", given[k] ? "passed" : "",
                                                              tape.nodes[from].needs_grad ? "" : "no-gradient"].filter(Boolean).join(" "))};
      });
    });
    steps.forEach((step, i) => {
      equal(step.shown, step.expected, `${example}, step ${i + 1}`);
      equal(step.labels, step.expectedLabels, `${example}, step ${i + 1}: numbers beside the arrows`);
      equal(step.groups, step.expectedGroups, `${example}, step ${i + 1}: arrows`);
    });
  }
});
