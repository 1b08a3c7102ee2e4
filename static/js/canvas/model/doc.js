/**
 * A drawing in memory: the JSON objects exactly as they came, and beside them records that
 * are quick to draw and to walk. Unknown keys, order and numbers are never touched, so the
 * text goes back as it came wherever nobody edited it. Only `ops.js` calls the mutators.
 */

import { defaultSize, familyOf, roleOf } from "./kinds.js";

/**
 * @typedef {object} NodeRecord
 * @property {string} id
 * @property {any} raw the JSON object
 * @property {number} x the centre
 * @property {number} y the centre
 * @property {number} w
 * @property {number} h
 * @property {string} label
 * @property {import("./kinds.js").Role} role
 * @property {string} kind
 * @property {string} family
 * @property {string} jobId
 * @property {boolean} disabled runs pass it by
 * @property {number} ordinal place in the list of nodes
 * @property {EdgeRecord[]} incoming
 * @property {EdgeRecord[]} outgoing
 */

/**
 * @typedef {object} EdgeRecord
 * @property {string} id
 * @property {any} raw
 * @property {NodeRecord | null} source
 * @property {NodeRecord | null} target
 * @property {string} label what stands on it, under our own key
 */

/** What one edit did, told once when it is over. */
class Change {
  nodes = new Set();
  edges = new Set();
  goneNodes = new Set();
  goneEdges = new Set();
  structural = false;
  /** What is ours of the drawing itself: notes and groups. */
  graph = false;

  get empty() {
    return !(this.graph || this.nodes.size + this.edges.size + this.goneNodes.size + this.goneEdges.size);
  }
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const finite = (value) => (Number.isFinite(Number(value)) ? Number(value) : 0);
const drop = (list, item) => {
  const at = list.indexOf(item);
  if (at >= 0) list.splice(at, 1);
  return at;
};

export class DocumentError extends Error {}

export class GraphDoc {
  /** @param {any} graph parsed EMR Graph JSON */
  constructor(graph) {
    if (!isObject(graph)) throw new DocumentError("The drawing is not a JSON object.");
    graph.nodes ??= [];
    graph.edges ??= [];
    if (!Array.isArray(graph.nodes) || !Array.isArray(graph.edges)) {
      throw new DocumentError("The drawing has no lists of nodes and edges.");
    }
    this.graph = graph;
    /** Which rules it keeps. @type {"emr" | "plain"} */
    this.profile = "emr";
    /** @type {Map<string, NodeRecord>} */
    this.nodes = new Map();
    /** @type {Map<string, EdgeRecord>} */
    this.edges = new Map();
    this.change = new Change();
    this.listeners = new Set();
    for (const raw of graph.nodes) this.#admitNode(raw);
    for (const raw of graph.edges) this.#admitEdge(raw);
    this.#number();
    this.change = new Change();
  }

  /** @param {string} text */
  static parse(text) {
    try {
      return new GraphDoc(JSON.parse(text || "{}"));
    } catch (error) {
      if (error instanceof DocumentError) throw error;
      throw new DocumentError("The drawing is not valid JSON.");
    }
  }

  toText() {
    return JSON.stringify(this.graph);
  }

  /** @param {(change: Change) => void} listener */
  onChange(listener) {
    this.listeners.add(listener);
  }

  /** Tell everyone what happened since the last call. */
  flush() {
    if (this.change.empty) return;
    const change = this.change;
    this.change = new Change();
    if (change.structural) this.#number();
    for (const listener of this.listeners) listener(change);
  }

  /** @param {any} raw @param {number} [at] */
  addNode(raw, at = this.graph.nodes.length) {
    this.graph.nodes.splice(at, 0, raw);
    const node = this.#admitNode(raw);
    for (const edge of this.edges.values()) if (!edge.source || !edge.target) this.#link(edge);
    return node;
  }

  /** @param {NodeRecord} node @returns {number} where it was */
  removeNode(node) {
    this.nodes.delete(node.id);
    this.change.nodes.delete(node);
    this.change.goneNodes.add(node);
    this.change.structural = true;
    return drop(this.graph.nodes, node.raw);
  }

