/** Copy, cut and paste through the system's clipboard, as EMR Graph JSON. */

import { excerpt, insertGraph, remove } from "./model/commands.js";
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
    const { doc, selection } = this.stage;
    if (selection.nodes.size) this.#insert(excerpt(doc, selection.nodes), null, gettext("Duplicate"));
  }

  async cut() {
    await this.copy();
    this.cutChosen();
  }

  cutChosen() {
    const { stage } = this;
    if (!stage.editable) return;
    stage.edit(gettext("Cut"), remove(stage.doc, stage.selection.nodes, stage.selection.edges));
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
    const count = this.stage.selection.nodes.size;
    this.stage.announce(
      fill(ngettext("%(count)s node copied.", "%(count)s nodes copied.", count), { count }),
    );
  }

  #text() {
    const { doc, selection } = this.stage;
    return selection.nodes.size ? JSON.stringify(excerpt(doc, selection.nodes), null, 1) : "";
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
    const { ops, ids } = insertGraph(stage.doc, graph, centre);
    if (!ids.length) return stage.notify(gettext("A drawing has one start and one end only."));
    stage.edit(label, ops, { select: ids });
    stage.selection.focusOn(ids[0]);
    stage.announce(
      fill(ngettext("%(count)s node added.", "%(count)s nodes added.", ids.length), { count: ids.length }),
    );
  }
}

/** @param {string} text @returns {{nodes: any[], edges: any[]} | null} */
function parseGraph(text) {
  try {
    const graph = JSON.parse(text);
    return Array.isArray(graph?.nodes) ? { nodes: graph.nodes, edges: graph.edges ?? [] } : null;
  } catch {
    return null;
  }
}
