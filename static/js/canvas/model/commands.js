/** What a person can do to a drawing, as lists of operations. They read the document only. */

import { defaultSize, shapeOf } from "./kinds.js";
import { freeTask } from "./tasks.js";
import { reachFrom } from "./walk.js";

/** @typedef {import("./doc.js").GraphDoc} GraphDoc */
/** @typedef {import("./ops.js").Op} Op */

/**
 * An id that nothing in the drawing uses yet: eight hex digits, as EMR makes them, or for the
 * nodes of a data flow a number of 13 digits.
 */
export function freshId(doc, taken = new Set()) {
  const word = new Uint32Array(1);
  for (;;) {
    globalThis.crypto.getRandomValues(word);
    const id = doc.profile === "plain" ? String(1e12 + word[0]) : word[0].toString(16).padStart(8, "0").toUpperCase();
    if (doc.nodes.has(id) || doc.edges.has(id) || taken.has(id)) continue;
    taken.add(id);
    return id;
  }
}

/** EMR numbers nodes and edges together, upwards. @param {GraphDoc} doc */
export function nextIndex(doc) {
  let highest = -1;
  for (const raw of [...doc.graph.nodes, ...doc.graph.edges]) {
    if (Number.isFinite(raw?.index) && raw.index > highest) highest = raw.index;
  }
  return highest + 1;
}

/**
 * @param {GraphDoc} doc
 * @param {{kind: string, jobId?: string, label?: string, shape?: string, hostName?: string, task?: string, fields?: any}} item
 * @param {number} x
 * @param {number} y
 * @returns {{ops: Op[], id: string}}
 */
export function placeNode(doc, item, x, y) {
  const id = freshId(doc);
  const role = item.kind === "START" || item.kind === "END" ? item.kind : "JOB";
  const node = {
    shape: item.shape || shapeOf(item.kind),
    type: "node",
    size: defaultSize(role),
    x,
    y,
    id,
    index: nextIndex(doc),
  };
  if (role === "JOB") {
    node.label = item.label ?? item.kind;
    node.attribute = { type: "JOB", jobId: item.jobId ?? "", jobType: item.kind };
    node.config = { hostName: item.hostName ?? "", clusterId: "" };
    if (item.task) node.headrace = { task: freeTask(doc, item.task) };
    if (item.fields) node.headrace = { fields: structuredClone(item.fields) };
  } else {
    node.attribute = { type: role };
  }
  return { ops: [{ op: "add_node", node }], id };
}

/** @param {GraphDoc} doc @returns {Op[]} */
export function connect(doc, sourceId, targetId) {
  const source = doc.nodes.get(sourceId);
  const edge = {
    id: freshId(doc),
    index: nextIndex(doc),
    source: sourceId,
    sourceAnchor: source?.role === "START" ? 0 : 1,
    target: targetId,
    targetAnchor: 0,
  };
  return [{ op: "add_edge", edge }];
}

/** Edges go before the nodes they hang on. @returns {Op[]} */
export function remove(doc, nodeIds, edgeIds = []) {
  const edges = new Set(edgeIds);
  for (const id of nodeIds) {
    const node = doc.nodes.get(id);
    for (const edge of node.incoming) edges.add(edge.id);
    for (const edge of node.outgoing) edges.add(edge.id);
  }
  return [
    ...[...edges].map((id) => ({ op: "remove_edge", id })),
    ...[...nodeIds].map((id) => ({ op: "remove_node", id })),
  ];
}

/** @param {Iterable<[string, number, number]>} places @returns {Op[]} */
export function moveTo(doc, places) {
  const moves = [...places].filter(([id, x, y]) => {
    const node = doc.nodes.get(id);
    return node && (node.x !== x || node.y !== y);
  });
  return moves.length ? [{ op: "move", moves }] : [];
}

/** @returns {Op[]} */
export function moveBy(doc, ids, dx, dy) {
  return moveTo(
    doc,
    [...ids].map((id) => {
      const node = doc.nodes.get(id);
      return [id, node.x + dx, node.y + dy];
    }),
  );
}

const OURS = "headrace";
const ROOM = 46;

/**
 * Nodes that runs pass by, or no longer. @param {import("./doc.js").NodeRecord[]} nodes @param {boolean} off
 * @returns {Op[]}
 */
export function ableOps(nodes, off) {
  return nodes.flatMap(({ id, raw, disabled }) => {
    if (disabled === off) return [];
    if (off) return [{ op: "set", of: "node", id, path: [OURS, "disabled"], value: true }];
    const alone = Object.keys(raw[OURS]).length === 1;
    return [{ op: "unset", of: "node", id, path: alone ? [OURS] : [OURS, "disabled"] }];
  });
}

/** What stands on an edge. @param {import("./doc.js").EdgeRecord} edge @param {string} label @returns {Op[]} */
export function labelEdge({ id, raw, label: before }, label) {
  if (label === before) return [];
  if (label) return [{ op: "set", of: "edge", id, path: [OURS, "label"], value: label }];
  const alone = Object.keys(raw[OURS]).length === 1;
  return [{ op: "unset", of: "edge", id, path: alone ? [OURS] : [OURS, "label"] }];
}

/**
 * An edge led through a node; what comes after it makes room.
 * @param {GraphDoc} doc
 * @param {import("./doc.js").EdgeRecord} edge
 * @param {{id: string, y: number, h: number}} node
 * @returns {Op[]}
 */
export function splitEdge(doc, edge, node) {
  const { source, target, raw } = edge;
  const index = nextIndex(doc) + 1;
  const [first, second] = [
    { ...raw, id: freshId(doc), index, source: source.id, target: node.id, targetAnchor: 0 },
    { id: freshId(doc), index: index + 1, source: node.id, sourceAnchor: 1, target: target.id, targetAnchor: raw.targetAnchor ?? 0 },
  ];
  return [
    { op: "remove_edge", id: edge.id },
    { op: "add_edge", edge: first },
    { op: "add_edge", edge: second },
    ...makeRoom(doc, edge, node),
  ];
}

function makeRoom(doc, { source, target }, node) {
  const needed = node.y + node.h / 2 + ROOM - (target.y - target.h / 2);
  if (needed <= 0 || target.y < source.y) return [];
  const after = [...reachFrom([target], "down")].filter((other) => other.y >= target.y - 1);
  return moveTo(
    doc,
    after.map((other) => [other.id, other.x, other.y + Math.round(needed)]),
  );
}

/** An edge that keeps what it says but has another end. @returns {Op[]} */
export function reconnect(doc, edge, { source = edge.raw.source, target = edge.raw.target }) {
  const at = doc.graph.edges.indexOf(edge.raw);
  return [
    { op: "remove_edge", id: edge.id },
    { op: "add_edge", edge: { ...edge.raw, id: freshId(doc), source, target }, at },
  ];
}
