import assert from "node:assert/strict";
import { test } from "node:test";

import { connect, moveBy, moveTo, placeNode, remove, splitEdge } from "../../static/js/canvas/model/commands.js";
import { Editing } from "../../static/js/canvas/model/editing.js";
import { applyAll } from "../../static/js/canvas/model/ops.js";
import { Selection } from "../../static/js/canvas/model/selection.js";
import { Drafts } from "../../static/js/canvas/sync/drafts.js";
import { Sync } from "../../static/js/canvas/sync/sync.js";
import { draw } from "./drawing.mjs";

const LINKS = "s>a a>b b>e";

/** A server in memory that keeps versions as the real one does. */
class Server {
  doc = draw(LINKS);
  version = 1;
  log = [];
  answers = []; // ways for the next answers to go wrong: "lost", "down", 400

  async save({ version, ops, client, label }) {
    const fault = this.answers.shift();
    if (fault === "down") return { status: 0, body: null };
    if (typeof fault === "number") return { status: fault, body: { message: "no" } };
    if (version !== this.version) {
      return {
        status: 412,
        body: { version: this.version, since: this.log.filter((entry) => entry.version > version) },
      };
    }
    applyAll(this.doc, ops);
    this.version++;
    this.log.push({ version: this.version, ops, client, label, author: client });
    return fault === "lost"
      ? { status: 0, body: null }
      : { status: 200, body: { version: this.version, problems: [] } };
  }
}

class Shelf extends Map {
  get length() {
    return this.size;
  }
  key(i) {
    return [...this.keys()][i];
  }
  getItem(key) {
    return this.get(key) ?? null;
  }
  setItem(key, value) {
    this.set(key, value);
  }
  removeItem(key) {
    this.delete(key);
  }
}

function editor(server, client, shelf = new Shelf(), now = { ms: 0 }) {
  const doc = draw(LINKS);
  const editing = new Editing(doc, new Selection());
  const told = { conflicts: [], failed: [], saved: 0 };
  const sync = new Sync({
    doc,
    version: 1,
    address: server,
    drafts: new Drafts("/doc", client, shelf, () => now.ms),
    client,
    listener: {
      saved: () => told.saved++,
      dirty() {},
      conflict: (conflict) => conflict.refused.length && told.conflicts.push(conflict),
      failed: (failure) => told.failed.push(failure),
      replaced() {},
    },
  });
  editing.onStep((step) => sync.record(step));
  const settle = async () => {
    for (let i = 0; i < 5 && sync.pending.length; i++) await sync.save();
    sync.stop();
    sync.stopped = false;
  };
  return { doc, editing, sync, told, shelf, now, settle };
}

test("what was edited is what the server has", async () => {
  const server = new Server();
  const { doc, editing, sync, settle } = editor(server, "me");
  const { ops, id } = placeNode(doc, { kind: "SHELL", jobId: "FJ-2", label: "new" }, 1, 2);
  editing.run("Add", ops);
  editing.run("Connect", connect(doc, "b", id));
  editing.run("Move", moveBy(doc, ["a"], 10, 10));
  editing.undo();
  await settle();
  assert.equal(server.doc.toText(), doc.toText());
  assert.equal(sync.version, 2);
});

test("edits of different nodes by two people merge without a word", async () => {
  const server = new Server();
  const [me, you] = [editor(server, "me"), editor(server, "you")];
  you.editing.run("Move", moveBy(you.doc, ["a"], 50, 0));
  await you.settle();
  me.editing.run("Move", moveBy(me.doc, ["b"], 0, 70));
  await me.settle();
  assert.equal(me.doc.toText(), server.doc.toText());
  assert.equal(me.told.conflicts.length, 0);
  assert.equal(server.version, 3);
});

test("a node both moved stays where the first put it, and the second is told", async () => {
  const server = new Server();
  const [me, you] = [editor(server, "me"), editor(server, "you")];
  you.editing.run("Move", moveTo(you.doc, [["a", 500, 500]]));
  await you.settle();
  me.editing.run(
    "Move 2 nodes",
    moveTo(me.doc, [
      ["a", 900, 900],
      ["b", 901, 901],
    ]),
  );
  await me.settle();
  assert.equal(server.doc.nodes.get("a").x, 500);
  assert.equal(server.doc.nodes.get("b").x, 901);
  assert.equal(me.doc.toText(), server.doc.toText());
  assert.equal(me.told.conflicts[0].refused[0].label, "Move 2 nodes");
});

