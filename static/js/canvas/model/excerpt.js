/** A part of a drawing as a graph of its own, with its notes and groups, and such a graph put into a drawing. */

import { freshId, nextIndex } from "./commands.js";
import { boundsOf, grow, within } from "./geometry.js";
import { frameOf, groupsOf, notesOf, putGroup, putNote } from "./notes.js";
import { declaredAnew } from "./tasks.js";

/** @typedef {import("./doc.js").GraphDoc} GraphDoc */
/** @typedef {import("./notes.js").Note} Note */
/** @typedef {{nodes: any[], edges: any[], headrace?: {notes?: Record<string, any>, groups?: Record<string, any>}}} Graph */

const MARGIN = 40;

/**
 * The chosen nodes and the edges between them, as EMR Graph JSON. The groups that are chosen
 * whole are with them, and the notes that stand there.
 * @param {GraphDoc} doc @param {Iterable<string>} nodeIds @returns {Graph}
 */
export function excerpt(doc, nodeIds) {
  const chosen = new Set(nodeIds);
  const groups = groupsOf(doc).filter((group) => group.nodes.every((node) => chosen.has(node.id)));
  return withOurs(doc, notesAmong(doc, chosen, groups), groups, {
    nodes: doc.graph.nodes.filter((raw) => chosen.has(raw?.id)),
    edges: doc.graph.edges.filter((raw) => chosen.has(raw?.source) && chosen.has(raw?.target)),
  });
}

/** @param {GraphDoc} doc @param {Note} note @returns {Graph} */
export const excerptOfNote = (doc, note) => withOurs(doc, [note], [], { nodes: [], edges: [] });

function withOurs(doc, notes, groups, graph) {
  const ours = {};
  const rawOf = (of, list) => Object.fromEntries(list.map(({ id }) => [id, doc.graph.headrace[of][id]]));
  if (notes.length) ours.notes = rawOf("notes", notes);
  if (groups.length) ours.groups = rawOf("groups", groups);
  return notes.length || groups.length ? { ...graph, headrace: ours } : graph;
}

/** Notes in the frame of a whole group, or in a part of the drawing of which all nodes are chosen. */
function notesAmong(doc, chosen, groups) {
  if (chosen.size > 1 && chosen.size === doc.nodes.size) return notesOf(doc.graph);
  const regions = groups.map((group) => frameOf(group));
  const bounds = boundsOf([...chosen].map((id) => doc.nodes.get(id)));
  const alone = ![...doc.nodes.values()].some((node) => !chosen.has(node.id) && within(pointBox(node.x, node.y), bounds));
  if (chosen.size > 1 && alone) regions.push(bounds);
  const stands = (note, region) => within(pointBox(note.x + note.w / 2, note.y + note.h / 2), grow(region, MARGIN));
  return notesOf(doc.graph).filter((note) => regions.some((region) => stands(note, region)));
}

const pointBox = (x, y) => ({ left: x, right: x, top: y, bottom: y });

/**
 * A graph put into this one under new ids, its middle at `centre` or beside where it was.
 * A second start or end is left out, with its edges: there may be only one.
 * @param {GraphDoc} doc
 * @param {Graph} graph
 * @param {{x: number, y: number} | null} centre
 * @returns {{ops: import("./ops.js").Op[], ids: string[], notes: string[]}} ids of nodes, and of notes
 */
export function insertGraph(doc, graph, centre, step = 24) {
  const roles = new Set([...doc.nodes.values()].map((node) => node.role));
  const wanted = graph.nodes.filter((raw) => {
    const type = raw?.attribute?.type;
    return typeof raw?.id === "string" && !((type === "START" || type === "END") && roles.has(type));
  });
  const notes = notesOf(graph);
  const bounds = boundsOf([
    ...wanted.map((raw) => ({ x: Number(raw.x) || 0, y: Number(raw.y) || 0, w: 0, h: 0 })),
    ...notes.map(({ x, y, w, h }) => ({ x: x + w / 2, y: y + h / 2, w, h })),
  ]);
  if (!bounds) return { ops: [], ids: [], notes: [] };
  const by = {
    x: centre ? Math.round(centre.x - (bounds.left + bounds.right) / 2) : step,
    y: centre ? Math.round(centre.y - (bounds.top + bounds.bottom) / 2) : step,
  };
  const renamed = new Map();
  const ours = new Set();
  const ops = [
    ...nodesAndEdges(doc, graph, wanted, by, renamed),
    ...notes.map((note) => putNote(doc, graph.headrace.notes[note.id], by, ours)),
    ...groupsAnew(doc, graph, renamed),
  ];
  return { ops, ids: [...renamed.values()], notes: [...ours] };
}

function nodesAndEdges(doc, graph, wanted, by, renamed) {
  const taken = new Set();
  const tasks = new Set();
  let index = nextIndex(doc);
  const ops = wanted.map((raw) => {
    const id = freshId(doc, taken);
    renamed.set(raw.id, id);
    const place = { x: (Number(raw.x) || 0) + by.x, y: (Number(raw.y) || 0) + by.y };
    return { op: "add_node", node: { ...raw, ...declaredAnew(doc, raw, tasks), id, ...place, index: index++ } };
  });
  for (const raw of graph.edges ?? []) {
    const [source, target] = [renamed.get(raw?.source), renamed.get(raw?.target)];
    if (!source || !target) continue;
    ops.push({ op: "add_edge", edge: { ...raw, id: freshId(doc, taken), source, target, index: index++ } });
  }
  return ops;
}

function groupsAnew(doc, graph, renamed) {
  return Object.values(graph.headrace?.groups ?? {}).flatMap((group) => {
    const nodes = (Array.isArray(group?.nodes) ? group.nodes : []).map((id) => renamed.get(id)).filter(Boolean);
    return nodes.length ? [putGroup(doc, { ...group, nodes })] : [];
  });
}
