import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { findProblems, legalPartners, refusal } from "../../static/js/canvas/model/rules.js";
import { draw } from "./drawing.mjs";

const vectors = JSON.parse(readFileSync(new URL("../vectors/graph_rules.json", import.meta.url), "utf8"));
const inOrder = (problems) =>
  problems.map(({ code, nodes, edges }) => JSON.stringify({ code, nodes, edges })).sort();

for (const { name, graph, problems } of vectors) {
  test(name, () => assert.deepEqual(inOrder(findProblems(graph)), inOrder(problems)));
}

test("only what the flow can do without is a warning", () => {
  const found = findProblems(draw("s>a a>e b>c").graph);
  assert.deepEqual(new Set(found.map((problem) => problem.severity)), new Set(["warning"]));
  assert.equal(findProblems(draw("a>b").graph)[0].severity, "error");
});

test("ten thousand nodes in a chain are checked without running out of stack", () => {
  const links = Array.from({ length: 10000 }, (_, i) => `n${i}>n${i + 1}`).join(" ");
  assert.deepEqual(findProblems(draw(`s>n0 ${links} n10000>e`).graph), []);
});

test("a node may lead to whatever neither leads to it nor is the start nor follows it already", () => {
  const doc = draw("s>a a>b b>c a>d c>e d>e");
  assert.deepEqual([...legalPartners(doc, doc.nodes.get("b"), "down")].sort(), ["d", "e"]);
  assert.deepEqual([...legalPartners(doc, doc.nodes.get("b"), "up")].sort(), ["d", "s"]);
});

test("nothing leads from the end and nothing to the start", () => {
  const doc = draw("s>a a>e");
  assert.equal(legalPartners(doc, doc.nodes.get("e"), "down").size, 0);
  assert.equal(legalPartners(doc, doc.nodes.get("s"), "up").size, 0);
});

test("the legal partners and the refusals agree", () => {
  const doc = draw("s>a a>b b>c a>d c>e d>e");
  for (const source of doc.nodes.values()) {
    const legal = legalPartners(doc, source, "down");
    for (const target of doc.nodes.values()) {
      assert.equal(refusal(source, target) === null, legal.has(target.id), `${source.id} to ${target.id}`);
    }
  }
});
