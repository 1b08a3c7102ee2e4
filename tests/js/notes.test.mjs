import assert from "node:assert/strict";
import { test } from "node:test";
import { change, drop, frameOf, groupsOf, newGroup, newNote, notesOf } from "../../static/js/canvas/model/notes.js";
import { applyAll, OpError } from "../../static/js/canvas/model/ops.js";
import { remove } from "../../static/js/canvas/model/commands.js";
import { draw } from "./drawing.mjs";

test("a note that is written and taken back leaves the text as it was", () => {
  const doc = draw("a>b");
  const before = doc.toText();
  const { ops, id } = newNote(doc, { x: 100, y: 100 });
  const inverse = applyAll(doc, ops);
  const more = applyAll(doc, [change("notes", id, "text", "why")]);
  assert.deepEqual(notesOf(doc.graph).map(({ text, x, y }) => [text, x, y]), [["why", 0, 52]]);
  applyAll(doc, more);
  applyAll(doc, inverse);
  assert.equal(doc.toText(), before);
});

test("a group holds its nodes, wherever they are, and a node is in one group only", () => {
  const doc = draw("a>b b>c");
  const nodes = [...doc.nodes.values()];
  applyAll(doc, newGroup(doc, nodes.slice(0, 2), "first").ops);
  applyAll(doc, newGroup(doc, nodes.slice(1), "second").ops);
  assert.deepEqual(groupsOf(doc).map((group) => group.nodes.map(({ id }) => id)), [["a"], ["b", "c"]]);
  const [, second] = groupsOf(doc);
  const frame = frameOf(second);
  assert.ok(frame.left < nodes[1].x - 85 && frame.right > nodes[2].x + 85);
});

test("a group is gone with its last node and back with it", () => {
  const doc = draw("a>b");
  applyAll(doc, newGroup(doc, [doc.nodes.get("a")], "alone").ops);
  const inverse = applyAll(doc, remove(doc, ["a"]));
  assert.deepEqual(groupsOf(doc), []);
  applyAll(doc, inverse);
  assert.equal(groupsOf(doc).length, 1);
  applyAll(doc, drop(doc, "groups", groupsOf(doc)[0].id));
  assert.deepEqual(groupsOf(doc), []);
});

test("of the graph itself only what is ours can be set", () => {
  const doc = draw("a>b");
  assert.throws(() => applyAll(doc, [{ op: "set", of: "graph", path: ["nodes"], value: [] }]), OpError);
});

test("what others wrote under our key breaks nothing", () => {
  const doc = draw("a>b");
  doc.graph.headrace = { notes: { n: 7, m: { x: "1" } }, groups: [1] };
  assert.deepEqual([notesOf(doc.graph), groupsOf(doc)], [[], []]);
});
