/** The parts of one open drawing, and what tools, keys and buttons may ask of them. */

import { ACTIONS, isPossible } from "./actions.js";
import { flyToNode } from "./changes.js";
import { Clipboard } from "./clipboard.js";
import { ICONS } from "./icons.js";
import { Keyboard } from "./keyboard.js";
import { Camera } from "./model/camera.js";
import { Editing } from "./model/editing.js";
import { boxOf, inPort, outPort } from "./model/geometry.js";
import { Marks } from "./model/marks.js";
import { OpError } from "./model/ops.js";
import { Places } from "./model/places.js";
import { Selection } from "./model/selection.js";
import { firstNode } from "./model/walk.js";
import { Grid } from "./render/grid.js";
import { Minimap } from "./render/minimap.js";
import { Overlay } from "./render/overlay.js";
import { Scene } from "./render/scene.js";
import { JobSettings } from "./sync/jobs.js";
import { Table } from "./table/table.js";
import { Palette } from "./tools/palette.js";
import { PointerTools } from "./tools/pointer.js";
import { Adding } from "./ui/adding.js";
import { Finder } from "./ui/finder.js";
import { Menu } from "./ui/menu.js";
import { Notes } from "./ui/notes.js";
import { Renaming } from "./ui/rename.js";
import { fill, gettext } from "./text.js";

