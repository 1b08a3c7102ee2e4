import assert from "node:assert/strict";
import { test } from "node:test";

import { connect, moveBy, placeNode, remove } from "../../static/js/canvas/model/commands.js";
import { Editing } from "../../static/js/canvas/model/editing.js";
import { apply } from "../../static/js/canvas/model/ops.js";
import { Selection } from "../../static/js/canvas/model/selection.js";
import { draw } from "./drawing.mjs";

function editingOf(links) {
  const clock = { now: 0 };
  const doc = draw(links);
  const selection = new Selection();
  return { doc, selection, clock, editing: new Editing(doc, selection, () => (clock.now += 1000)) };
}

test("fifty steps are undone and done again to the very bytes", () => {
  const { doc, editing } = editingOf("s>a a>b b>e");
  const before = doc.toText();
  let name = "b";
  for (let i = 0; i < 50; i++) {
    const turn = i % 4;
    if (turn === 0) {
      const { ops, id } = placeNode(doc, { kind: "SHELL", jobId: "FJ-1", label: `n${i}` }, i, i);
      editing.run("Add", ops);
      name = id;
    } else if (turn === 1) editing.run("Connect", connect(doc, "a", name));
    else if (turn === 2) editing.run("Move", moveBy(doc, [name, "a"], 3, 4));
    else editing.run("Delete", remove(doc, [name]));
  }
  const after = doc.toText();
  for (let i = 0; i < 50; i++) assert.ok(editing.undo());
  assert.equal(editing.undo(), null);
  assert.equal(doc.toText(), before);
  for (let i = 0; i < 50; i++) assert.ok(editing.redo());
  assert.equal(doc.toText(), after);
});

test("undo brings back what was selected", () => {
  const { doc, selection, editing } = editingOf("s>a a>e");
  selection.choose(["a"]);
  editing.run("Delete", remove(doc, ["a"]));
  assert.deepEqual([...selection.nodes], []);
  editing.undo();
  assert.deepEqual([...selection.nodes], ["a"]);
});

test("a new step forgets what was undone", () => {
  const { doc, editing } = editingOf("s>a a>e");
  editing.run("Move", moveBy(doc, ["a"], 1, 0));
  editing.undo();
  editing.run("Move", moveBy(doc, ["a"], 0, 1));
  assert.equal(editing.redo(), null);
});

test("nudges in quick succession are one step", () => {
  const doc = draw("s>a a>e");
  let now = 0;
  const editing = new Editing(doc, new Selection(), () => (now += 100));
  const from = doc.nodes.get("a").x;
  for (let i = 0; i < 5; i++) editing.run("Nudge", moveBy(doc, ["a"], 8, 0), { merge: "nudge" });
  assert.equal(editing.history.done.length, 1);
  editing.undo();
  assert.equal(doc.nodes.get("a").x, from);
  editing.redo();
  assert.equal(doc.nodes.get("a").x, from + 40);
});

test("each step, each undo and each redo is handed on to be saved", () => {
  const { doc, editing } = editingOf("s>a a>e");
  const heard = [];
  editing.onStep(({ ops }) => heard.push(ops[0].moves[0][1]));
  const { x } = doc.nodes.get("a");
  editing.run("Move", moveBy(doc, ["a"], 5, 0));
  editing.undo();
  editing.redo();
  assert.deepEqual(heard, [x + 5, x, x + 5]);
});

test("a step that others made impossible is refused and left out, the drawing stays whole", () => {
  const { doc, editing } = editingOf("s>a a>e");
  editing.run("Connect", connect(doc, "s", "e"));
  const edge = editing.history.nextUndo.ops[0].edge.id;
  apply(doc, { op: "remove_edge", id: edge });
  const before = doc.toText();
  assert.throws(() => editing.undo());
  assert.equal(doc.toText(), before);
  assert.equal(editing.undo(), null);
});

test("steps that others wrote over are forgotten", () => {
  const { doc, editing } = editingOf("s>a a>b b>e");
  editing.run("Move", moveBy(doc, ["a"], 5, 0));
  editing.run("Move", moveBy(doc, ["b"], 5, 0));
  editing.history.forget(["node/a/at"]);
  assert.deepEqual(
    editing.history.done.map((step) => step.ops[0].moves[0][0]),
    ["b"],
  );
});
