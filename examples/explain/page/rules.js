"use strict";
// What each operation computes and what its backward passes on: formulas, and the same with numbers put in.
//
// A rule has `letters` for its operands, the formula `y`, a formula `d[k]` for each operand, and
//   forward(c, place)       one element of the result
//   backward(c, k, place)   one element of what goes to operand k
// which give {text, value}. In `c` are the operands `x` and their `shapes`, the result `y` and its `shape`, its
// gradient `dy`, and `given`: the contributions as the program computed them.

function sum(values) {
  return values.reduce((total, x) => total + x, 0);
}

// Which row of the last axis a place is in: [first, last).
function rowAround(place, shape) {
  const size = shape[shape.length - 1];
  const first = Math.floor(place / size) * size;
  return [first, first + size];
}

const MATMUL = {
  letters: ["x", "w"], y: "{y} = {x} {w}", d: ["d{x} = d{y} {w}ᵀ", "d{w} = {x}ᵀ d{y}"],
  forward(c, place) {
    const [inner, columns] = c.shapes[1];
    const row = Math.floor(place / columns), column = place % columns;
    const pairs = Array.from({length: inner}, (_, k) => [c.x[0][row * inner + k], c.x[1][k * columns + column]]);
    return sumOfProducts(pairs);
  },
  backward(c, operand, place) {
    const rows = c.shapes[0][0], [inner, columns] = c.shapes[1];
    if (operand === 0) {
      const row = Math.floor(place / inner), k = place % inner;
      return sumOfProducts(
          Array.from({length: columns}, (_, j) => [c.dy[row * columns + j], c.x[1][k * columns + j]]));
    }
    const k = Math.floor(place / columns), column = place % columns;
    return sumOfProducts(
        Array.from({length: rows}, (_, i) => [c.x[0][i * inner + k], c.dy[i * columns + column]]));
  },
  // The places in x, in w and in y that have to do with one place in one of the three (0, 1, 2).
  used(c, tensor, place) {
    const rows = c.shapes[0][0], [inner, columns] = c.shapes[1], met = [[], [], []];
    for (let i = 0; i < rows; ++i) {
      for (let k = 0; k < inner; ++k) {
        for (let j = 0; j < columns; ++j) {
          const meeting = [i * inner + k, k * columns + j, i * columns + j];
          if (meeting[tensor] === place) meeting.forEach((at, which) => met[which].push(at));
        }
      }
    }
    return met;
  },
};

// A unit's weights are a row of w [out, in]; all but the last axis of x are rows.
const LINEAR = {
  letters: ["x", "w", "b"], y: "{y} = {x} {w}ᵀ + {b}",
  d: ["d{x} = d{y} {w}", "d{w} = d{y}ᵀ {x}", "d{b} = Σ of d{y} over the rows"],
  forward(c, place) {
    const [units, inner] = c.shapes[1];
    const row = Math.floor(place / units), unit = place % units;
    const product = sumOfProducts(
        Array.from({length: inner}, (_, k) => [c.x[0][row * inner + k], c.x[1][unit * inner + k]]));
    if (!c.x[2]) return product;
    return {text: `${product.text} + ${term(c.x[2][unit])}`, value: product.value + c.x[2][unit]};
  },
  backward(c, operand, place) {
    const [units, inner] = c.shapes[1], rows = c.dy.length / units;
    if (operand === 0) {
      const row = Math.floor(place / inner), k = place % inner;
      return sumOfProducts(Array.from({length: units}, (_, j) => [c.dy[row * units + j], c.x[1][j * inner + k]]));
    }
    if (operand === 2) {
      const slopes = Array.from({length: rows}, (_, i) => c.dy[i * units + place]);
      return {text: joinTerms(slopes.map(term)), value: sum(slopes)};
    }
    const unit = Math.floor(place / inner), k = place % inner;
    return sumOfProducts(Array.from({length: rows}, (_, i) => [c.dy[i * units + unit], c.x[0][i * inner + k]]));
  },
};

// Without a bias.
const LINEAR_PRODUCT = {...LINEAR, letters: ["x", "w"], y: "{y} = {x} {w}ᵀ", d: LINEAR.d.slice(0, 2)};

function sumOfProducts(pairs) {
  return {text: joinTerms(pairs.map(([a, b]) => `${term(a)} · ${term(b)}`)), value: sum(pairs.map(([a, b]) => a * b))};
}

// The rules of sum, mean and max: for each place of x the place of y that it went into. Which axes went is not on the
// tape; the shapes tell, and where they leave a choice (a square matrix) the numbers do.
function reductionMap(c, reduce) {
  const shape = c.shapes[0], rank = shape.length;
  for (let chosen = 0; chosen < 2 ** rank; ++chosen) {
    const kept = shape.map((size, axis) => ((chosen >> axis) & 1 ? 1 : size));
    const dropped = shape.filter((_, axis) => !((chosen >> axis) & 1));
    const fits = [kept, dropped].some((s) => s.length === c.shape.length && s.every((size, i) => size === c.shape[i]));
    if (!fits) continue;
    const places = c.x[0].map((_, i) => broadcastPlace(indexAt(i, shape), kept));
    const groups = c.y.map((_, j) => c.x[0].filter((_, i) => places[i] === j));
    if (groups.every((group, j) => Math.abs(reduce(group) - c.y[j]) <= 1e-4 * (1 + sum(group.map(Math.abs))))) {
      return places;
    }
  }
  return null;
}

