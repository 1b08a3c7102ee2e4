/** Which nodes and edges are chosen, and which node the keyboard is on. */

export class Selection {
  /** @type {Set<string>} */
  nodes = new Set();
  /** @type {Set<string>} */
  edges = new Set();
  /** @type {string | null} */
  focus = null;
  listeners = new Set();

  get empty() {
    return !this.nodes.size && !this.edges.size;
  }

  /** @param {() => void} listener */
  onChange(listener) {
    this.listeners.add(listener);
  }

  /** @param {Iterable<string>} nodes @param {Iterable<string>} [edges] */
  choose(nodes, edges = []) {
    this.nodes = new Set(nodes);
    this.edges = new Set(edges);
    this.#tell();
  }

  /** @param {string} id */
  toggleNode(id) {
    if (!this.nodes.delete(id)) this.nodes.add(id);
    this.#tell();
  }

  clear() {
    if (!this.empty) this.choose([]);
  }

  /** @param {string | null} id */
  focusOn(id) {
    if (this.focus === id) return;
    this.focus = id;
    this.#tell();
  }

  /** Forget what is no longer there. @param {import("./doc.js").GraphDoc} doc */
  prune(doc) {
    const nodes = [...this.nodes].filter((id) => doc.nodes.has(id));
    const edges = [...this.edges].filter((id) => doc.edges.has(id));
    if (this.focus && !doc.nodes.has(this.focus)) this.focus = nodes[0] ?? null;
    if (nodes.length !== this.nodes.size || edges.length !== this.edges.size) this.choose(nodes, edges);
  }

  #tell() {
    for (const listener of this.listeners) listener();
  }
}
