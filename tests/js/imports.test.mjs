/** Imports point down: a model draws nothing, a renderer edits nothing, only main knows all. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../static/js/canvas", import.meta.url));

/** What a folder, or a file beside the folders, may import besides itself. */
const ALLOWED = {
  text: [],
  model: ["text"],
  layout: ["model"],
  sync: ["model"],
  render: ["model", "text"],
  tools: ["model", "render", "text"],
  export: ["model", "render", "text"],
  ui: ["model", "render", "text"],
  keys: [],
  icons: [],
  changes: ["layout", "model", "render", "text"],
  actions: ["changes", "export", "model", "text"],
  voice: ["text"],
  keyboard: ["actions", "keys", "model", "render", "text"],
  clipboard: ["model", "sync", "text"],
  keysheet: ["actions"],
  toolbar: ["actions", "icons", "text"],
  table: ["model", "render", "text"],
  stage: ["actions", "changes", "icons", "model", "render", "sync", "table", "tools", "ui", "keyboard", "clipboard", "text"],
  saving: ["sync", "text"],
  main: ["keysheet", "model", "stage", "saving", "sync", "toolbar", "voice", "text"],
};
const NO_DOM = ["model", "layout", "sync"];

const files = readdirSync(ROOT, { recursive: true })
  .map(String)
  .filter((file) => file.endsWith(".js"));
const groupOf = (file) => file.split("/")[0].replace(/\.js$/, "");
const sourceOf = (file) => readFileSync(join(ROOT, file), "utf8");

test("every module imports only what lies below it", () => {
  for (const file of files) {
    for (const [, path] of sourceOf(file).matchAll(/^(?:import|export)\b[^"]*?from "([^"]+)";/gm)) {
      const target = relative(ROOT, join(ROOT, dirname(file), path));
      const [from, to] = [groupOf(file), groupOf(target)];
      assert.ok(from === to || ALLOWED[from]?.includes(to), `${file} imports ${target}`);
    }
  }
});

test("the modules that are tested without a browser touch no page", () => {
  const exempt = ["sync/http.js", "sync/jobs.js", "layout/worker.js", "layout/arrange.js"];
  for (const file of files.filter((name) => NO_DOM.includes(groupOf(name)) && !exempt.includes(name))) {
    assert.doesNotMatch(sourceOf(file), /\b(document|window|localStorage|HTMLElement)\.\w/, file);
  }
});

test("only the operations write a document", () => {
  const writes = /\.(addNode|removeNode|addEdge|removeEdge|moveNode|refreshNode|refreshEdge)\(/;
  for (const file of files.filter((name) => name !== "model/ops.js" && name !== "model/doc.js")) {
    assert.doesNotMatch(sourceOf(file), writes, file);
  }
});

test("no module is longer than 300 lines", () => {
  for (const file of files) assert.ok(sourceOf(file).split("\n").length <= 300, file);
});
