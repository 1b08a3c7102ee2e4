/**
 * What is said about nodes beside the document, their states and their problems: how long
 * they took, which way decides, what differs between two versions, and who is at them.
 */

/** @typedef {{text: string, share?: number, late?: boolean}} Note */
/** @typedef {"added" | "removed" | "changed" | "moved"} Paint */
/** @typedef {{name: string, initials: string, hue: number, edits: boolean}} Person */

export class Remarks {
  /** @type {Map<number, Note>} by ordinal */
  notes = new Map();
  /** @type {Map<string, Paint>} by id */
  nodePaint = new Map();
  /** @type {Map<string, Paint>} by id */
  edgePaint = new Map();
  /** @type {Map<string, Person[]>} by id */
  people = new Map();
  #path = new Map();
  #onPath = new Set();

  /**
   * @param {object} news each key replaces all that was said of its sort
   * @param {[number, Note][]} [news.notes]
   * @param {number[]} [news.path] ordinals in order
   * @param {{nodes: Record<string, Paint>, edges: Record<string, Paint>}} [news.paint]
   * @param {Record<string, Person[]>} [news.people]
   * @returns {number[] | null} the ordinals that look different now, null for any
   */
  take({ notes, path, paint, people }) {
    const changed = notes ? this.#takeNotes(notes) : [];
    if (path) this.#takePath(path);
    if (paint) {
      this.nodePaint = new Map(Object.entries(paint.nodes));
      this.edgePaint = new Map(Object.entries(paint.edges));
    }
    if (people) this.people = new Map(Object.entries(people));
    return path || paint || people ? null : changed;
  }

  /** @param {{id: string, ordinal: number}} node */
  of(node) {
    return {
      note: this.notes.get(node.ordinal) ?? null,
      paint: this.nodePaint.get(node.id) ?? "",
      people: this.people.get(node.id) ?? null,
      onPath: this.#onPath.has(node.ordinal),
    };
  }

  /** @param {import("./doc.js").EdgeRecord} edge @returns {Paint | "path" | ""} */
  ofEdge(edge) {
    const paint = this.edgePaint.get(edge.id);
    if (paint) return paint;
    return this.#path.get(edge.source.ordinal) === edge.target.ordinal ? "path" : "";
  }

  #takeNotes(list) {
    const before = this.notes;
    this.notes = new Map(list);
    const touched = new Set([...before.keys(), ...this.notes.keys()]);
    return [...touched].filter((ordinal) => !same(before.get(ordinal), this.notes.get(ordinal)));
  }

  #takePath(ordinals) {
    this.#onPath = new Set(ordinals);
    this.#path = new Map(ordinals.slice(0, -1).map((ordinal, i) => [ordinal, ordinals[i + 1]]));
  }
}

function same(a, b) {
  return a?.text === b?.text && a?.share === b?.share && a?.late === b?.late;
}