test("work on a node that somebody deleted is left out, and what hung on it too", async () => {
  const server = new Server();
  const [me, you] = [editor(server, "me"), editor(server, "you")];
  you.editing.run("Delete", remove(you.doc, ["a"]));
  await you.settle();
  me.editing.run("Set host", [
    { op: "set", of: "node", id: "a", path: ["config"], value: { hostName: "h" } },
  ]);
  me.editing.run("Connect", connect(me.doc, "a", "e"));
  me.editing.run("Move", moveBy(me.doc, ["b"], 1, 1));
  await me.settle();
  assert.equal(me.doc.toText(), server.doc.toText());
  assert.deepEqual(
    me.told.conflicts[0].refused.map((step) => step.label),
    ["Set host", "Connect"],
  );
  assert.ok(!server.doc.nodes.has("a"));
});

test("what two people both remove is gone, and nobody is told of a conflict", async () => {
  const server = new Server();
  const [me, you] = [editor(server, "me"), editor(server, "you")];
  you.editing.run("Delete", remove(you.doc, ["a"]));
  await you.settle();
  me.editing.run("Delete", remove(me.doc, ["b"]));
  me.editing.run("Move", moveBy(me.doc, ["e"], 5, 5));
  await me.settle();
  assert.deepEqual([[...server.doc.nodes.keys()], server.doc.edges.size], [["s", "e"], 0]);
  assert.equal(me.doc.toText(), server.doc.toText());
  assert.deepEqual(me.told.conflicts, []);
});

test("what one removes and puts back is in the way of the other's removal", async () => {
  const server = new Server();
  const [me, you] = [editor(server, "me"), editor(server, "you")];
  you.editing.run("Delete", remove(you.doc, ["a"]));
  you.editing.undo();
  await you.settle();
  me.editing.run("Delete", remove(me.doc, ["b"]));
  await me.settle();
  assert.ok(server.doc.nodes.has("b"));
  assert.equal(me.doc.toText(), server.doc.toText());
  assert.equal(me.told.conflicts.length, 1);
});

test("a node put on an edge that somebody removed does not join again what they parted", async () => {
  const server = new Server();
  const [me, you] = [editor(server, "me"), editor(server, "you")];
  const [id] = [...you.doc.nodes.get("a").outgoing].map((edge) => edge.id);
  const { ops, id: node } = placeNode(me.doc, { kind: "SHELL" }, 0, 0);
  const edge = me.doc.edges.get(id);
  you.editing.run("Delete", remove(you.doc, [], [id]));
  await you.settle();
  me.editing.run("Insert", [...ops, ...splitEdge(me.doc, edge, { id: node, y: 0, h: 0 })]);
  await me.settle();
  assert.ok(!server.doc.nodes.has(node));
  assert.equal(me.told.conflicts.length, 1);
});

test("a node somebody connected to meanwhile is not deleted unseen", async () => {
  const server = new Server();
  const [me, you] = [editor(server, "me"), editor(server, "you")];
  you.editing.run("Connect", connect(you.doc, "s", "b"));
  await you.settle();
  me.editing.run("Delete", remove(me.doc, ["b"]));
  await me.settle();
  assert.ok(server.doc.nodes.has("b"));
  assert.equal(me.doc.toText(), server.doc.toText());
  assert.equal(me.told.conflicts.length, 1);
});

test("when the answer is lost nothing is done twice", async () => {
  const server = new Server();
  server.answers = ["lost"];
  const me = editor(server, "me");
  const { ops } = placeNode(me.doc, { kind: "SHELL", jobId: "FJ-2", label: "new" }, 1, 2);
  me.editing.run("Add", ops);
  await me.sync.save();
  me.editing.run("Move", moveBy(me.doc, ["a"], 3, 3));
  await me.settle();
  assert.equal(me.doc.toText(), server.doc.toText());
  assert.equal(me.told.conflicts.length, 0);
});

