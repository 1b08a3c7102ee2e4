/**
 * Notes on the drawing and named groups of nodes. They stand under our own key of the graph,
 * which other readers ignore:
 *
 *   "headrace": {"notes": {id: {x, y, w, h, text, tint}}, "groups": {id: {title, tint, nodes: [id]}}}
 *
 * A note's x and y are its left upper corner; a group is as large as its nodes ask for.
 */

import { freshId } from "./commands.js";
import { boundsOf } from "./geometry.js";

/** @typedef {import("./doc.js").GraphDoc} GraphDoc */
/** @typedef {import("./ops.js").Op} Op */
/** @typedef {{id: string, x: number, y: number, w: number, h: number, text: string, tint: string}} Note */
/** @typedef {{id: string, title: string, tint: string, nodes: import("./doc.js").NodeRecord[]}} Group */

export const TINTS = ["yellow", "blue", "green", "red", "grey"];
export const SMALLEST_NOTE = { w: 96, h: 48 };
const NEW_NOTE = { w: 200, h: 96 };
const KEY = "headrace";
export const GROUP_PADDING = 18;
export const GROUP_TITLE = 24;

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const entries = (graph, of) => (isObject(graph?.[KEY]?.[of]) ? Object.entries(graph[KEY][of]).filter(([, one]) => isObject(one)) : []);
const tintOf = ({ tint }) => (TINTS.includes(tint) ? tint : TINTS[0]);

/** @param {any} graph @returns {Note[]} */
export function notesOf(graph) {
  return entries(graph, "notes")
    .filter(([, { x, y }]) => Number.isFinite(x) && Number.isFinite(y))
    .map(([id, note]) => ({
      id,
      x: note.x,
      y: note.y,
      w: Math.max(SMALLEST_NOTE.w, Number(note.w) || NEW_NOTE.w),
      h: Math.max(SMALLEST_NOTE.h, Number(note.h) || NEW_NOTE.h),
      text: String(note.text ?? ""),
      tint: tintOf(note),
    }));
}

/** @param {GraphDoc} doc @returns {Group[]} those with a node that is there */
export function groupsOf(doc) {
  return entries(doc.graph, "groups")
    .map(([id, group]) => ({
      id,
      title: String(group.title ?? ""),
      tint: TINTS.includes(group.tint) ? group.tint : "grey",
      nodes: (Array.isArray(group.nodes) ? group.nodes : []).map((one) => doc.nodes.get(one)).filter(Boolean),
    }))
    .filter(({ nodes }) => nodes.length);
}

/** The frame of a group. @param {Group} group @param {(node: any) => import("./geometry.js").Placed} placeOf */
export function frameOf(group, placeOf = (node) => node) {
  const { left, top, right, bottom } = boundsOf(group.nodes.map(placeOf));
  return {
    left: left - GROUP_PADDING,
    top: top - GROUP_PADDING - GROUP_TITLE,
    right: right + GROUP_PADDING,
    bottom: bottom + GROUP_PADDING,
  };
}

/** @param {GraphDoc} doc @param {{x: number, y: number}} middle @returns {{ops: Op[], id: string}} */
export function newNote(doc, middle) {
  const id = freshId(doc);
  const { w, h } = NEW_NOTE;
  const value = { x: Math.round(middle.x - w / 2), y: Math.round(middle.y - h / 2), w, h, text: "", tint: TINTS[0] };
  return { ops: [put("notes", id, value)], id };
}

/** Several nodes under one name; nodes leave the groups they were in. @returns {{ops: Op[], id: string}} */
export function newGroup(doc, nodes, title) {
  const id = freshId(doc);
  const value = { title, tint: "grey", nodes: nodes.map((node) => node.id) };
  return { ops: [...leaveGroups(doc, nodes), put("groups", id, value)], id };
}

/** @param {GraphDoc} doc @param {import("./doc.js").NodeRecord[]} nodes @returns {Op[]} */
export function leaveGroups(doc, nodes) {
  const leaving = new Set(nodes);
  return groupsOf(doc).flatMap((group) => {
    const staying = group.nodes.filter((node) => !leaving.has(node));
    if (staying.length === group.nodes.length) return [];
    if (!staying.length) return drop(doc, "groups", group.id);
    return [change("groups", group.id, "nodes", staying.map((node) => node.id))];
  });
}

/** @param {"notes" | "groups"} of @param {string} id @param {string} key @param {any} value @returns {Op} */
export function change(of, id, key, value) {
  return { op: "set", of: "graph", path: [KEY, of, id, key], value };
}

/** @param {GraphDoc} doc @param {"notes" | "groups"} of @param {string} id @returns {Op[]} */
export function drop(doc, of, id) {
  return [{ op: "unset", of: "graph", path: [KEY, of, id] }];
}

/** A copy of a note, moved. @param {GraphDoc} doc @param {any} note its JSON @returns {Op} */
export function putNote(doc, note, by, ids) {
  return put("notes", freshId(doc, ids), { ...note, x: note.x + by.x, y: note.y + by.y });
}

/** @param {GraphDoc} doc @param {any} group its JSON @returns {Op} */
export function putGroup(doc, group) {
  return put("groups", freshId(doc), group);
}

function put(of, id, value) {
  return { op: "set", of: "graph", path: [KEY, of, id], value };
}
