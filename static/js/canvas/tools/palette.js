/**
 * Jobs and kinds from the page: any element with `draggable="true"` and `data-dag` can be
 * dropped on the drawing, or put in the middle of it with Enter.
 */

import { connect, placeNode, splitEdge } from "../model/commands.js";
import { clashes, snap } from "../model/snap.js";
import { boxOf, grow } from "../model/geometry.js";
import { fill, gettext } from "../text.js";
import { aimAtEdge } from "./edge-aim.js";

const TYPE = "application/x-headrace-node";
const SIZE = { w: 170, h: 34 };
const ELBOW_ROOM = 16;

export class Palette {
  /** @param {any} stage */
  constructor(stage) {
    const { signal } = stage;
    this.stage = stage;
    this.dragged = null;
    document.addEventListener("dragstart", (event) => this.#start(event), { signal });
    document.addEventListener("dragend", () => this.#end(), { signal });
    document.addEventListener("keydown", (event) => this.#key(event), { signal });
    stage.listen("dragover", (event) => this.#over(event));
    stage.listen("dragleave", () => {
      stage.overlay.showBox(null);
      aimAtEdge(stage, null);
    });
    stage.listen("drop", (event) => this.#drop(event));
  }

  /**
   * Place an item; one without a job is the page's to make first.
   * @param {any} item @param {number} x @param {number} y
   * @param {{node: any, direction: "down" | "up"} | {edge: any} | null} [link] what it is connected with
   */
  place(item, x, y, link = null) {
    const { stage } = this;
    if (!stage.editable) return;
    const at = { x: Math.round(x), y: Math.round(y) };
    const control = item.kind === "START" || item.kind === "END";
    if (!item.jobId && !item.fields && !control) {
      this.awaited = { kind: item.kind, ...at, link };
      stage.emit("dag:new", { kind: item.kind, ...at });
      return;
    }
    const { ops, id } = placeNode(stage.doc, item, at.x, at.y);
    const name = item.label ?? item.kind;
    stage.edit(fill(gettext("Add %(name)s"), { name }), [...ops, ...this.#linking(link, id, ops[0].node)], {
      select: [id],
    });
    const node = stage.doc.nodes.get(id);
    if (!node) return;
    if (stage.host.contains(document.activeElement)) stage.focusNode(node);
    else stage.selection.focusOn(id);
    stage.announce(fill(gettext("%(name)s added."), { name }));
  }

  /** What the page made for us goes where it was wanted. */
  placeMade({ x, y, ...item }) {
    const { awaited } = this;
    this.awaited = null;
    const same = awaited && awaited.kind === item.kind && awaited.x === Number(x) && awaited.y === Number(y);
    const spot = Number.isFinite(x) && Number.isFinite(y) ? { x, y } : this.freeSpot();
    this.place(item, spot.x, spot.y, same ? awaited.link : null);
  }

  /** @returns {any[]} the operations that connect a node which is not there yet */
  #linking(link, id, node) {
    const { doc } = this.stage;
    if (!link) return [];
    if (link.edge) {
      const there = doc.edges.get(link.edge.id);
      return there ? splitEdge(doc, there, { id, y: node.y, h: SIZE.h }) : [];
    }
    if (!doc.nodes.has(link.node.id)) return [];
    return link.direction === "down" ? connect(doc, link.node.id, id) : connect(doc, id, link.node.id);
  }

  #start(event) {
    const source = event.target instanceof Element ? event.target.closest("[data-dag]") : null;
    this.dragged = source && readItem(source);
    if (!this.dragged || !this.stage.editable) return;
    event.dataTransfer.setData(TYPE, JSON.stringify(this.dragged));
    event.dataTransfer.effectAllowed = "copy";
  }

  #end() {
    this.dragged = null;
    this.stage.overlay.showBox(null);
    this.stage.overlay.showGuides([]);
    aimAtEdge(this.stage, null);
  }

  #over(event) {
    if (!this.stage.editable || !(this.dragged || event.dataTransfer.types.includes(TYPE))) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    const { box, guides } = this.#rest(event);
    this.stage.overlay.showBox(box);
    this.stage.overlay.showGuides(guides);
    aimAtEdge(this.stage, this.dragged?.kind === "START" || this.dragged?.kind === "END" ? null : middleOf(box));
  }

  #drop(event) {
    const item = this.dragged ?? parse(event.dataTransfer.getData(TYPE));
    if (!item) return;
    event.preventDefault();
    const { box } = this.#rest(event);
    const edge = this.stage.doc.edges.get(this.stage.scene.appearance.aimedEdge);
    this.#end();
    this.stage.takeFocus();
    const { x, y } = middleOf(box);
    this.place(item, x, y, edge ? { edge } : null);
  }

  #rest(event) {
    const { camera, places } = this.stage;
    const { x, y } = this.stage.pointOf(event);
    const at = camera.toWorld(x, y);
    const box = boxOf({ ...at, ...SIZE });
    const { dx, dy, guides } = snap(
      box,
      places.nodesTouching(camera.window()).slice(0, 400).map(boxOf),
      6 / camera.zoom,
    );
    return { box: boxOf({ x: at.x + dx, y: at.y + dy, ...SIZE }), guides };
  }

  #key(event) {
    if (event.key !== "Enter" || event.defaultPrevented || !(event.target instanceof Element)) return;
    const source = event.target.closest("[data-dag]");
    const item = source && readItem(source);
    if (!item || !this.stage.editable) return;
    event.preventDefault();
    const at = this.freeSpot();
    this.place(item, at.x, at.y);
  }

  /** Near the middle of the window, where nothing lies yet. */
  freeSpot() {
    const { camera, places } = this.stage;
    const at = camera.toWorld(camera.width / 2, camera.height / 2);
    for (let tries = 0; tries < 60; tries++) {
      const box = grow(boxOf({ ...at, ...SIZE }), ELBOW_ROOM);
      if (!clashes(box, places.nodesTouching(box).map(boxOf))) break;
      at.y += SIZE.h + ELBOW_ROOM + 6;
    }
    return at;
  }
}

const middleOf = ({ left, right, top, bottom }) => ({ x: (left + right) / 2, y: (top + bottom) / 2 });

function readItem(element) {
  return parse(element.getAttribute("data-dag"));
}

function parse(text) {
  try {
    const item = JSON.parse(text);
    return typeof item?.kind === "string" ? item : null;
  } catch {
    return null;
  }
}
