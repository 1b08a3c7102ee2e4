import assert from "node:assert/strict";
import { test } from "node:test";

import { Remarks } from "../../static/js/canvas/model/remarks.js";

const edge = (id, source, target) => ({ id, source: { ordinal: source }, target: { ordinal: target } });

test("only nodes whose note is another one are drawn again", () => {
  const remarks = new Remarks();
  remarks.take({ notes: [[0, { text: "2 s" }], [1, { text: "3 s" }], [2, { text: "1 s" }]] });
  assert.deepEqual(remarks.take({ notes: [[0, { text: "2 s" }], [1, { text: "4 s" }]] }), [1, 2]);
});

test("the edges between the nodes of a path are on it, in its direction", () => {
  const remarks = new Remarks();
  assert.equal(remarks.take({ path: [0, 2, 3] }), null);
  assert.equal(remarks.ofEdge(edge("a", 0, 2)), "path");
  assert.equal(remarks.ofEdge(edge("b", 2, 0)), "");
  assert.equal(remarks.ofEdge(edge("c", 0, 3)), "");
  assert.equal(remarks.of({ id: "x", ordinal: 2 }).onPath, true);
});

test("what differs is said of nodes and edges by their ids, and before what a path says", () => {
  const remarks = new Remarks();
  remarks.take({ path: [0, 1], paint: { nodes: { n: "moved" }, edges: { a: "added" } } });
  assert.equal(remarks.of({ id: "n", ordinal: 0 }).paint, "moved");
  assert.equal(remarks.ofEdge(edge("a", 0, 1)), "added");
});