export class Stage {
  /**
   * @param {HTMLElement} host
   * @param {import("./model/doc.js").GraphDoc} doc
   * @param {{editable: boolean, signal: AbortSignal, emit: (name: string, detail: any) => void, announce: (text: string) => void, notify: (text: string) => void, preferences: {get: (name: string) => string | null, set: (name: string, value: string) => void}}} ways
   */
  constructor(host, doc, { editable, signal, emit, announce, notify, preferences }) {
    Object.assign(this, { host, doc, editable, signal, emit, announce, notify, preferences });
    this.camera = new Camera();
    this.selection = new Selection();
    this.marks = new Marks();
    this.places = new Places(doc);
    if (preferences.get("edges") === "square") this.places.ways.use("square");
    this.editing = new Editing(doc, this.selection);
    this.grid = new Grid(host, this.camera);
    this.scene = new Scene(host, this);
    this.overlay = new Overlay(this.scene.svg, this.camera);
    this.minimap = new Minimap(host, this.scene);
    this.tools = new PointerTools(this);
    this.palette = new Palette(this);
    this.keyboard = new Keyboard(this);
    this.clipboard = new Clipboard(this);
    this.renaming = new Renaming(this);
    this.adding = new Adding(this, host.getAttribute("catalog"));
    this.finder = new Finder(this);
    this.notes = new Notes(this);
    this.table = new Table(this, this.#jobSettings());
    this.menu = new Menu(this, {
      actions: ACTIONS,
      isPossible: (name) => isPossible(this, name),
      icons: ICONS,
    });
    doc.onChange((change) => this.#follow(change));
    this.selection.onChange(() => {
      this.#followFocus();
      this.showEnds();
    });
    this.lastPointed = null;
    this.listen("pointermove", (event) => (this.lastPointed = event));
    this.listen("pointerleave", () => (this.lastPointed = null));
    this.#followFocus();
    this.minimap.ask();
  }

  /**
   * Hear events of the host for as long as this drawing is open: the host outlives it.
   * @param {string} type @param {(event: any) => void} act @param {AddEventListenerOptions} [options]
   */
  listen(type, act, options) {
    this.host.addEventListener(type, act, { ...options, signal: this.signal });
  }

  /** Where an event happened. @param {MouseEvent} event @returns {{x: number, y: number}} in pixels of the host */
  pointOf(event) {
    const box = this.host.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  /** The node the keyboard is on. @returns {import("./model/doc.js").NodeRecord | null} */
  get focused() {
    return this.doc.nodes.get(this.selection.focus) ?? null;
  }

  /** The chosen nodes. @returns {import("./model/doc.js").NodeRecord[]} */
  get chosen() {
    return [...this.selection.nodes].map((id) => this.doc.nodes.get(id)).filter(Boolean);
  }

  /** The chosen edge when it is the only thing chosen. @returns {import("./model/doc.js").EdgeRecord | null} */
  get chosenEdge() {
    const { nodes, edges } = this.selection;
    if (nodes.size || edges.size !== 1) return null;
    const edge = this.doc.edges.get([...edges][0]);
    return edge?.source && edge.target ? edge : null;
  }

  /** @param {string} label @param {any[]} ops @param {{select?: string[], merge?: string, effect?: any}} [options] */
  edit(label, ops, options) {
    if (!this.editable || !(ops.length || options?.effect)) return;
    try {
      this.editing.run(label, ops, options);
    } catch (error) {
      this.#explain(error);
    }
  }

  /** @param {"undo" | "redo"} direction @param {string} message with a place for the label */
  travel(direction, message) {
    try {
      const step = this.editing[direction]();
      if (step) this.announce(fill(message, { label: step.label }));
    } catch (error) {
      this.#explain(error);
    }
  }

  /** @param {string} name as in `dag:command`: one of ACTIONS @returns {boolean} whether there is such an action */
  command(name) {
    if (!Object.hasOwn(ACTIONS, name)) return false;
    if (isPossible(this, name)) ACTIONS[name].act(this);
    return true;
  }

  open(id) {
    this.emit("dag:open", { id });
  }

  /** Keys are ours from now on. */
  takeFocus() {
    if (document.activeElement?.closest(".fc-node") && this.host.contains(document.activeElement)) return;
    const node = this.selection.empty ? null : this.focused;
    const element = node && this.scene.svg.elementOf(node);
    (element ?? this.host).focus({ preventScroll: true });
  }

  /** Walk the keyboard to a node. */
  focusNode(node) {
    this.selection.focusOn(node.id);
    this.camera.reveal(boxOf(node));
    this.scene.focus(node)?.focus({ preventScroll: true });
  }

  /** Choose a node and walk there. @param {any} node @param {{keep?: boolean}} [options] what was chosen stays chosen */
  goTo(node, { keep = false } = {}) {
    if (!keep) this.selection.choose([node.id]);
    this.focusNode(node);
  }

  /** Show where a node is, from a list or a search; an edge by its end. @param {string} id */
  locate(id) {
    const edge = this.doc.nodes.has(id) ? null : this.doc.edges.get(id);
    const node = edge?.source ?? this.doc.nodes.get(id);
    if (!node) return;
    this.selection.choose(edge ? [] : [id], edge ? [id] : []);
    this.selection.focusOn(node.id);
    flyToNode(this, node);
  }

  /** Show by which ends the chosen edge can be led elsewhere. */
  showEnds() {
    const edge = this.editable && this.chosenEdge;
    this.overlay.showEnds(edge ? [outPort(edge.source), inPort(edge.target)] : []);
  }

  showWire(from, to) {
    this.camera.reveal(boxOf(to));
    this.overlay.showWire(outPort(from), inPort(to));
  }

  /** Where pasted nodes go: under the pointer, or the middle of what is seen. */
  pasteSpot() {
    const { camera } = this;
    const { x, y } = this.lastPointed ? this.pointOf(this.lastPointed) : { x: camera.width / 2, y: camera.height / 2 };
    return camera.toWorld(x, y);
  }

  fit() {
    this.camera.fit(this.places.bounds);
  }

  /** @param {import("./model/route.js").Style} style */
  useEdgeStyle(style) {
    this.preferences.set("edges", style);
    this.places.ways.use(style);
    this.scene.redraw();
  }

  destroy() {
    this.scene.destroy();
  }

  /** Where the page can say of the jobs what the drawing does not. */
  #jobSettings() {
    const url = this.host.getAttribute("jobs");
    if (!url) return null;
    return new JobSettings(url, {
      changed: () => this.table.isOpen && this.table.show(),
      failed: (message) => this.notify(message || gettext("The jobs could not be saved.")),
      saved: (unsaved) => this.emit("dag:jobs", { unsaved }),
    });
  }

  #explain(error) {
    if (!(error instanceof OpError)) throw error;
    this.notify(gettext("Somebody else has changed this meanwhile, so it can not be done."));
  }

  #follow(change) {
    this.places.follow(change);
    this.scene.show(change);
    this.minimap.ask();
    this.showEnds();
  }

  /** One node of the drawing is in the page's tab order: the one the keyboard was on last. */
  #followFocus() {
    const node = this.focused ?? firstNode(this.doc);
    this.scene.keepFocusable(node);
    this.host.tabIndex = node ? -1 : 0;
  }
}
