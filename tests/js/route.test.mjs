import assert from "node:assert/strict";
import { test } from "node:test";
import { pointOn } from "../../static/js/canvas/model/geometry.js";
import { route } from "../../static/js/canvas/model/route.js";
import { Places } from "../../static/js/canvas/model/places.js";
import { draw } from "./drawing.mjs";

const box = (x, y, w = 170, h = 34) => ({ left: x - w / 2, right: x + w / 2, top: y - h / 2, bottom: y + h / 2 });
const passes = (way, { left, right, top, bottom }) =>
  Array.from({ length: 201 }, (_, i) => pointOn(way, i / 200)).some(
    ({ x, y }) => x > left && x < right && y > top && y < bottom,
  );

for (const style of ["curved", "square"]) {
  test(`a ${style} edge goes round a node that stands in its way`, () => {
    const wall = box(0, 100);
    const way = route(0, 0, 0, 200, [wall], { style });
    assert.ok(!passes(way, wall));
    assert.deepEqual(way.slice(0, 2), [0, 0]);
    assert.deepEqual(way.slice(-2), [0, 193]);
  });

  test(`a ${style} edge finds the gap in each of several rows`, () => {
    const rows = [100, 200, 300].flatMap((y, i) => [-200, 0, 200].map((x) => box(x + 40 * i, y)));
    const way = route(10, 0, 30, 400, rows, { style });
    for (const one of rows) assert.ok(!passes(way, one), JSON.stringify(one));
  });
}

test("an edge with nothing in its way is one curve", () => {
  assert.equal(route(0, 0, 60, 120, [box(400, 60)]).length, 8);
});

test("a right-angled edge back up leaves below and arrives from above", () => {
  const way = route(0, 200, 0, 50, [], { style: "square" });
  assert.ok(pointOn(way, 0.1).y > 200 && pointOn(way, 0.97).y < 50);
});

test("a way is worked out anew when a node comes into it", () => {
  const doc = draw("a>b c>");
  for (const [id, x, y] of [["a", 0, 0], ["b", 0, 300], ["c", 600, 150]]) doc.moveNode(doc.nodes.get(id), x, y);
  doc.flush();
  const places = new Places(doc);
  doc.onChange((change) => places.follow(change));
  const edge = [...doc.edges.values()][0];
  assert.equal(places.ways.of(edge).length, 8);
  doc.moveNode(doc.nodes.get("c"), 0, 150);
  doc.flush();
  assert.ok(places.ways.of(edge).length > 8);
  assert.ok(places.ways.takeDisturbed().has(edge));
});
