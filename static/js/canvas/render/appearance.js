/** How each node and edge is to look now, for whichever renderer draws it. */

import { fill, gettext } from "../text.js";
import { stateWord } from "../model/states.js";

/** Measures shared by both renderers, in world units. */
export const TILE_INSET = 5;
const LABEL_LEFT = 37;
export const ICON = 15;
export const CORNER = 8;
/** From farther away nodes are blocks of their colour. */
export const CARDS_FROM_ZOOM = 0.18;
const PILL_GAP = 6;
/** A longer label of an edge is cut. */
export const EDGE_LABEL_WIDTH = 150;

export class Appearance {
  /** While a connection is drawn: who may take it. @type {{from: string, legal: Set<string>, target: string | null} | null} */
  connecting = null;
  /** @type {string | null} */
  hovered = null;
  /** The edge that would take what is held over it. @type {string | null} */
  aimedEdge = null;

  /**
   * @param {import("../model/marks.js").Marks} marks
   * @param {import("../model/selection.js").Selection} selection
   */
  constructor(marks, selection) {
    this.marks = marks;
    this.selection = selection;
  }

  /** @param {import("../model/doc.js").NodeRecord} node */
  of(node) {
    const { connecting } = this;
    return {
      state: this.marks.stateOf(node),
      severity: this.marks.severityOf(node.id),
      remark: this.marks.remarks.of(node),
      selected: this.selection.nodes.has(node.id),
      hovered: this.hovered === node.id,
      legal: Boolean(connecting?.legal.has(node.id)),
      disabled: node.disabled,
      aimed: connecting?.target === node.id,
      dimmed: Boolean(connecting && connecting.from !== node.id && !connecting.legal.has(node.id)),
    };
  }

  /**
   * @param {import("../model/doc.js").EdgeRecord} edge
   * @returns {"" | "selected" | "near" | "wrong" | "path" | import("../model/remarks.js").Paint}
   */
  ofEdge(edge) {
    if (this.selection.edges.has(edge.id) || this.aimedEdge === edge.id) return "selected";
    if (this.marks.problemEdges.has(edge.id)) return "wrong";
    const chosen = this.selection.nodes;
    if (chosen.size && chosen.size < 50 && (chosen.has(edge.source.id) || chosen.has(edge.target.id)))
      return "near";
    return this.marks.remarks.ofEdge(edge);
  }
}

/** The words on a node. @param {import("../model/doc.js").NodeRecord} node */
export function labelOf(node) {
  if (node.label) return node.label;
  if (node.role === "START") return gettext("Start");
  if (node.role === "END") return gettext("End");
  return node.kind || gettext("Unnamed");
}

/** A kind's name as people write it: HIVE_SQL is Hive SQL. @param {string} kind */
export function kindWord(kind) {
  const words = kind.toLowerCase().split("_").filter(Boolean);
  const upper = new Set(["sql", "http", "mr", "ssh"]);
  return words
    .map((word, i) =>
      upper.has(word) ? word.toUpperCase() : i ? word : word[0].toUpperCase() + word.slice(1),
    )
    .join(" ");
}

/** What a screen reader says of a node, and a tooltip shows. */
export function describe(node, marks) {
  const parts = [labelOf(node)];
  if (node.kind) parts.push(kindWord(node.kind));
  if (node.disabled) parts.push(gettext("disabled"));
  const state = marks.stateOf(node);
  if (state) parts.push(stateWord(state));
  for (const problem of marks.problemsOf.get(node.id) ?? []) parts.push(problem.message);
  parts.push(...remarkWords(marks.remarks.of(node)));
  return parts.join(", ");
}

function remarkWords({ note, paint, people, onPath }) {
  const words = { added: gettext("added"), removed: gettext("removed"), changed: gettext("changed"), moved: gettext("only moved") };
  const parts = [];
  if (note?.text) parts.push(note.text);
  if (onPath) parts.push(gettext("decides when the run ends"));
  if (paint) parts.push(words[paint]);
  for (const person of people ?? []) {
    parts.push(fill(person.edits ? gettext("%(name)s is editing this") : gettext("%(name)s is here"), person));
  }
  return parts;
}

/**
 * Where the icons and the words of a node stand, measured from its left side. A pill has
 * room for one icon only: its state, when it has one.
 * @param {any} node @param {{state: string}} look @param {import("./theme.js").Theme} theme
 */
export function contentOf(node, { state }, theme) {
  const stateLeft = node.w - ICON - 9;
  if (node.role === "JOB" || node.role === "OTHER") {
    const room = (state ? stateLeft - 6 : node.w - 12) - LABEL_LEFT;
    const tile = node.h - 2 * TILE_INSET;
    const text = theme.fit(labelOf(node), room);
    return {
      kindLeft: TILE_INSET + (tile - ICON) / 2,
      labelLeft: LABEL_LEFT,
      stateLeft: state ? stateLeft : null,
      text,
      tile,
    };
  }
  const text = theme.fit(labelOf(node), node.w - ICON - 24);
  const left = (node.w - ICON - PILL_GAP - theme.widthOf(text)) / 2 - 2;
  return {
    kindLeft: state ? null : left,
    stateLeft: state ? left : null,
    labelLeft: left + ICON + PILL_GAP,
    text,
    tile: 0,
  };
}
