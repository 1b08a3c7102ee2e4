import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { connect, moveBy, placeNode, remove } from "../../static/js/canvas/model/commands.js";
import { GraphDoc } from "../../static/js/canvas/model/doc.js";
import { insertGraph } from "../../static/js/canvas/model/excerpt.js";
import { apply, applyAll, OpError, placesMeet, placesOf } from "../../static/js/canvas/model/ops.js";
import { draw, graphOf } from "./drawing.mjs";

const vectors = JSON.parse(readFileSync(new URL("../vectors/drawing_ops.json", import.meta.url), "utf8"));
const ONE_OF_EACH = [
  { op: "add_node", node: { id: "n", x: 1, y: 2, keep: { me: 1 } }, at: 1 },
  { op: "add_edge", edge: { id: "an", source: "a", target: "n" }, at: 0 },
  {
    op: "move",
    moves: [
      ["a", 9, 9],
      ["n", 3.5, 4],
    ],
  },
  { op: "set", of: "node", id: "a", path: ["config", "hostName"], value: "emr-header-1" },
  { op: "set", of: "node", id: "a", path: ["label"], value: "other" },
  { op: "set", of: "edge", id: "sa", path: ["headrace", "bends"], value: [[1, 2]] },
  { op: "unset", of: "edge", id: "sa", path: ["headrace", "bends"] },
  { op: "remove_edge", id: "ae" },
  { op: "remove_edge", id: "an" },
  { op: "remove_edge", id: "sa" },
  { op: "remove_node", id: "a" },
];

for (const { name, graph, ops, becomes, back } of vectors) {
  test(name, () => {
    const doc = new GraphDoc(structuredClone(graph));
    if (!becomes) return assert.throws(() => applyAll(doc, ops), OpError);
    const inverse = applyAll(doc, ops);
    assert.deepEqual(doc.graph, becomes);
    if (back) assert.deepEqual(inverse, back);
    applyAll(doc, inverse);
    assert.deepEqual(doc.graph, graph);
  });
}

test("every operation is taken back to the very bytes", () => {
  const doc = draw("s>a a>e");
  const texts = [doc.toText()];
  const inverses = [];
  for (const op of ONE_OF_EACH) {
    inverses.push(apply(doc, op));
    texts.push(doc.toText());
  }
  while (inverses.length) {
    texts.pop();
    apply(doc, inverses.pop());
    assert.equal(doc.toText(), texts.at(-1));
  }
});

test("what is taken back can be done again", () => {
  const doc = draw("s>a a>e");
  const before = doc.toText();
  const undo = applyAll(doc, ONE_OF_EACH);
  const after = doc.toText();
  const redo = applyAll(doc, undo);
  assert.equal(doc.toText(), before);
  applyAll(doc, redo);
  assert.equal(doc.toText(), after);
});

test("a list with one bad operation changes nothing", () => {
  const doc = draw("s>a a>e");
  const before = doc.toText();
  const ops = [
    { op: "move", moves: [["a", 1, 1]] },
    { op: "remove_node", id: "a" },
  ];
  assert.throws(() => applyAll(doc, ops), OpError);
  assert.equal(doc.toText(), before);
});

test("a list of moves with an unknown node moves none", () => {
  const doc = draw("s>a a>e");
  assert.throws(
    () =>
      apply(doc, {
        op: "move",
        moves: [
          ["a", 1, 1],
          ["gone", 2, 2],
        ],
      }),
    OpError,
  );
  assert.notEqual(doc.nodes.get("a").x, 1);
});

test("operations that make no sense are refused", () => {
  const doc = draw("s>a a>e");
  const refused = [
    { op: "fly" },
    { op: "toString" },
    { op: "add_node", node: { id: "a" } },
    { op: "add_node", node: {} },
    { op: "add_edge", edge: { id: "x", source: "a", target: "gone" } },
    { op: "remove_edge", id: "gone" },
    { op: "set", of: "node", id: "a", path: ["id"], value: "b" },
    { op: "set", of: "edge", id: "sa", path: ["source"], value: "e" },
    { op: "set", of: "node", id: "a", path: ["__proto__", "x"], value: 1 },
    { op: "set", of: "node", id: "a", path: ["label", "inner"], value: 1 },
    { op: "set", of: "node", id: "a", path: [], value: 1 },
    { op: "unset", of: "node", id: "a", path: ["nothing"] },
  ];
  for (const op of refused) assert.throws(() => apply(doc, op), OpError, JSON.stringify(op));
  assert.equal({}.x, undefined);
});

test("an operation handed in is not changed by later edits", () => {
  const doc = draw("s>e");
  const op = { op: "add_node", node: { id: "n", x: 0, y: 0 } };
  apply(doc, op);
  apply(doc, { op: "move", moves: [["n", 5, 5]] });
  assert.equal(op.node.x, 0);
});

test("removing a node removes its edges first", () => {
  const doc = draw("s>a a>b b>e");
  const ops = remove(doc, ["a"]);
  assert.deepEqual(
    ops.map((op) => op.op),
    ["remove_edge", "remove_edge", "remove_node"],
  );
  applyAll(doc, ops);
  assert.deepEqual([...doc.edges.keys()], ["be"]);
});

test("a placed job carries what EMR expects of a node", () => {
  const doc = draw("s>e");
  const { ops, id } = placeNode(doc, { kind: "HIVE_SQL", jobId: "FJ-9", label: "sums" }, 10, 20);
  applyAll(doc, ops);
  const { raw } = doc.nodes.get(id);
  assert.match(id, /^[0-9A-F]{8}$/);
  assert.deepEqual(
    { ...raw, id: "" },
    {
      shape: "hiveSQLJobNode",
      type: "node",
      size: "170*34",
      x: 10,
      y: 20,
      id: "",
      index: 3,
      label: "sums",
      attribute: { type: "JOB", jobId: "FJ-9", jobType: "HIVE_SQL" },
      config: { hostName: "", clusterId: "" },
    },
  );
});

test("an edge leaves the start at anchor 0 and a job at anchor 1", () => {
  const doc = draw("s>a a>e");
  assert.equal(connect(doc, "s", "e")[0].edge.sourceAnchor, 0);
  assert.equal(connect(doc, "a", "s")[0].edge.sourceAnchor, 1);
});

test("nothing is moved where nothing changes", () => {
  assert.deepEqual(moveBy(draw("s>a"), ["a"], 0, 0), []);
});

test("pasted nodes get new ids, keep their edges and unknown keys, and bring no second start", () => {
  const doc = draw("s>a a>e");
  const { ops, ids } = insertGraph(doc, graphOf("s>x x>y y>e", { custom: true }), { x: 0, y: 0 });
  applyAll(doc, ops);
  assert.equal(ids.length, 2);
  assert.equal(doc.nodes.size, 5);
  const [first, second] = ids.map((id) => doc.nodes.get(id));
  assert.equal(first.raw.custom, true);
  assert.equal(first.outgoing[0].target, second);
  assert.equal(new Set(doc.graph.nodes.map((raw) => raw.id)).size, 5);
});

test("places meet when one lies within the other", () => {
  const removal = placesOf({ op: "remove_node", id: "a" });
  const setting = placesOf({ op: "set", of: "node", id: "a", path: ["config", "hostName"], value: "" });
  const other = placesOf({ op: "set", of: "node", id: "ab", path: ["config"], value: {} });
  assert.ok(placesMeet(removal[0], setting[0]));
  assert.ok(!placesMeet(removal[0], other[0]));
  assert.ok(placesMeet("", setting[0]));
});