test("while the server is down steps wait, and are kept in a draft", async () => {
  const server = new Server();
  server.answers = ["down"];
  const me = editor(server, "me");
  me.editing.run("Move", moveBy(me.doc, ["a"], 3, 3));
  await me.sync.save();
  assert.equal(me.told.failed[0].final, false);
  assert.equal(me.shelf.size, 1);
  await me.settle();
  assert.equal(me.shelf.size, 0);
  assert.equal(me.doc.toText(), server.doc.toText());
});

test("what the server refuses is taken back and told", async () => {
  const server = new Server();
  server.answers = [400];
  const me = editor(server, "me");
  const before = me.doc.toText();
  me.editing.run("Move", moveBy(me.doc, ["a"], 3, 3));
  await me.settle();
  assert.equal(me.doc.toText(), before);
  assert.equal(me.told.conflicts[0].message, "no");
});

test("a session that ended stops nothing: the draft stays", async () => {
  const server = new Server();
  server.answers = [403];
  const me = editor(server, "me");
  me.editing.run("Move", moveBy(me.doc, ["a"], 3, 3));
  await me.sync.save();
  assert.equal(me.told.failed[0].final, true);
  assert.equal(me.shelf.size, 1);
});

test("a draft left behind by a crash is taken up, on a newer version too", async () => {
  const server = new Server();
  const shelf = new Shelf();
  const lost = editor(server, "lost", shelf);
  lost.editing.run("Move", moveBy(lost.doc, ["b"], 0, 99));
  lost.sync.stop();
  const you = editor(server, "you");
  you.editing.run("Move", moveBy(you.doc, ["a"], 50, 0));
  await you.settle();
  const later = editor(server, "later", shelf, { ms: 60000 });
  applyAll(later.doc, server.log[0].ops);
  later.sync.version = 2;
  for (const draft of later.sync.drafts.takeLeftBehind()) await later.sync.adopt(draft);
  await later.settle();
  assert.equal(later.doc.toText(), server.doc.toText());
  assert.equal(server.version, 3);
  assert.equal(shelf.size, 0);
});

test("a draft that was saved after all is not done again", async () => {
  const server = new Server();
  server.answers = ["lost"];
  const shelf = new Shelf();
  const lost = editor(server, "lost", shelf);
  lost.editing.run("Add", placeNode(lost.doc, { kind: "SHELL", jobId: "FJ-2", label: "new" }, 1, 2).ops);
  await lost.sync.save();
  lost.sync.stop();
  const later = editor(server, "later", shelf, { ms: 60000 });
  applyAll(later.doc, server.log[0].ops);
  later.sync.version = 2;
  for (const draft of later.sync.drafts.takeLeftBehind()) await later.sync.adopt(draft);
  await later.settle();
  assert.equal(later.doc.toText(), server.doc.toText());
  assert.equal(later.told.conflicts.length, 0);
});

test("a draft of a page that is still open is left alone", () => {
  const shelf = new Shelf();
  const open = editor(new Server(), "open", shelf, { ms: 1000 });
  open.editing.run("Move", moveBy(open.doc, ["a"], 3, 3));
  open.sync.stop();
  const other = new Drafts("/doc", "other", shelf, () => 5000);
  assert.deepEqual(other.takeLeftBehind(), []);
  assert.equal(shelf.size, 1);
});

test("what others saved is taken over as soon as it is known, and ours stays on top", async () => {
  const server = new Server();
  const [ann, bob] = [editor(server, "ann"), editor(server, "bob")];
  bob.editing.run("Move", moveBy(bob.doc, ["b"], 7, 7));
  await bob.sync.save();
  ann.editing.run("Move", moveBy(ann.doc, ["a"], 3, 3));
  const ask = async (since) => ({
    version: server.version,
    since: server.log.filter((entry) => entry.version > since),
  });
  await ann.sync.catchUp(2, ask);
  assert.equal(ann.doc.nodes.get("b").x, server.doc.nodes.get("b").x);
  assert.equal(ann.sync.version, 2);
  await ann.sync.save();
  assert.deepEqual([ann.sync.version, ann.told.conflicts], [3, []]);
  ann.sync.stop();
  bob.sync.stop();
});

test("news of a version that one has asks for nothing", async () => {
  const { sync } = editor(new Server(), "ann");
  await sync.catchUp(1, () => assert.fail("asked"));
  sync.stop();
});
