import assert from "node:assert/strict";
import { test } from "node:test";
import { changesOf, columnsOf, fromTabs, isFixed, toTabs, valueOf } from "../../static/js/canvas/model/cells.js";
import { Editing } from "../../static/js/canvas/model/editing.js";
import { applyAll } from "../../static/js/canvas/model/ops.js";
import { Selection } from "../../static/js/canvas/model/selection.js";
import { draw } from "./drawing.mjs";

const settings = { choices: { fail_act: [["STOP", "Stop the run"], ["CONTINUE", "Go on"]] }, limits: { max_retry: 5 } };
const columns = Object.fromEntries(columnsOf(settings).map((column) => [column.id, column]));
const jobs = { 1: { max_retry: 0, fail_act: "STOP" } };

test("a cell of the drawing becomes an operation, one of a job a change of the job", () => {
  const doc = draw("a>b");
  const [a, b] = doc.nodes.values();
  const { ops, jobs: changed } = changesOf(
    [
      { node: a, column: columns.host, text: " host-1 " },
      { node: b, column: columns.enabled, text: "" },
      { node: a, column: columns.max_retry, text: "3" },
      { node: a, column: columns.fail_act, text: "go on" },
    ],
    jobs,
  );
  applyAll(doc, ops);
  assert.equal(a.raw.config.hostName, "host-1");
  assert.equal(b.disabled, true);
  assert.deepEqual(changed, { 1: { max_retry: 3, fail_act: "CONTINUE" } });
});

test("whom a job runs as is a text of the job", () => {
  const [a] = draw("a>b").nodes.values();
  const { jobs: changed } = changesOf([{ node: a, column: columns.run_as, text: " hadoop " }], { 1: { run_as: "" } });
  assert.deepEqual(changed, { 1: { run_as: "hadoop" } });
});

test("what does not change, and what is no value, changes nothing", () => {
  const [a] = draw("a>b").nodes.values();
  const edits = [["max_retry", "6"], ["max_retry", "x"], ["fail_act", "never"], ["label", "a"], ["kind", "SPARK"]];
  const { ops, jobs: changed, refused } = changesOf(
    edits.map(([id, text]) => ({ node: a, column: columns[id], text })),
    jobs,
  );
  assert.deepEqual([ops, changed, refused.length], [[], {}, 3]);
});

test("the settings of a job that is not known are fixed", () => {
  const [a] = draw("a>b").nodes.values();
  assert.ok(isFixed(a, columns.max_retry, {}));
  assert.equal(valueOf(a, columns.max_retry, {}), "");
  assert.deepEqual(columnsOf(null).map(({ id }) => id), ["label", "kind", "enabled", "host"]);
});

test("rows go to a spreadsheet and come back", () => {
  const rows = [["a", "1"], ["b", ""]];
  assert.deepEqual(fromTabs(`${toTabs(rows)}\r\n`), rows);
});

test("a change outside of the drawing is undone and redone with it", () => {
  const doc = draw("a>b");
  const editing = new Editing(doc, new Selection());
  const saved = [];
  editing.onStep((step) => saved.push(step));
  let value = 0;
  editing.run("retries", [], { effect: { redo: () => (value = 3), undo: () => (value = 0) } });
  assert.equal(value, 3);
  editing.undo();
  assert.equal(value, 0);
  editing.redo();
  assert.equal(value, 3);
  assert.deepEqual(saved, []);
});
