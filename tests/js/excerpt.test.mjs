import assert from "node:assert/strict";
import { test } from "node:test";
import { excerpt, excerptOfNote, insertGraph } from "../../static/js/canvas/model/excerpt.js";
import { groupsOf, newGroup, newNote, notesOf } from "../../static/js/canvas/model/notes.js";
import { applyAll } from "../../static/js/canvas/model/ops.js";
import { draw } from "./drawing.mjs";

/** a, b, c and d stand 200 apart; a and b are a group, and a note stands below b, one far away. */
function drawn() {
  const doc = draw("a>b b>c c>d");
  const [a, b] = doc.nodes.values();
  applyAll(doc, newGroup(doc, [a, b], "first").ops);
  applyAll(doc, newNote(doc, { x: b.x, y: b.y + 60 }).ops);
  applyAll(doc, newNote(doc, { x: 5000, y: 0 }).ops);
  return doc;
}

const names = (doc) => groupsOf(doc).map(({ title, nodes }) => [title, nodes.map(({ label }) => label)]);

test("a group that is copied whole comes with its notes and under its name", () => {
  const doc = drawn();
  const before = doc.toText();
  const { ops, ids } = insertGraph(doc, excerpt(doc, ["a", "b"]), null);
  const inverse = applyAll(doc, ops);
  assert.deepEqual(names(doc), [["first", ["a", "b"]], ["first", ["a", "b"]]]);
  assert.deepEqual(groupsOf(doc)[1].nodes.map(({ id }) => id), ids);
  const [note, , copy] = notesOf(doc.graph);
  assert.deepEqual([notesOf(doc.graph).length, copy.x, copy.y], [3, note.x + 24, note.y + 24]);
  applyAll(doc, inverse);
  assert.equal(doc.toText(), before);
});

test("a part of a group is copied without it", () => {
  const doc = drawn();
  assert.equal(excerpt(doc, ["a", "c"]).headrace, undefined);
});

test("everything is copied with every note, into another drawing too", () => {
  const [doc, other] = [drawn(), draw("x>y")];
  const text = JSON.stringify(excerpt(doc, doc.nodes.keys()));
  applyAll(other, insertGraph(other, JSON.parse(text), { x: 0, y: 0 }).ops);
  assert.deepEqual([names(other), notesOf(other.graph).length], [names(doc), 2]);
});

test("a note is copied alone", () => {
  const doc = drawn();
  const { ops, ids, notes } = insertGraph(doc, excerptOfNote(doc, notesOf(doc.graph)[1]), { x: 0, y: 0 });
  applyAll(doc, ops);
  const copy = notesOf(doc.graph).find(({ id }) => id === notes[0]);
  assert.deepEqual([ids, copy.x, copy.y], [[], -100, -48]);
});
