/** Copy, cut and paste through the system's clipboard, as EMR Graph JSON. */

import { remove } from "./model/commands.js";
import { excerpt, excerptOfNote, insertGraph } from "./model/excerpt.js";
import { drop } from "./model/notes.js";
import { csrfToken } from "./sync/http.js";
import { fill, gettext, ngettext } from "./text.js";

export class Clipboard {
  /** What was copied where the system's clipboard may not be used. */
  #own = "";

  /** @param {any} stage */
  constructor(stage) {
    this.stage = stage;
    this.reader = stage.host.getAttribute("reader");
    stage.listen("copy", (event) => this.#onCopy(event));
    stage.listen("cut", (event) => {
      if (this.#onCopy(event)) this.cutChosen();
    });
    stage.listen("paste", (event) => {
      const text = event.clipboardData?.getData("text/plain");
      if (text && this.#paste(text)) event.preventDefault();
    });
  }

  async copy() {
    this.#own = this.#text();
    if (!this.#own) return;
    try {
      await navigator.clipboard.writeText(this.#own);
    } catch {
      // Not a secure page, or not allowed: our own copy serves within this page.
    }
    this.#told();
  }

  async paste() {
    let text = this.#own;
    try {
      text = (await navigator.clipboard.readText()) || text;
    } catch {
      // As above.
    }
    if (!this.#paste(text)) this.stage.notify(gettext("There are no nodes on the clipboard."));
  }

  duplicate() {
    const graph = this.#chosen();
    if (graph) this.#insert(graph, null, gettext("Duplicate"));
  }

  async cut() {
    await this.copy();
    this.cutChosen();
  }

  cutChosen() {
    const { stage } = this;
    if (!stage.editable) return;
    const { doc, selection } = stage;
    const { nodes, headrace } = this.#chosen() ?? { nodes: [] };
    const nodeIds = nodes.map((raw) => raw.id);
    const ours = ["notes", "groups"].flatMap((of) => Object.keys(headrace?.[of] ?? {}).map((id) => [of, id]));
    stage.edit(gettext("Cut"), [
      ...remove(doc, nodeIds, selection.edges),
      ...ours.flatMap(([of, id]) => drop(doc, of, id)),
    ]);
    if (selection.empty) stage.takeFocus();
  }

  #onCopy(event) {
    const text = this.#text();
    if (!text || !event.clipboardData) return false;
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
    this.#own = text;
    this.#told();
    return true;
  }

  #told() {
    const count = this.#chosen()?.nodes.length;
    if (!count) return this.stage.announce(gettext("Note copied."));
    this.stage.announce(
      fill(ngettext("%(count)s node copied.", "%(count)s nodes copied.", count), { count }),
    );
  }

  /** What is to be copied: nodes, a group with its nodes, or a note. */
  #chosen() {
    const { doc, selection, notes } = this.stage;
    if (selection.nodes.size) return excerpt(doc, selection.nodes);
    const { of, one } = notes.chosen ?? {};
    if (of === "groups") return excerpt(doc, one.nodes.map((node) => node.id));
    return of === "notes" ? excerptOfNote(doc, one) : null;
  }

  #text() {
    const graph = this.#chosen();
    return graph ? JSON.stringify(graph, null, 1) : "";
  }

  #paste(text) {
    if (!this.stage.editable) return false;
    const spot = this.stage.pasteSpot();
    const graph = parseGraph(text);
    if (graph) this.#insert(graph, spot, gettext("Paste"));
    else if (this.reader && text.trimStart().startsWith("{")) this.#readElsewhere(text, spot);
    else return false;
    return true;
  }

  /** Another dialect's text: the server makes a graph of it, and jobs of what it holds. */
  async #readElsewhere(text, spot) {
    const { stage } = this;
    const headers = { "Content-Type": "text/plain", "X-CSRFToken": csrfToken() };
    const answer = await fetch(this.reader, { method: "POST", headers, body: text }).catch(() => null);
    const body = await answer?.json().catch(() => null);
    if (!answer?.ok || !body?.nodes) {
      return stage.notify(body?.message || gettext("What was pasted could not be read."));
    }
    this.#insert(body, spot, gettext("Paste"));
    stage.emit("dag:made", {});
  }

  #insert(graph, centre, label) {
    const { stage } = this;
    if (!stage.editable) return;
    const { ops, ids, notes } = insertGraph(stage.doc, graph, centre);
    if (!ops.length) return stage.notify(gettext("A drawing has one start and one end only."));
    stage.edit(label, ops, { select: ids });
    if (!ids.length) return stage.notes.choose(notes[0]);
    stage.selection.focusOn(ids[0]);
    stage.announce(
      fill(ngettext("%(count)s node added.", "%(count)s nodes added.", ids.length), { count: ids.length }),
    );
  }
}

/** @param {string} text @returns {import("./model/excerpt.js").Graph | null} */
function parseGraph(text) {
  try {
    const graph = JSON.parse(text);
    if (!Array.isArray(graph?.nodes)) return null;
    return { nodes: graph.nodes, edges: Array.isArray(graph.edges) ? graph.edges : [], headrace: graph.headrace };
  } catch {
    return null;
  }
}
