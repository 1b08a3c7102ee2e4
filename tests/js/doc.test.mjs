import assert from "node:assert/strict";
import { test } from "node:test";

import { DocumentError, GraphDoc } from "../../static/js/canvas/model/doc.js";
import { draw } from "./drawing.mjs";

test("text nobody edited goes back as it came, with unknown keys and their order", () => {
  const text = JSON.stringify({
    version: 3,
    nodes: [
      {
        zz: [1, { a: null }],
        id: "a",
        x: 10.5,
        y: -2,
        spmAnchorId: "0.1",
        attribute: { jobType: "PIG", type: "JOB" },
      },
    ],
    groups: [],
    edges: [{ target: "a", source: "nowhere", id: "x", custom: "ü" }],
  });
  assert.equal(GraphDoc.parse(text).toText(), text);
});

test("a drawing that is not an object is refused in words", () => {
  for (const text of ["[]", "null", "{", '{"nodes": 3}'])
    assert.throws(() => GraphDoc.parse(text), DocumentError);
});

test("nodes know their edges and their place in the list", () => {
  const doc = draw("s>a s>b a>e b>e");
  assert.deepEqual(
    doc.nodes.get("s").outgoing.map((edge) => edge.target.id),
    ["a", "b"],
  );
  assert.deepEqual(
    doc.nodes.get("e").incoming.map((edge) => edge.source.id),
    ["a", "b"],
  );
  assert.equal(doc.nodes.get("e").ordinal, 3);
});

test("of two nodes with one id the first is drawn and both are kept", () => {
  const doc = new GraphDoc({
    nodes: [
      { id: "a", label: "one" },
      { id: "a", label: "two" },
    ],
    edges: [],
  });
  assert.equal(doc.nodes.get("a").label, "one");
  assert.equal(JSON.parse(doc.toText()).nodes.length, 2);
});

test("an edge that leads nowhere is kept and hangs on what there is", () => {
  const doc = new GraphDoc({ nodes: [{ id: "a" }], edges: [{ id: "x", source: "a", target: "gone" }] });
  assert.equal(doc.edges.get("x").target, null);
  assert.equal(doc.nodes.get("a").outgoing.length, 1);
});

test("a size that makes no sense falls back to the usual one", () => {
  const doc = new GraphDoc({
    nodes: [
      { id: "a", size: "wide" },
      { id: "b", size: "200*40" },
    ],
    edges: [],
  });
  assert.equal(doc.nodes.get("a").w, 170);
  assert.equal(doc.nodes.get("b").h, 40);
});

test("one change is told for many edits, when they are over", () => {
  const doc = draw("s>a a>e");
  const heard = [];
  doc.onChange((change) => heard.push(change));
  doc.moveNode(doc.nodes.get("a"), 5, 6);
  doc.moveNode(doc.nodes.get("s"), 7, 8);
  doc.flush();
  doc.flush();
  assert.equal(heard.length, 1);
  assert.equal(heard[0].nodes.size, 2);
  assert.equal(heard[0].edges.size, 2);
});
