/** The menu of a node, of an edge, or of the paper: by the right button, a long press, Shift+F10. */

import { boxOf, pointOn } from "../model/geometry.js";
import { frameOf } from "../model/notes.js";
import { gettext } from "../text.js";

const RULE = "-";
const OF_NODE = [
  "open",
  "rename",
  "add-next",
  "connect",
  RULE,
  "disable",
  "duplicate",
  "cut",
  "copy",
  RULE,
  "layout",
  "group",
  "ungroup",
  "fit-selection",
  RULE,
  "delete",
];
/** What is for one node alone stands before this. */
const OF_ONE = 5;
const ALIGN = [
  "align-left",
  "align-center",
  "align-right",
  "align-top",
  "align-middle",
  "align-bottom",
  "distribute-x",
  "distribute-y",
];
const OF_EDGE = ["rename", "insert", "go-source", "go-target", RULE, "edges", RULE, "delete"];
const OF_PAPER = [
  "add-next",
  "note",
  "paste",
  "select-all",
  RULE,
  "layout-all",
  "find",
  "table",
  "fit",
  "zoom-reset",
  RULE,
  "edges",
  "export-png",
  "export-svg",
];
const OF_NOTE = ["write-note", RULE, RULE, "duplicate", "cut", "copy", RULE, "delete"];
const OF_GROUP = ["write-note", "ungroup", RULE, RULE, "duplicate", "cut", "copy"];
const EDGE_REACH_PX = 8;
const MARGIN = 8;

export class Menu {
  #byKeyAt = -Infinity;

  /**
   * @param {any} stage
   * @param {{actions: Record<string, any>, isPossible: (name: string) => boolean, icons: Record<string, string>}} ways
   */
  constructor(stage, { actions, isPossible, icons }) {
    Object.assign(this, { stage, actions, isPossible, icons });
    this.root = document.createElement("div");
    this.root.className = "fc-control fc-menu";
    this.root.setAttribute("role", "menu");
    this.root.hidden = true;
    stage.host.append(this.root);
    stage.listen("contextmenu", (event) => this.#onContextMenu(event));
    this.root.addEventListener("keydown", (event) => this.#key(event));
    this.root.addEventListener("focusout", (event) => {
      if (!this.root.contains(event.relatedTarget)) this.close();
    });
    stage.camera.onChange(() => this.close());
  }

  get isOpen() {
    return !this.root.hidden;
  }

  close() {
    if (this.isOpen) this.root.hidden = true;
  }

  /** Where the keyboard is: at the node, the chosen edge, or in the middle. */
  openByKey() {
    const { stage } = this;
    this.#byKeyAt = performance.now();
    const edge = stage.selection.nodes.size ? null : stage.doc.edges.get([...stage.selection.edges][0]);
    const node = edge || stage.selection.empty ? null : stage.focused;
    const note = stage.notes.chosen;
    if (note) {
      const { x, y } = note.of === "notes" ? note.one : { x: frameOf(note.one).left, y: frameOf(note.one).top };
      return this.#open(note.of, this.#screen({ x: x + 12, y: y + 24 }));
    }
    if (edge) return this.#open("edge", this.#screen(pointOn(stage.places.ways.of(edge), 0.5)), { edge });
    if (node) {
      const { left, bottom } = boxOf(node);
      return this.#open("node", this.#screen({ x: left + 8, y: bottom }), { node });
    }
    this.#open("paper", { x: stage.camera.width / 2, y: stage.camera.height / 3 });
  }

  #screen({ x, y }) {
    return this.stage.camera.toScreen(x, y);
  }

  #onContextMenu(event) {
    const { stage } = this;
    if (event.target instanceof Element && event.target.closest(".fc-control")) return;
    event.preventDefault();
    // A key that opens the menu also tells the page of it.
    if (performance.now() - this.#byKeyAt < 400 || stage.tools.active) return;
    const at = stage.pointOf(event);
    const world = stage.camera.toWorld(at.x, at.y);
    const { selection, places } = stage;
    const node = places.nodeAt(world.x, world.y);
    if (node) {
      if (!selection.nodes.has(node.id)) selection.choose([node.id]);
      selection.focusOn(node.id);
      return this.#open("node", at, { node });
    }
    const edge = places.edgeAt(world.x, world.y, EDGE_REACH_PX / stage.camera.zoom);
    if (edge) {
      if (!selection.edges.has(edge.id)) selection.choose([], [edge.id]);
      return this.#open("edge", at, { edge });
    }
    selection.clear();
    const note = stage.notes.at(world);
    stage.notes.choose(note?.one.id ?? "");
    this.#open(note?.of ?? "paper", at);
  }

  #open(of, at, { node = null, edge = null } = {}) {
    const { stage } = this;
    const several = stage.selection.nodes.size > 1;
    const names = {
      node: several ? OF_NODE.slice(OF_ONE) : OF_NODE,
      edge: OF_EDGE,
      notes: OF_NOTE,
      groups: OF_GROUP,
      paper: OF_PAPER,
    }[of];
    const items = names.map((name) => this.#item(name, edge)).filter(Boolean);
    if (of === "node" && several) items.splice(-2, 0, this.#alignRow());
    if (of === "notes" || of === "groups") items.splice(items.findIndex((item) => item.tagName === "HR") + 1, 0, this.#tintRow());
    const more = [];
    // A page adds what only it can do.
    stage.emit("dag:menu", { of, node, edge, nodes: stage.chosen, items: more });
    if (more.length) items.unshift(...more.map((item) => this.#button(item)), rule());
    this.root.replaceChildren(...tidy(items));
    this.root.setAttribute("aria-label", { node: gettext("Node"), edge: gettext("Edge"), notes: gettext("Note"), groups: gettext("Group"), paper: gettext("Drawing") }[of]);
    this.root.hidden = false;
    this.#putAt(at);
    this.root.querySelector("button")?.focus({ preventScroll: true });
  }

  #putAt({ x, y }) {
    const { width, height } = this.stage.camera;
    const { offsetWidth: w, offsetHeight: h } = this.root;
    const left = Math.max(MARGIN, Math.min(x, width - w - MARGIN));
    const top = Math.max(MARGIN, Math.min(y, height - h - MARGIN));
    this.root.style.translate = `${Math.round(left)}px ${Math.round(top)}px`;
  }

  #item(name, edge) {
    if (name === RULE) return rule();
    if (name === "go-source" || name === "go-target") {
      const node = name === "go-source" ? edge?.source : edge?.target;
      const label = name === "go-source" ? gettext("Go to where it comes from") : gettext("Go to where it leads");
      return node ? this.#button({ label, act: () => this.stage.goTo(node) }) : null;
    }
    const action = this.actions[name];
    if (!action || !this.isPossible(name)) return null;
    return this.#button({
      name,
      label: action.label(this.stage),
      keys: action.keys?.[0] ?? SYSTEM_KEYS[name],
      checked: action.on?.(this.stage),
      danger: name === "delete",
      act: () => action.act(this.stage),
    });
  }

  #button({ name = "", label, keys = "", checked, danger = false, act }) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = danger ? "is-danger" : "";
    button.setAttribute("role", checked === undefined ? "menuitem" : "menuitemcheckbox");
    if (checked !== undefined) button.setAttribute("aria-checked", String(checked));
    button.tabIndex = -1;
    button.innerHTML = `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${this.icons[name] ?? ""}"/></svg><span></span>`;
    button.querySelector("span").textContent = label;
    if (keys) {
      const hint = document.createElement("kbd");
      hint.textContent = keys === "Delete" ? "Del" : keys.replaceAll("+", " ");
      button.append(hint);
      button.setAttribute("aria-keyshortcuts", keys.replace("Ctrl", "Control"));
    }
    button.addEventListener("click", () => {
      this.close();
      this.stage.takeFocus();
      act();
    });
    return button;
  }

