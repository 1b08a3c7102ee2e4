/** All that can be done with a drawing, by name: the one list that buttons, menus and keys draw from. */

import { saveAsPng, saveAsSvg } from "./export.js";
import { deleteChosen, disable, jobsOf, layOut, place } from "./changes.js";
import { aligned, distributed } from "./model/align.js";
import { boundsOf } from "./model/geometry.js";
import { firstNode } from "./model/walk.js";
import { gettext } from "./text.js";

const ZOOM_STEP = 1.25;

/**
 * @typedef {object} Action
 * @property {(stage?: any) => string} label
 * @property {(stage: any) => boolean} [on] for what is switched on and off
 * @property {string[]} [keys] as `comboOf` writes them; the first is shown
 * @property {boolean} [edits] only where the drawing may be changed
 * @property {(stage: any) => boolean} [can] whether it would do anything now
 * @property {(stage: any) => void} act
 */

const some = (stage) => stage.selection.nodes.size > 0;
const copyable = (stage) => some(stage) || Boolean(stage.notes.chosen);
const several = (stage) => stage.selection.nodes.size > 1;

/** @type {Record<string, Action>} */
export const ACTIONS = {
  open: {
    label: () => gettext("Open"),
    keys: ["Enter"],
    can: (stage) => Boolean(stage.focused) && !stage.notes.chosen,
    act: (stage) => stage.open(stage.focused.id),
  },
  rename: {
    label: (stage) => (stage?.chosenEdge ? gettext("Label…") : gettext("Rename")),
    keys: ["F2"],
    edits: true,
    can: (stage) => Boolean(stage.chosenEdge) || stage.focused?.role === "JOB",
    act: (stage) => (stage.chosenEdge ? stage.renaming.beginEdge(stage.chosenEdge) : stage.renaming.begin(stage.focused)),
  },
  "add-next": {
    label: () => gettext("Add next node…"),
    keys: ["A"],
    edits: true,
    act: (stage) => stage.adding.next(),
  },
  connect: {
    label: () => gettext("Connect with…"),
    keys: ["C"],
    edits: true,
    can: (stage) => Boolean(stage.focused),
    act: (stage) => stage.keyboard.beginConnecting(),
  },
  disable: {
    label: (stage) => (stage && jobsOf(stage).every((node) => node.disabled) ? gettext("Enable") : gettext("Disable")),
    keys: ["D"],
    edits: true,
    can: (stage) => jobsOf(stage).length > 0,
    act: disable,
  },
  undo: {
    label: () => gettext("Undo"),
    keys: ["Ctrl+Z"],
    edits: true,
    can: (stage) => Boolean(stage.editing.history.nextUndo),
    act: (stage) => stage.travel("undo", gettext("Undone: %(label)s")),
  },
  redo: {
    label: () => gettext("Redo"),
    keys: ["Ctrl+Y", "Ctrl+Shift+Z"],
    edits: true,
    can: (stage) => Boolean(stage.editing.history.nextRedo),
    act: (stage) => stage.travel("redo", gettext("Done again: %(label)s")),
  },
  cut: {
    label: () => gettext("Cut"),
    keys: [],
    edits: true,
    can: copyable,
    act: (stage) => stage.clipboard.cut(),
  },
  copy: { label: () => gettext("Copy"), keys: [], can: copyable, act: (stage) => stage.clipboard.copy() },
  paste: { label: () => gettext("Paste"), keys: [], edits: true, act: (stage) => stage.clipboard.paste() },
  duplicate: {
    label: () => gettext("Duplicate"),
    keys: ["Ctrl+D"],
    edits: true,
    can: copyable,
    act: (stage) => stage.clipboard.duplicate(),
  },
  delete: {
    label: () => gettext("Delete"),
    keys: ["Delete", "Backspace"],
    edits: true,
    can: (stage) => !stage.selection.empty || Boolean(stage.notes.chosen),
    act: (stage) => (stage.selection.empty ? stage.notes.remove() : deleteChosen(stage)),
  },
  insert: {
    label: () => gettext("Insert a node here…"),
    keys: ["I"],
    edits: true,
    can: (stage) => stage.selection.edges.size === 1,
    act: (stage) => stage.adding.insert([...stage.selection.edges][0]),
  },
  "select-all": {
    label: () => gettext("Select all"),
    keys: ["Ctrl+A"],
    act: (stage) => stage.selection.choose(stage.doc.nodes.keys(), stage.doc.edges.keys()),
  },
  layout: {
    label: () => gettext("Arrange"),
    keys: ["L"],
    edits: true,
    can: (stage) => stage.doc.nodes.size > 1,
    act: (stage) => layOut(stage, several(stage) ? stage.chosen : null),
  },
  "layout-all": {
    label: () => gettext("Arrange everything"),
    keys: ["Shift+L"],
    edits: true,
    can: (stage) => stage.doc.nodes.size > 1,
    act: (stage) => layOut(stage, null),
  },
  ...alignments(),
  note: {
    label: () => gettext("Add a note"),
    keys: ["N"],
    edits: true,
    act: (stage) => stage.notes.add(stage.pasteSpot()),
  },
  "next-note": {
    label: () => gettext("Go to the next note or group"),
    keys: ["Shift+N"],
    act: (stage) => stage.notes.next(),
  },
  "write-note": {
    label: () => gettext("Write"),
    keys: [],
    edits: true,
    can: (stage) => Boolean(stage.notes.chosen),
    act: (stage) => stage.notes.write(),
  },
  group: {
    label: () => gettext("Group"),
    keys: ["Ctrl+G"],
    edits: true,
    can: some,
    act: (stage) => stage.notes.group(),
  },
  ungroup: {
    label: () => gettext("Ungroup"),
    keys: ["Ctrl+Shift+G"],
    edits: true,
    can: (stage) => stage.notes.groups.length > 0 && (some(stage) || stage.notes.chosen?.of === "groups"),
    act: (stage) => stage.notes.ungroup(),
  },
  table: { label: () => gettext("As a table"), keys: ["T"], act: (stage) => stage.table.toggle() },
  find: { label: () => gettext("Find a node…"), keys: ["Ctrl+F"], act: (stage) => stage.finder.open() },
  fit: { label: () => gettext("Show everything"), keys: ["F", "Shift+1"], act: (stage) => stage.fit() },
  "fit-selection": {
    label: () => gettext("Show what is chosen"),
    keys: ["Shift+2"],
    can: some,
    act: (stage) => stage.camera.fit(boundsOf(stage.chosen), 1.5),
  },
  "zoom-in": {
    label: () => gettext("Zoom in"),
    keys: ["+", "="],
    act: (stage) => stage.camera.zoomCentre(ZOOM_STEP),
  },
  "zoom-out": {
    label: () => gettext("Zoom out"),
    keys: ["-", "_"],
    act: (stage) => stage.camera.zoomCentre(1 / ZOOM_STEP),
  },
  "zoom-reset": {
    label: () => gettext("Zoom to 100 %"),
    keys: ["0", "Ctrl+0", "Shift+0"],
    act: (stage) => stage.camera.zoomTo(1),
  },
  "export-png": {
    label: () => gettext("Save as PNG"),
    keys: ["Ctrl+Shift+E"],
    can: (stage) => stage.doc.nodes.size > 0,
    act: (stage) => saveAsPng(stage),
  },
  "export-svg": {
    label: () => gettext("Save as SVG"),
    can: (stage) => stage.doc.nodes.size > 0,
    act: (stage) => saveAsSvg(stage),
  },
  edges: {
    label: () => gettext("Right-angled edges"),
    keys: ["Shift+E"],
    on: (stage) => stage.places.ways.style === "square",
    act: (stage) => stage.useEdgeStyle(stage.places.ways.style === "square" ? "curved" : "square"),
  },
  start: {
    label: () => gettext("Go to the start"),
    keys: ["Home"],
    act: (stage) => {
      const node = firstNode(stage.doc);
      if (node) stage.goTo(node);
    },
  },
  menu: { label: () => gettext("Menu"), keys: ["Shift+F10", "ContextMenu"], act: (stage) => stage.menu.openByKey() },
};

