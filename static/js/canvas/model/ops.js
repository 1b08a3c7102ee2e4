/**
 * The operations a drawing is edited and saved by. `apply` performs one and returns the one
 * that takes it back; nothing else writes a document.
 */

/** @typedef {{op: string, [key: string]: any}} Op */

export class OpError extends Error {}

const FIXED_KEYS = new Set(["id", "source", "target", "__proto__", "constructor", "prototype"]);
const refuse = (message) => {
  throw new OpError(message);
};
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * @param {import("./doc.js").GraphDoc} doc
 * @param {Op} op
 * @returns {Op} its inverse
 */
export function apply(doc, op) {
  const performer = Object.hasOwn(PERFORMERS, op?.op) ? PERFORMERS[op.op] : null;
  if (!performer) refuse(`Unknown operation ${op?.op}.`);
  return performer(doc, op);
}

/**
 * All or nothing: what was done before a refused operation is taken back.
 * @param {import("./doc.js").GraphDoc} doc
 * @param {Op[]} ops
 * @returns {Op[]} what takes them back, in the order to apply
 */
export function applyAll(doc, ops) {
  const inverse = [];
  try {
    for (const op of ops) inverse.unshift(apply(doc, op));
  } catch (error) {
    for (const op of inverse) apply(doc, op);
    throw error;
  }
  return inverse;
}

const PERFORMERS = {
  add_node(doc, { node, at }) {
    if (!isObject(node) || typeof node.id !== "string" || !node.id) refuse("A node needs an id.");
    if (doc.nodes.has(node.id)) refuse(`There is a node ${node.id} already.`);
    doc.addNode(structuredClone(node), at);
    return { op: "remove_node", id: node.id };
  },

  remove_node(doc, { id }) {
    const node = nodeOf(doc, id);
    if (node.incoming.length + node.outgoing.length) refuse(`Node ${id} still has edges.`);
    return { op: "add_node", node: node.raw, at: doc.removeNode(node) };
  },

  add_edge(doc, { edge, at, loose }) {
    if (!isObject(edge) || typeof edge.id !== "string" || !edge.id) refuse("An edge needs an id.");
    if (doc.edges.has(edge.id)) refuse(`There is an edge ${edge.id} already.`);
    if (loose !== true) {
      nodeOf(doc, edge.source);
      nodeOf(doc, edge.target);
    }
    doc.addEdge(structuredClone(edge), at);
    return { op: "remove_edge", id: edge.id };
  },

  remove_edge(doc, { id }) {
    const edge = edgeOf(doc, id);
    const back = { op: "add_edge", edge: edge.raw, at: doc.removeEdge(edge) };
    // An edge that led nowhere comes back as it was.
    return edge.source && edge.target ? back : { ...back, loose: true };
  },

  move(doc, { moves }) {
    const nodes = moves.map(([id]) => nodeOf(doc, id));
    const back = nodes.map((node) => [node.id, node.x, node.y]);
    moves.forEach(([, x, y], i) => doc.moveNode(nodes[i], x, y));
    return { op: "move", moves: back.reverse() };
  },

  set(doc, { of, id, path, value }) {
    const record = recordOf(doc, of, id, path);
    let holder = record.raw;
    let createdAt = 0;
    path.slice(0, -1).forEach((key, depth) => {
      if (!Object.hasOwn(holder, key)) {
        holder[key] = {};
        createdAt ||= depth + 1;
      }
      holder = holder[key];
      if (!isObject(holder)) refuse(`${path.join(".")} is not a place for a value.`);
    });
    const key = path.at(-1);
    const had = Object.hasOwn(holder, key);
    const before = holder[key];
    holder[key] = structuredClone(value);
    refresh(doc, of, record);
    if (had) return { op: "set", of, id, path, value: before };
    return { op: "unset", of, id, path: createdAt ? path.slice(0, createdAt) : path };
  },

  unset(doc, { of, id, path }) {
    const record = recordOf(doc, of, id, path);
    const holder = path
      .slice(0, -1)
      .reduce((inner, key) => (isObject(inner) ? inner[key] : undefined), record.raw);
    const key = path.at(-1);
    if (!isObject(holder) || !Object.hasOwn(holder, key)) refuse(`There is no ${path.join(".")} to remove.`);
    const before = holder[key];
    delete holder[key];
    refresh(doc, of, record);
    return { op: "set", of, id, path, value: before };
  },
};

function nodeOf(doc, id) {
  return doc.nodes.get(id) ?? refuse(`There is no node ${id}.`);
}

function edgeOf(doc, id) {
  return doc.edges.get(id) ?? refuse(`There is no edge ${id}.`);
}

/** What of the drawing itself is ours: notes and groups, which other readers ignore. */
const OF_GRAPH = "headrace";

function recordOf(doc, of, id, path) {
  if (!Array.isArray(path) || !path.length || path.some((key) => typeof key !== "string"))
    refuse("A path is missing.");
  if (of === "graph") {
    if (path[0] !== OF_GRAPH || path.includes("__proto__")) refuse(`${path[0]} can not be changed.`);
    return { raw: doc.graph };
  }
  if (FIXED_KEYS.has(path[0]) || path.includes("__proto__")) refuse(`${path[0]} can not be changed.`);
  return of === "edge" ? edgeOf(doc, id) : nodeOf(doc, id);
}

function refresh(doc, of, record) {
  if (of === "graph") doc.refreshGraph();
  else if (of === "edge") doc.refreshEdge(record);
  else doc.refreshNode(record);
}

/**
 * The places an operation writes, for telling whether two people touched the same one.
 * @param {Op} op
 * @returns {string[]}
 */
export function placesOf(op) {
  switch (op.op) {
    case "add_node":
      return [`node/${op.node.id}`];
    case "remove_node":
      return [`node/${op.id}`];
    case "add_edge":
      return [`edge/${op.edge.id}`];
    case "remove_edge":
      return [`edge/${op.id}`];
    case "move":
      return op.moves.map(([id]) => `node/${id}/at`);
    case "set":
    case "unset":
      return [[op.of, op.id, ...op.path].join("/")];
    default:
      return [""];
  }
}

/**
 * Two places meet when one is, or lies within, the other.
 * @param {string} a
 * @param {string} b
 */
export function placesMeet(a, b) {
  return a === b || a === "" || b === "" || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}
