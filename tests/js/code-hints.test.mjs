import assert from "node:assert/strict";
import { test } from "node:test";
import { expressionAt } from "../../static/js/elements/code-hints.js";

test("the expression under the pointer is found, whichever way it is written", () => {
  const line = "run ${day} $[yyyyMMdd-1] ${ $HOME";
  assert.deepEqual(expressionAt(line, 6), { text: "${day}", start: 4, end: 10 });
  assert.equal(expressionAt(line, 15)?.text, "$[yyyyMMdd-1]");
  assert.deepEqual([expressionAt(line, 1), expressionAt(line, 27), expressionAt(line, 31)], [null, null, null]);
});
