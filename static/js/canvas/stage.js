/** The parts of one open drawing, and what tools, keys and buttons may ask of them. */

import { Clipboard } from "./clipboard.js";
import { Keyboard, firstNode } from "./keyboard.js";
import { arrange } from "./layout/arrange.js";
import { Camera } from "./model/camera.js";
import { moveTo, remove } from "./model/commands.js";
import { Editing } from "./model/editing.js";
import { boxOf, inPort, outPort } from "./model/geometry.js";
import { Marks } from "./model/marks.js";
import { OpError } from "./model/ops.js";
import { Places } from "./model/places.js";
import { Selection } from "./model/selection.js";
import { flyTo, glide } from "./render/animate.js";
import { Grid } from "./render/grid.js";
import { Minimap } from "./render/minimap.js";
import { Overlay } from "./render/overlay.js";
import { Scene } from "./render/scene.js";
import { Palette } from "./tools/palette.js";
import { PointerTools } from "./tools/pointer.js";
import { fill, gettext, ngettext } from "./text.js";

const ZOOM_STEP = 1.25;
const MOST_GLIDING_NODES = 500;

export class Stage {
  /**
   * @param {HTMLElement} host
   * @param {import("./model/doc.js").GraphDoc} doc
   * @param {{editable: boolean, signal: AbortSignal, emit: (name: string, detail: any) => void, announce: (text: string) => void, notify: (text: string) => void}} ways
   */
  constructor(host, doc, { editable, signal, emit, announce, notify }) {
    Object.assign(this, { host, doc, editable, emit, announce, notify });
    this.camera = new Camera();
    this.selection = new Selection();
    this.marks = new Marks();
    this.places = new Places(doc);
    this.editing = new Editing(doc, this.selection);
    this.grid = new Grid(host, this.camera);
    this.scene = new Scene(host, this);
    this.overlay = new Overlay(this.scene.svg, this.camera);
    this.minimap = new Minimap(host, this.scene);
    this.tools = new PointerTools(this);
    this.palette = new Palette(this, signal);
    this.keyboard = new Keyboard(this);
    this.clipboard = new Clipboard(this);
    doc.onChange((change) => this.#follow(change));
    this.selection.onChange(() => this.#followFocus());
    this.pointerWorld = null;
    host.addEventListener("pointermove", (event) => this.#remember(event));
    host.addEventListener("pointerleave", () => (this.pointerWorld = null));
    this.#followFocus();
    this.minimap.ask();
  }

  /** @param {string} label @param {any[]} ops @param {{select?: string[], merge?: string}} [options] */
  edit(label, ops, options) {
    if (!this.editable || !ops.length) return;
    try {
      this.editing.run(label, ops, options);
    } catch (error) {
      this.#explain(error);
    }
  }

  open(id) {
    this.emit("dag:open", { id });
  }

  /** Keys are ours from now on. */
  takeFocus() {
    if (document.activeElement?.closest(".fc-node") && this.host.contains(document.activeElement)) return;
    this.host.focus({ preventScroll: true });
  }

  /** Walk the keyboard to a node. */
  focusNode(node) {
    this.selection.focusOn(node.id);
    this.camera.reveal(boxOf(node));
    this.scene.focus(node)?.focus({ preventScroll: true });
  }

  /** Show where a node is, from a list or a search. @param {string} id */
  locate(id) {
    const node = this.doc.nodes.get(id);
    if (!node) return;
    this.selection.choose([id]);
    this.selection.focusOn(id);
    flyTo(this.camera, node, Math.max(0.8, Math.min(1, this.camera.zoom)));
  }

  showWire(from, to) {
    this.camera.reveal(boxOf(to));
    this.overlay.showWire(outPort(from), inPort(to));
  }

  /** Where pasted nodes go: under the pointer, or the middle of what is seen. */
  pasteSpot() {
    return this.pointerWorld ?? this.camera.toWorld(this.camera.width / 2, this.camera.height / 2);
  }

  fit() {
    this.camera.fit(this.places.bounds);
  }

  /** @param {string} name as in `dag:command` */
  command(name) {
    const { camera, doc, selection } = this;
    const commands = {
      undo: () => this.#travel("undo", gettext("Undone: %(label)s")),
      redo: () => this.#travel("redo", gettext("Done again: %(label)s")),
      fit: () => this.fit(),
      "zoom-in": () => camera.zoomCentre(ZOOM_STEP),
      "zoom-out": () => camera.zoomCentre(1 / ZOOM_STEP),
      "zoom-reset": () => camera.zoomTo(1),
      layout: () => this.layOut(),
      delete: () => this.#delete(),
      "select-all": () => selection.choose(doc.nodes.keys(), doc.edges.keys()),
      copy: () => this.clipboard.copy(),
      paste: () => this.clipboard.paste(),
      duplicate: () => this.clipboard.duplicate(),
    };
    if (Object.hasOwn(commands, name)) commands[name]();
  }

  async layOut() {
    if (!this.editable || this.doc.nodes.size < 2) return;
    this.host.setAttribute("aria-busy", "true");
    try {
      const ops = moveTo(this.doc, await arrange(this.doc));
      const before = new Map([...this.doc.nodes.values()].map((node) => [node.id, { x: node.x, y: node.y }]));
      this.edit(gettext("Arrange"), ops);
      if (before.size <= MOST_GLIDING_NODES) glide(this.scene, before);
      this.fit();
      this.announce(gettext("The drawing is arranged."));
    } catch {
      this.notify(gettext("The drawing could not be arranged."));
    } finally {
      this.host.removeAttribute("aria-busy");
    }
  }

  destroy() {
    this.scene.destroy();
  }

  #travel(direction, message) {
    if (!this.editable) return;
    try {
      const step = this.editing[direction]();
      if (step) this.announce(fill(message, { label: step.label }));
    } catch (error) {
      this.#explain(error);
    }
  }

  #delete() {
    const { doc, selection } = this;
    if (!this.editable || selection.empty) return;
    const count = selection.nodes.size || selection.edges.size;
    const next = [...selection.nodes]
      .map((id) => doc.nodes.get(id))
      .flatMap((node) => node.incoming.map((edge) => edge.source?.id));
    const hadFocus = this.host.contains(document.activeElement);
    this.edit(gettext("Delete"), remove(doc, selection.nodes, selection.edges));
    const heir = doc.nodes.get(next.find((id) => doc.nodes.has(id))) ?? doc.nodes.get(selection.focus);
    if (hadFocus && heir) this.focusNode(heir);
    this.announce(fill(ngettext("%(count)s removed.", "%(count)s removed.", count), { count }));
  }

  #explain(error) {
    if (!(error instanceof OpError)) throw error;
    this.notify(gettext("Somebody else has changed this meanwhile, so it can not be done."));
  }

  #follow(change) {
    this.places.follow(change);
    this.scene.show(change);
    this.minimap.ask();
  }

  /** One node of the drawing is in the page's tab order: the one the keyboard was on last. */
  #followFocus() {
    const node = this.doc.nodes.get(this.selection.focus) ?? firstNode(this.doc);
    this.scene.keepFocusable(node);
    this.host.tabIndex = node ? -1 : 0;
  }

  #remember(event) {
    const box = this.host.getBoundingClientRect();
    this.pointerWorld = this.camera.toWorld(event.clientX - box.left, event.clientY - box.top);
  }
}
