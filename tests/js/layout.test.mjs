import assert from "node:assert/strict";
import { test } from "node:test";

import { layered } from "../../static/js/canvas/layout/layered.js";

const random = (seed) => () => (seed = (seed * 48271) % 2147483647) / 2147483647;
const still = () => 0; // no time passes: the number of tries alone decides
const nodesOf = (count) => Array.from({ length: count }, (_, i) => ({ w: 170, h: 34, x: i }));

function randomDrawing(count, next) {
  const edges = [];
  for (let i = 1; i < count; i++) {
    for (let k = 0; k < 1 + Math.floor(next() * 2); k++) edges.push([Math.floor(next() * i), i]);
  }
  return { nodes: nodesOf(count), edges, budget: 0, clock: still };
}

test("every edge runs downwards and no two nodes overlap, whatever the drawing", () => {
  const next = random(7);
  for (let round = 0; round < 40; round++) {
    const drawing = randomDrawing(2 + Math.floor(next() * 60), next);
    const { x, y } = layered(drawing);
    for (const [source, target] of drawing.edges) assert.ok(y[source] < y[target]);
    for (let i = 0; i < drawing.nodes.length; i++) {
      for (let j = 0; j < i; j++) assert.ok(Math.abs(x[i] - x[j]) >= 170 || Math.abs(y[i] - y[j]) >= 34);
    }
  }
});

test("a chain is a straight line", () => {
  const { x } = layered({
    nodes: nodesOf(6),
    edges: [
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
      [4, 5],
    ],
    clock: still,
  });
  assert.equal(new Set(x).size, 1);
});

test("a fan stands evenly below its parent", () => {
  const { x, crossings } = layered({
    nodes: nodesOf(5),
    edges: [
      [0, 1],
      [0, 2],
      [0, 3],
      [1, 4],
      [2, 4],
      [3, 4],
    ],
    clock: still,
  });
  assert.equal(crossings, 0);
  assert.ok(Math.abs(x[0] - x[2]) < 1 && Math.abs(x[4] - x[2]) < 1);
  assert.ok(Math.abs(x[2] - x[1] - (x[3] - x[2])) < 1);
});

test("crossed edges are uncrossed", () => {
  const { crossings } = layered({
    nodes: nodesOf(4),
    edges: [
      [0, 3],
      [1, 2],
    ],
    clock: still,
  });
  assert.equal(crossings, 0);
});

test("a circle is laid out all the same", () => {
  const { y } = layered({
    nodes: nodesOf(3),
    edges: [
      [0, 1],
      [1, 2],
      [2, 0],
      [1, 1],
    ],
    clock: still,
  });
  assert.ok(y[0] < y[1] && y[1] < y[2]);
});

test("parts that do not hang together stand beside each other", () => {
  const { x } = layered({
    nodes: nodesOf(5),
    edges: [
      [0, 1],
      [0, 2],
      [3, 4],
    ],
    clock: still,
  });
  assert.ok(Math.min(x[3], x[4]) - Math.max(x[0], x[1], x[2]) >= 170);
});

test("a tidy drawing keeps its order from left to right", () => {
  const nodes = nodesOf(4);
  [0, 300, 200, 100].forEach((at, i) => (nodes[i].x = at));
  const { x } = layered({
    nodes,
    edges: [
      [0, 1],
      [0, 2],
      [0, 3],
    ],
    clock: still,
  });
  assert.ok(x[3] < x[2] && x[2] < x[1]);
});

test("an empty drawing and a single node are no trouble", () => {
  assert.equal(layered({ nodes: [], edges: [] }).x.length, 0);
  assert.equal(layered({ nodes: nodesOf(1), edges: [] }).x.length, 1);
});