  #tintRow() {
    const row = document.createElement("div");
    row.className = "fc-menu-row";
    row.setAttribute("role", "group");
    row.setAttribute("aria-label", gettext("Colour"));
    for (const [tint, word] of Object.entries(TINT_WORDS)) {
      const button = this.#button({ label: word(), act: () => this.stage.notes.paint(tint) });
      button.title = word();
      button.setAttribute("aria-label", word());
      button.className = `fc-tint is-${tint}`;
      button.replaceChildren();
      row.append(button);
    }
    return row;
  }

  #alignRow() {
    const row = document.createElement("div");
    row.className = "fc-menu-row";
    row.setAttribute("role", "group");
    row.setAttribute("aria-label", gettext("Align"));
    for (const name of ALIGN) {
      if (!this.isPossible(name)) continue;
      const button = this.#item(name, null);
      button.title = `${button.textContent}`;
      button.setAttribute("aria-label", this.actions[name].label());
      button.querySelector("span").remove();
      button.querySelector("kbd")?.remove();
      row.append(button);
    }
    return row;
  }

  #key(event) {
    const items = [...this.root.querySelectorAll("button")];
    const at = items.indexOf(document.activeElement);
    const go = (to) => items[(to + items.length) % items.length]?.focus();
    const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
    if (steps[event.key]) go(at + steps[event.key]);
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(items.length - 1);
    else if (event.key === "Escape" || event.key === "Tab") {
      this.close();
      this.stage.takeFocus();
    } else if (/^[a-z]$/i.test(event.key) && !event.ctrlKey) {
      const starts = (button) => button.textContent.toLowerCase().startsWith(event.key.toLowerCase());
      [...items.slice(at + 1), ...items.slice(0, at + 1)].find(starts)?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

const TINT_WORDS = {
  yellow: () => gettext("Yellow"),
  blue: () => gettext("Blue"),
  green: () => gettext("Green"),
  red: () => gettext("Red"),
  grey: () => gettext("Grey"),
};

/** What the browser itself does with the system's clipboard. */
const SYSTEM_KEYS = { copy: "Ctrl+C", cut: "Ctrl+X", paste: "Ctrl+V" };

function rule() {
  const line = document.createElement("hr");
  line.setAttribute("role", "separator");
  return line;
}

/** No rule at the ends, none after another. */
function tidy(items) {
  const isRule = (item) => item?.tagName === "HR";
  const kept = items.filter((item, i) => !isRule(item) || (i > 0 && !isRule(items[i - 1])));
  while (isRule(kept.at(-1))) kept.pop();
  return kept;
}
