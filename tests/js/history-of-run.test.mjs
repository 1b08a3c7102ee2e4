import assert from "node:assert/strict";
import { test } from "node:test";

import { RunHistory } from "../../static/js/elements/run-history.js";

const told = {
  span: 10,
  nodes: 3,
  changes: [
    [0, 0, "S"],
    [0, 1, "r"],
    [1, 1, "R"],
    [4, 1, "t"],
    [5, 1, "R"],
    [9, 1, "F"],
    [9, 2, "k"],
  ],
};

test("a replay tells only what changed since the moment before", () => {
  const history = new RunHistory(told);
  history.moveTo(-1);
  assert.deepEqual(history.moveTo(0), { changes: [[0, "S"], [1, "r"]] });
  assert.deepEqual(history.moveTo(4.5), { changes: [[1, "t"]] });
  assert.deepEqual(history.moveTo(4.6), { changes: [] });
});

test("going back tells all states of that moment", () => {
  const history = new RunHistory(told);
  assert.deepEqual(history.moveTo(2), { all: "SRw" });
  assert.deepEqual(history.moveTo(-1), { all: "www" });
});

test("any moment of a long run is the same whether one plays to it or jumps to it", () => {
  const nodes = 40;
  const changes = Array.from({ length: 3000 }, (_, i) => [i / 10, (i * 7) % nodes, "wrRSF"[(i * 3) % 5]]);
  const slow = Array(nodes).fill("w");
  const jumping = new RunHistory({ span: 300, nodes, changes });
  jumping.moveTo(300);
  for (const at of [299, 180.05, 51.15, 51.25, 0]) {
    slow.fill("w");
    for (const [when, ordinal, char] of changes) if (when <= at) slow[ordinal] = char;
    jumping.moveTo(300);
    assert.equal(jumping.moveTo(at).all, slow.join(""));
  }
});

test("failures are marked as shares of the whole run", () => {
  assert.deepEqual(new RunHistory(told).momentsOf("F"), [0.9]);
});

test("a run in which nothing happened can be replayed too", () => {
  assert.deepEqual(new RunHistory({ span: 1, nodes: 2, changes: [] }).moveTo(-1), { all: "ww" });
});