  /** @param {any} raw @param {number} [at] */
  addEdge(raw, at = this.graph.edges.length) {
    this.graph.edges.splice(at, 0, raw);
    return this.#admitEdge(raw);
  }

  /** @param {EdgeRecord} edge @returns {number} where it was */
  removeEdge(edge) {
    this.edges.delete(edge.id);
    if (edge.source) drop(edge.source.outgoing, edge);
    if (edge.target) drop(edge.target.incoming, edge);
    this.change.edges.delete(edge);
    this.change.goneEdges.add(edge);
    this.change.structural = true;
    return drop(this.graph.edges, edge.raw);
  }

  /** @param {NodeRecord} node @param {number} x @param {number} y */
  moveNode(node, x, y) {
    node.raw.x = node.x = x;
    node.raw.y = node.y = y;
    this.touch(node);
  }

  /** Read a node again after a key of its JSON was written. @param {NodeRecord} node */
  refreshNode(node) {
    Object.assign(node, readNode(node.raw));
    this.touch(node);
  }

  /** @param {EdgeRecord} edge */
  refreshEdge(edge) {
    edge.label = labelOf(edge.raw);
    this.change.edges.add(edge);
  }

  refreshGraph() {
    this.change.graph = true;
  }

  /** @param {NodeRecord} node */
  touch(node) {
    this.change.nodes.add(node);
    for (const edge of node.incoming) this.change.edges.add(edge);
    for (const edge of node.outgoing) this.change.edges.add(edge);
  }

  #admitNode(raw) {
    if (!isObject(raw) || typeof raw.id !== "string" || this.nodes.has(raw.id)) return null;
    const node = { id: raw.id, raw, ordinal: -1, incoming: [], outgoing: [], ...readNode(raw) };
    this.nodes.set(node.id, node);
    this.change.goneNodes.delete(node);
    this.change.nodes.add(node);
    this.change.structural = true;
    return node;
  }

  #admitEdge(raw) {
    if (!isObject(raw)) return null;
    // An edge needs no id in EMR's form; one of ours keeps it apart in memory only.
    const id = typeof raw.id === "string" && !this.edges.has(raw.id) ? raw.id : `~${this.edges.size}`;
    const edge = { id, raw, source: null, target: null, label: labelOf(raw) };
    this.edges.set(id, edge);
    this.#link(edge);
    this.change.edges.add(edge);
    this.change.structural = true;
    return edge;
  }

  #link(edge) {
    if (!edge.source && (edge.source = this.nodes.get(edge.raw.source) ?? null)) {
      edge.source.outgoing.push(edge);
    }
    if (!edge.target && (edge.target = this.nodes.get(edge.raw.target) ?? null)) {
      edge.target.incoming.push(edge);
    }
    this.change.edges.add(edge);
  }

  #number() {
    this.graph.nodes.forEach((raw, ordinal) => {
      const node = this.nodes.get(raw?.id);
      if (node?.raw === raw) node.ordinal = ordinal;
    });
  }
}

/** @param {any} raw an edge */
const labelOf = (raw) => (typeof raw.headrace?.label === "string" ? raw.headrace.label : "");

/** What is drawn of a node, from its JSON. @param {any} raw */
function readNode(raw) {
  const role = roleOf(raw);
  const kind = String(raw.attribute?.jobType ?? "");
  const [w, h] = String(raw.size ?? "")
    .split("*")
    .map(Number);
  const [defaultW, defaultH] = defaultSize(role).split("*").map(Number);
  return {
    x: finite(raw.x),
    y: finite(raw.y),
    w: w > 8 && w < 2000 ? w : defaultW,
    h: h > 8 && h < 2000 ? h : defaultH,
    label: String(raw.label ?? ""),
    role,
    kind,
    family: familyOf(role, kind),
    jobId: typeof raw.attribute?.jobId === "string" ? raw.attribute.jobId : "",
    disabled: raw.headrace?.disabled === true,
  };
}
