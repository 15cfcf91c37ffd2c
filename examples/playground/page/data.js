"use strict";
// Points of two classes in the plane, and random numbers that a seed determines. Node can load it too.

// Uniform from 0 to 1 (mulberry32, by Tommy Ettinger).
function seededRandom(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

// Box and Muller's.
function normalNumber(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

// Each gives a point of the class, with `u` going evenly from 0 to 1 over the points of a class.
const DATA_SETS = {
  xor(u, label, random) {
    const [x, y] = [random(), random()].map((v) => 0.08 + 0.87 * v), left = random() < 0.5 ? -1 : 1;
    return [left * x, (label ? -left : left) * y];
  },
  spirals(u, label) {
    const radius = 0.08 + 0.9 * u, angle = 2 * Math.PI * (1.25 * radius + label / 2);
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  },
  moons(u, label) {
    const angle = Math.PI * u;
    return label ? [0.3 + 0.6 * Math.cos(angle), 0.15 - 0.6 * Math.sin(angle)] : [-0.3 + 0.6 * Math.cos(angle), -0.15 + 0.6 * Math.sin(angle)];
  },
};

// {x: [[x1, x2], ...], labels: [0, 1, ...]}: `count` points of each class, each moved by `noise`.
function makePoints(kind, count, noise, random) {
  const points = {x: [], labels: []};
  for (let i = 0; i < count; ++i) {
    for (const label of [0, 1]) {
      points.x.push(DATA_SETS[kind](i / (count - 1), label, random).map((v) => v + noise * normalNumber(random)));
      points.labels.push(label);
    }
  }
  return points;
}

// Batches in a new order for each epoch: next() gives the places of the points of one.
class BatchOrder {
  constructor(count, size, random) {
    Object.assign(this, {count, size: Math.min(size, count), random, order: [], epochs: -1});
  }

  next() {
    if (this.order.length < this.size) {
      ++this.epochs;
      this.order = Array.from({length: this.count}, (_, i) => i);
      for (let i = this.count - 1; i > 0; --i) {
        const j = Math.floor(this.random() * (i + 1));
        [this.order[i], this.order[j]] = [this.order[j], this.order[i]];
      }
    }
    return this.order.splice(0, this.size);
  }
}

if (typeof module !== "undefined") module.exports = {seededRandom, makePoints, BatchOrder};
