import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { GraphDoc } from "../../static/js/canvas/model/doc.js";
import { fixOf } from "../../static/js/canvas/model/fixes.js";
import { applyAll } from "../../static/js/canvas/model/ops.js";
import { findProblems } from "../../static/js/canvas/model/rules.js";
import { draw } from "./drawing.mjs";

const vectors = JSON.parse(readFileSync(new URL("../vectors/graph_rules.json", import.meta.url), "utf8"));
const LEFT_TO_PEOPLE = new Set(["many_starts", "many_ends", "duplicate_node_id", "no_job", "not_an_object"]);

for (const { name, graph } of vectors.filter(({ problems }) => problems.length)) {
  test(`what is offered for it puts it right: ${name}`, () => {
    for (const problem of findProblems(graph)) {
      if (problem.code === "not_an_object") continue;
      const doc = GraphDoc.parse(JSON.stringify(graph));
      const fix = fixOf(problem, doc);
      if (!fix) continue;
      assert.ok(fix.label);
      const inverse = applyAll(doc, fix.ops);
      const still = findProblems(doc.graph).filter(({ code, nodes, edges }) => {
        return code === problem.code && JSON.stringify([nodes, edges]) === JSON.stringify([problem.nodes, problem.edges]);
      });
      assert.deepEqual(still, [], problem.code);
      // An edge that led nowhere cannot be drawn again.
      if (problem.code.startsWith("unknown_")) continue;
      applyAll(doc, inverse);
      assert.equal(doc.nodes.size, new Set((graph.nodes ?? []).map((node) => node.id)).size);
    }
  });
}

test("every code is put right somewhere, or is left to people", () => {
  const fixed = new Set();
  for (const { graph } of vectors) {
    for (const problem of findProblems(graph)) {
      if (problem.code !== "not_an_object" && fixOf(problem, GraphDoc.parse(JSON.stringify(graph)))) fixed.add(problem.code);
    }
  }
  const all = new Set(vectors.flatMap(({ problems }) => problems.map(({ code }) => code)));
  assert.deepEqual([...all].filter((code) => !fixed.has(code) && !LEFT_TO_PEOPLE.has(code)), []);
});

test("of a circle the edge that was drawn last is taken away", () => {
  const doc = draw("s>a a>b b>c c>a c>e");
  const cycle = findProblems(doc.graph).find(({ code }) => code === "cycle");
  assert.deepEqual(fixOf(cycle, doc).ops, [{ op: "remove_edge", id: cycle.edges.at(-1) }]);
});

test("a host that is not there is forgotten, and what is unknown here has no fix", () => {
  const doc = draw("s>a a>e");
  doc.nodes.get("a").raw.config = { hostName: "gone" };
  const at = { nodes: ["a"], edges: [] };
  assert.deepEqual(fixOf({ code: "unknown_host", ...at }, doc).ops[0].value, "");
  assert.equal(fixOf({ code: "toString", ...at }, doc), null);
});