function reduction(y, d, reduce, forwardText, backwardAt) {
  return {
    letters: ["x"], y, d: [d],
    forward(c, place) {
      const map = reductionMap(c, reduce);
      if (!map) return null;
      const group = c.x[0].filter((_, i) => map[i] === place);
      return {text: forwardText(group), value: reduce(group)};
    },
    backward(c, operand, place) {
      const map = reductionMap(c, reduce);
      if (!map) return null;
      const group = c.x[0].filter((_, i) => map[i] === map[place]);
      return backwardAt(c.dy[map[place]], group, c.x[0][place], c.y[map[place]]);
    },
  };
}

const SUM = reduction("{y} = Σᵢ {x}ᵢ", "d{x}ᵢ = d{y}, that of its sum", sum, (group) => joinTerms(group.map(term)),
                      (dy) => ({text: fmt(dy), value: dy}));
const MEAN = reduction("{y} = (Σᵢ {x}ᵢ) / m", "d{x}ᵢ = d{y} / m", (group) => sum(group) / group.length,
                       (group) => `(${joinTerms(group.map(term))}) / ${group.length}`,
                       (dy, group) => ({text: `${fmt(dy)} / ${group.length}`, value: dy / group.length}));
const MAX = reduction(
    "{y} = maxᵢ {x}ᵢ", "d{x}ᵢ = d{y} where {x}ᵢ is the maximum, else 0", (group) => Math.max(...group),
    (group) => `max(${group.map(fmt).join(", ")})`, (dy, group, x, y) => {
      const ties = group.filter((other) => other === y).length;
      return x === y ? {text: ties > 1 ? `${fmt(dy)} / ${ties}` : fmt(dy), value: dy / ties}
                     : {text: `${term(dy)} · 0`, value: 0};
    });

const SOFTMAX = {
  letters: ["x"], y: "{y}ⱼ = e^{x}ⱼ / Σₖ e^{x}ₖ", d: ["d{x}ᵢ = {y}ᵢ (d{y}ᵢ − Σⱼ d{y}ⱼ {y}ⱼ)"],
  forward(c, place) {
    const row = c.x[0].slice(...rowAround(place, c.shape));
    return {text: `e^${term(c.x[0][place])} / (${joinTerms(row.map((x) => `e^${term(x)}`))})`,
            value: Math.exp(c.x[0][place]) / sum(row.map(Math.exp))};
  },
  backward(c, operand, place) {
    const [first, last] = rowAround(place, c.shape);
    const dot = sum(c.y.slice(first, last).map((y, j) => y * c.dy[first + j]));
    return {text: `${term(c.y[place])} · (${fmt(c.dy[place])} − ${term(dot)})`, value: c.y[place] * (c.dy[place] - dot)};
  },
  used(c, tensor, place) {
    const [first, last] = rowAround(place, c.shape), row = Array.from({length: last - first}, (_, j) => first + j);
    return [row, row];
  },
  usesResult: true,  // on the way back
};

const LOG_SOFTMAX = {
  letters: ["x"], y: "{y}ⱼ = {x}ⱼ − log Σₖ e^{x}ₖ", d: ["d{x}ᵢ = d{y}ᵢ − e^{y}ᵢ Σⱼ d{y}ⱼ"],
  forward(c, place) {
    const row = c.x[0].slice(...rowAround(place, c.shape));
    return {text: `${fmt(c.x[0][place])} − log(${joinTerms(row.map((x) => `e^${term(x)}`))})`,
            value: c.x[0][place] - Math.log(sum(row.map(Math.exp)))};
  },
  backward(c, operand, place) {
    const total = sum(c.dy.slice(...rowAround(place, c.shape)));
    return {text: `${fmt(c.dy[place])} − e^${term(c.y[place])} · ${term(total)}`,
            value: c.dy[place] - Math.exp(c.y[place]) * total};
  },
};

const CROSS_ENTROPY = {
  letters: ["x"], y: "{y} = −(Σᵢ log pᵢ[labelᵢ]) / n,  p = softmax({x})", d: ["d{x} = d{y} · (p − t) / n"],
  forward: () => null,
  backward(c, operand, place) {
    const [first, last] = rowAround(place, c.shapes[0]), n = c.shapes[0][0];
    const p = Math.exp(c.x[0][place]) / sum(c.x[0].slice(first, last).map(Math.exp));
    const t = p - c.given[0][place] * n / c.dy[0];  // labels are not on the tape, but the gradient shows them
    return {text: `${term(c.dy[0])} · (${fmt(p)} − ${fmt(Math.abs(t) < 1e-4 ? 0 : t)}) / ${n}`,
            value: c.given[0][place]};
  },
};

const MSE = {
  letters: ["a", "t"], y: "{y} = Σ ({a} − {t})² / N", d: ["d{a} = d{y} · 2 ({a} − {t}) / N", "d{t} = −d{a}"],
  forward(c) {
    const squares = c.x[0].map((y, i) => (y - c.x[1][i]) ** 2);
    return {text: `(${joinTerms(c.x[0].map((y, i) => `(${fmt(y)} − ${term(c.x[1][i])})²`))}) / ${squares.length}`,
            value: sum(squares) / squares.length};
  },
  backward(c, operand, place) {
    const [y, t] = c.x.map((values) => values[place]), sign = operand === 0 ? 1 : -1;
    return {text: `${sign < 0 ? "(−1) · " : ""}${term(c.dy[0])} · 2 (${fmt(y)} − ${term(t)}) / ${c.x[0].length}`,
            value: sign * c.dy[0] * 2 * (y - t) / c.x[0].length};
  },
};
