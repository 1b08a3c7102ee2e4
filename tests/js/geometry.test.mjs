import assert from "node:assert/strict";
import { test } from "node:test";

import { Camera } from "../../static/js/canvas/model/camera.js";
import {
  boundsOf,
  boxOf,
  curveBox,
  distanceToCurve,
  edgeCurve,
  pointOn,
  within,
} from "../../static/js/canvas/model/geometry.js";
import { Places } from "../../static/js/canvas/model/places.js";
import { snap } from "../../static/js/canvas/model/snap.js";
import { Space } from "../../static/js/canvas/model/space.js";
import { neighbour } from "../../static/js/canvas/model/walk.js";
import { draw } from "./drawing.mjs";

const random = (seed) => () => (seed = (seed * 48271) % 2147483647) / 2147483647;

test("the index finds what a look at everything finds, also after moves and removals", () => {
  const next = random(42);
  const space = new Space();
  const items = new Map();
  const place = (item) => {
    const [x, y, size] = [(next() - 0.5) * 20000, (next() - 0.5) * 20000, next() ** 6 * 9000];
    const box = { left: x, top: y, right: x + size, bottom: y + size / 3 };
    space.put(item, box);
    items.set(item, box);
  };
  for (let i = 0; i < 2000; i++) place(i);
  for (let i = 0; i < 500; i++) place(i);
  for (let i = 500; i < 700; i++) {
    space.remove(i);
    items.delete(i);
  }
  for (let i = 0; i < 60; i++) {
    const [x, y, w] = [(next() - 0.5) * 20000, (next() - 0.5) * 20000, next() * 6000];
    const box = { left: x, top: y, right: x + w, bottom: y + w };
    const touches = (other) =>
      other.left <= box.right &&
      other.right >= box.left &&
      other.top <= box.bottom &&
      other.bottom >= box.top;
    const expected = [...items].filter(([, other]) => touches(other)).map(([item]) => item);
    assert.deepEqual(
      space.search(box).sort((a, b) => a - b),
      expected.sort((a, b) => a - b),
    );
  }
});

test("a curve lies in its box, whichever way it runs", () => {
  for (const target of [
    { x: 300, y: 200 },
    { x: -50, y: 20 },
    { x: 10, y: -400 },
  ]) {
    const curve = edgeCurve({ x: 0, y: 0, w: 170, h: 34 }, { ...target, w: 170, h: 34 });
    const box = curveBox(curve);
    for (let t = 0; t <= 1; t += 0.05) {
      const { x, y } = pointOn(curve, t);
      assert.ok(
        within(
          { left: x, right: x, top: y, bottom: y },
          { left: box.left - 1, top: box.top - 1, right: box.right + 1, bottom: box.bottom + 1 },
        ),
      );
      assert.ok(distanceToCurve(curve, x, y) < 2.5);
    }
  }
});

test("the topmost node is hit, and an edge from a finger's width away", () => {
  const doc = draw("s>a a>e");
  const places = new Places(doc);
  const { x, y } = doc.nodes.get("a");
  assert.equal(places.nodeAt(x, y).id, "a");
  assert.equal(places.nodeAt(x, y + 40), null);
  const middle = pointOn(edgeCurve(doc.nodes.get("s"), doc.nodes.get("a")), 0.5);
  assert.equal(places.edgeAt(middle.x + 3, middle.y, 6).id, "sa");
  assert.equal(places.edgeAt(middle.x + 90, middle.y, 6), null);
});

test("the index follows the document", () => {
  const doc = draw("s>a a>e");
  const places = new Places(doc);
  doc.onChange((change) => places.follow(change));
  doc.moveNode(doc.nodes.get("a"), 5000, 5000);
  doc.flush();
  assert.equal(places.nodeAt(5000, 5000).id, "a");
  assert.deepEqual(places.bounds, boundsOf(doc.nodes.values()));
});

test("the point under the pointer stays there while zooming", () => {
  const camera = new Camera();
  camera.resize(800, 600);
  camera.panBy(31, -17);
  const before = camera.toWorld(200, 150);
  camera.zoomAt(200, 150, 1.7);
  const after = camera.toWorld(200, 150);
  assert.ok(Math.abs(before.x - after.x) < 1e-9 && Math.abs(before.y - after.y) < 1e-9);
});

test("fit shows everything and never more than life size", () => {
  const camera = new Camera();
  camera.resize(800, 600);
  camera.fit({ left: -3000, top: 0, right: 3000, bottom: 500 });
  assert.ok(within({ left: -3000, top: 0, right: 3000, bottom: 500 }, camera.window()));
  camera.fit({ left: 0, top: 0, right: 10, bottom: 10 });
  assert.equal(camera.zoom, 1);
});

test("revealing what is seen already moves nothing", () => {
  const camera = new Camera();
  camera.resize(800, 600);
  let moves = 0;
  camera.onChange(() => moves++);
  camera.reveal({ left: 100, top: 100, right: 200, bottom: 150 });
  assert.equal(moves, 0);
  camera.reveal({ left: 900, top: 100, right: 1000, bottom: 150 });
  assert.ok(within({ left: 900, top: 100, right: 1000, bottom: 150 }, camera.window()));
});

test("a moved box rests in line with a neighbour, and says so", () => {
  const other = boxOf({ x: 100, y: 0, w: 170, h: 34 });
  const { dx, guides } = snap(boxOf({ x: 97, y: 200, w: 170, h: 34 }), [other], 6);
  assert.equal(dx, 3);
  assert.deepEqual(
    guides.map(({ axis, at }) => [axis, at]),
    [["x", 100]],
  );
});

test("far from everything a box rests on the grid", () => {
  const { dx, dy, guides } = snap(boxOf({ x: 101.3, y: 50.9, w: 170, h: 34 }), [], 6);
  assert.ok(Math.abs(101.3 + dx - 100) < 1e-9);
  assert.ok(Math.abs(50.9 + dy - 52) < 1e-9);
  assert.equal(guides.length, 0);
});

test("arrows follow edges down and up, and the row sideways", () => {
  const doc = draw("s>a s>b a>e b>e");
  const at = { s: [0, 0], a: [-100, 100], b: [100, 100], e: [0, 200] };
  for (const [id, [x, y]] of Object.entries(at)) doc.moveNode(doc.nodes.get(id), x, y);
  const walk = (id, direction) => neighbour(doc.nodes.get(id), direction, doc.nodes.values())?.id;
  assert.equal(walk("a", "down"), "e");
  assert.equal(walk("b", "up"), "s");
  assert.equal(walk("a", "right"), "b");
  assert.equal(walk("e", "down"), undefined);
});

test("a node without edges is reached by arrows all the same", () => {
  const doc = draw("s>a b");
  doc.moveNode(doc.nodes.get("a"), 0, 100);
  doc.moveNode(doc.nodes.get("b"), 10, 200);
  assert.equal(neighbour(doc.nodes.get("a"), "down", doc.nodes.values()).id, "b");
});
