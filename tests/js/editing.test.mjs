import assert from "node:assert/strict";
import { test } from "node:test";
import { aligned, distributed } from "../../static/js/canvas/model/align.js";
import { ableOps, labelEdge, reconnect, splitEdge } from "../../static/js/canvas/model/commands.js";
import { boundsOf, isInside } from "../../static/js/canvas/model/geometry.js";
import { applyAll } from "../../static/js/canvas/model/ops.js";
import { comboOf } from "../../static/js/canvas/keys.js";
import { draw } from "./drawing.mjs";

const roundTrip = (doc, ops) => {
  const before = doc.toText();
  const inverse = applyAll(doc, ops);
  const after = doc.toText();
  applyAll(doc, inverse);
  assert.equal(doc.toText(), before);
  applyAll(doc, ops);
  assert.equal(doc.toText(), after);
};

test("aligned nodes share the side of what holds them", () => {
  const nodes = [{ id: "a", x: 0, y: 0, w: 100, h: 20 }, { id: "b", x: 50, y: 60, w: 40, h: 20 }];
  const bounds = boundsOf(nodes);
  assert.deepEqual(aligned(nodes, bounds, "left"), [["a", 0, 0], ["b", -30, 60]]);
  assert.deepEqual(aligned(nodes, bounds, "bottom"), [["a", 0, 60], ["b", 50, 60]]);
});

test("distributed nodes stand at even distances between the outermost two", () => {
  const nodes = [0, 30, 200].map((x, i) => ({ id: String(i), x, y: 0, w: 20, h: 20 }));
  assert.deepEqual(distributed(nodes, "x").map(([, x]) => x), [0, 100, 200]);
  assert.deepEqual(distributed(nodes.slice(1), "x"), []);
});

test("a node on an edge keeps what the edge said, and what follows makes room", () => {
  const doc = draw("s>a a>b b>e n>");
  const edge = doc.edges.get("ab");
  edge.raw.unknown = 1;
  const { x, y } = doc.nodes.get("b");
  roundTrip(doc, splitEdge(doc, edge, { id: "n", y, h: 34 }));
  const [into, out] = [doc.nodes.get("n").incoming[0], doc.nodes.get("n").outgoing[0]];
  assert.deepEqual([into.source.id, into.raw.unknown, out.target.id], ["a", 1, "b"]);
  assert.ok(doc.nodes.get("b").y > y && doc.nodes.get("e").y > y);
  assert.equal(doc.nodes.get("b").x, x);
});

test("an edge that is led elsewhere keeps its place and what it said", () => {
  const doc = draw("a>b b>c");
  const edge = doc.edges.get("ab");
  edge.raw.unknown = "kept";
  roundTrip(doc, reconnect(doc, edge, { target: "c" }));
  assert.equal(doc.graph.edges[0].unknown, "kept");
  assert.equal(doc.graph.edges[0].target, "c");
});

test("a node that was disabled and enabled again is what it was", () => {
  const doc = draw("a>b");
  doc.nodes.get("a").raw.headrace = { task: "t_1" };
  const before = doc.toText();
  const nodes = [...doc.nodes.values()];
  applyAll(doc, ableOps(nodes, true));
  assert.ok(nodes.every((node) => node.disabled));
  assert.deepEqual(ableOps(nodes, true), []);
  applyAll(doc, ableOps(nodes, false));
  assert.equal(doc.toText(), before);
});

test("a lasso holds what lies inside its line", () => {
  const outline = [[0, 0], [100, 0], [100, 100], [50, 40], [0, 100]].map(([x, y]) => ({ x, y }));
  assert.ok(isInside({ x: 20, y: 20 }, outline));
  assert.ok(!isInside({ x: 50, y: 90 }, outline));
});

test("a press of keys is written the same on every keyboard", () => {
  const press = (key, more = {}) => comboOf({ key, code: "", ...more });
  assert.equal(press("z", { ctrlKey: true }), "Ctrl+Z");
  assert.equal(press("Z", { metaKey: true, shiftKey: true }), "Ctrl+Shift+Z");
  assert.equal(press("+", { shiftKey: true, code: "Equal" }), "+");
  assert.equal(press("ㅁ", { code: "KeyA" }), "A");
  assert.equal(press("å", { altKey: true, code: "KeyA" }), "Alt+A");
  assert.equal(press("!", { shiftKey: true, code: "Digit1" }), "Shift+1");
  assert.equal(press("F10", { shiftKey: true }), "Shift+F10");
});

test("a label of an edge stands under our own key, and leaves nothing behind when it is taken away", () => {
  const doc = draw("a>b");
  const before = doc.toText();
  const [edge] = doc.edges.values();
  roundTrip(doc, labelEdge(edge, "if it rained"));
  assert.deepEqual([edge.label, edge.raw.headrace], ["if it rained", { label: "if it rained" }]);
  applyAll(doc, labelEdge(edge, ""));
  assert.deepEqual([edge.label, doc.toText()], ["", before]);
});
