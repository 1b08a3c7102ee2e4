import assert from "node:assert/strict";
import { test } from "node:test";

import { connect, placeNode } from "../../static/js/canvas/model/commands.js";
import { GraphDoc } from "../../static/js/canvas/model/doc.js";
import { applyAll } from "../../static/js/canvas/model/ops.js";
import { findProblems, legalPartners, refusal } from "../../static/js/canvas/model/rules.js";

/** A data flow of nodes of these kinds, and their ids. */
function flowOf(...kinds) {
  const doc = new GraphDoc({});
  doc.profile = "plain";
  const ids = kinds.map((kind, place) => {
    const { ops, id } = placeNode(doc, { kind, label: kind, fields: { made: [kind] } }, 0, place * 100);
    applyAll(doc, ops);
    return id;
  });
  return { doc, ids, nodes: ids.map((id) => doc.nodes.get(id)) };
}

const join = (doc, source, target) => applyAll(doc, connect(doc, source, target));

test("a node of a data flow is numbered and carries its fields", () => {
  const { nodes } = flowOf("TRANSFORM_FILTER");
  assert.match(nodes[0].id, /^\d{13}$/);
  assert.deepEqual(nodes[0].raw.headrace, { fields: { made: ["TRANSFORM_FILTER"] } });
});

test("nothing leads to a source and nothing comes after a target", () => {
  const { doc, ids, nodes } = flowOf("SOURCE_OBS", "TRANSFORM_FILTER", "TARGET_OBS");
  assert.deepEqual([...legalPartners(doc, nodes[1], "up")], [ids[0]]);
  assert.deepEqual([...legalPartners(doc, nodes[1], "down")], [ids[2]]);
  assert.equal(legalPartners(doc, nodes[2], "down").size, 0);
  assert.ok(refusal(nodes[1], nodes[0]));
  assert.ok(refusal(nodes[2], nodes[1]));
});

test("a filter takes one table, a join two, a union any number", () => {
  const { doc, ids, nodes } = flowOf("SOURCE_OBS", "SOURCE_OBS", "SOURCE_OBS", "TRANSFORM_FILTER", "TRANSFORM_JOIN", "TRANSFORM_UNION");
  join(doc, ids[0], ids[3]);
  assert.ok(refusal(nodes[1], nodes[3]));
  join(doc, ids[0], ids[4]);
  assert.equal(refusal(nodes[1], nodes[4]), null);
  join(doc, ids[1], ids[4]);
  assert.ok(refusal(nodes[2], nodes[4]));
  for (const id of ids.slice(0, 3)) join(doc, id, ids[5]);
  assert.equal(refusal(nodes[3], nodes[5]), null);
  assert.deepEqual([...legalPartners(doc, nodes[2], "down")].sort(), [].sort());
});

test("a data flow needs no start, no end and no jobs", () => {
  const { doc } = flowOf("SOURCE_OBS");
  assert.deepEqual(findProblems(doc.graph, "plain"), []);
  assert.notDeepEqual(findProblems(doc.graph), []);
});