/** Which action a press of keys means: the first of them that can be done now. */
const BY_KEY = new Map();
for (const [name, { keys = [] }] of Object.entries(ACTIONS)) for (const key of keys) BY_KEY.set(key, name);

/** @param {string} combo */
export const actionOfKey = (combo) => BY_KEY.get(combo);

/** @param {any} stage @param {string} name */
export function isPossible(stage, name) {
  const { edits, can } = ACTIONS[name];
  return (stage.editable || !edits) && (!can || can(stage));
}

function alignments() {
  const sides = [
    ["left", () => gettext("Align left"), "Alt+A"],
    ["center", () => gettext("Align centres"), "Alt+C"],
    ["right", () => gettext("Align right"), "Alt+D"],
    ["top", () => gettext("Align top"), "Alt+W"],
    ["middle", () => gettext("Align middles"), "Alt+M"],
    ["bottom", () => gettext("Align bottom"), "Alt+S"],
  ];
  const found = {};
  for (const [how, label, key] of sides) {
    const act = (stage) => place(stage, label(), aligned(stage.chosen, boundsOf(stage.chosen), how));
    found[`align-${how}`] = { label, keys: [key], edits: true, can: several, act };
  }
  for (const [axis, label, key] of [
    ["x", () => gettext("Distribute across"), "Alt+X"],
    ["y", () => gettext("Distribute down"), "Alt+Y"],
  ]) {
    found[`distribute-${axis}`] = {
      label,
      keys: [key],
      edits: true,
      can: (stage) => stage.selection.nodes.size > 2,
      act: (stage) => place(stage, label(), distributed(stage.chosen, axis)),
    };
  }
  return found;
}
