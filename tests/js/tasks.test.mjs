import assert from "node:assert/strict";
import { test } from "node:test";

import { placeNode } from "../../static/js/canvas/model/commands.js";
import { insertGraph } from "../../static/js/canvas/model/excerpt.js";
import { applyAll } from "../../static/js/canvas/model/ops.js";
import { draw } from "./drawing.mjs";

const added = (ops) => ops.filter((op) => op.op === "add_node").map((op) => op.node.headrace?.task);

test("a node of a kind with tasks gets the next free task id", () => {
  const doc = draw("s>e");
  const item = { kind: "NGQL", jobId: "FJ-1", task: "query" };
  const first = placeNode(doc, item, 0, 0);
  assert.deepEqual(added(first.ops), ["query_1"]);
  applyAll(doc, first.ops);
  assert.deepEqual(added(placeNode(doc, item, 0, 0).ops), ["query_2"]);
});

test("a node of another kind gets none", () => {
  const { ops } = placeNode(draw("s>e"), { kind: "SHELL", jobId: "FJ-1" }, 0, 0);
  assert.equal("headrace" in ops[0].node, false);
});

test("copies get task ids of their own and keep what they declare", () => {
  const doc = draw("s>e");
  const raw = (id, task) => ({
    id,
    attribute: { type: "JOB", jobType: "NGQL", jobId: "FJ-1" },
    headrace: { task, inputs: [{ name: "name" }] },
  });
  applyAll(doc, [{ op: "add_node", node: raw("a", "query_1") }]);
  const { ops } = insertGraph(doc, { nodes: [raw("a", "query_1"), raw("b", "query_7")], edges: [] });
  assert.deepEqual(added(ops), ["query_2", "query_3"]);
  assert.deepEqual(ops[0].node.headrace.inputs, [{ name: "name" }]);
});
