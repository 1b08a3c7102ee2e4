/**
 * Jobs and kinds from the page: any element with `draggable="true"` and `data-dag` can be
 * dropped on the drawing, or put in the middle of it with Enter.
 */

import { placeNode } from "../model/commands.js";
import { clashes, snap } from "../model/snap.js";
import { boxOf, grow } from "../model/geometry.js";
import { fill, gettext } from "../text.js";

const TYPE = "application/x-headrace-node";
const SIZE = { w: 170, h: 34 };
const ELBOW_ROOM = 16;

export class Palette {
  /** @param {any} stage @param {AbortSignal} signal */
  constructor(stage, signal) {
    this.stage = stage;
    this.dragged = null;
    document.addEventListener("dragstart", (event) => this.#start(event), { signal });
    document.addEventListener("dragend", () => this.#end(), { signal });
    document.addEventListener("keydown", (event) => this.#key(event), { signal });
    const { host } = stage;
    host.addEventListener("dragover", (event) => this.#over(event));
    host.addEventListener("dragleave", () => stage.overlay.showBox(null));
    host.addEventListener("drop", (event) => this.#drop(event));
  }

  /** Place an item; one without a job is the page's to make first. */
  place(item, x, y) {
    const { stage } = this;
    if (!stage.editable) return;
    const at = { x: Math.round(x), y: Math.round(y) };
    const control = item.kind === "START" || item.kind === "END";
    if (!item.jobId && !control) {
      stage.emit("dag:new", { kind: item.kind, ...at });
      return;
    }
    const { ops, id } = placeNode(stage.doc, item, at.x, at.y);
    stage.edit(fill(gettext("Add %(name)s"), { name: item.label ?? item.kind }), ops, { select: [id] });
    stage.selection.focusOn(id);
    stage.announce(fill(gettext("%(name)s added."), { name: item.label ?? item.kind }));
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
  }

  #over(event) {
    if (!this.stage.editable || !(this.dragged || event.dataTransfer.types.includes(TYPE))) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    const { box, guides } = this.#rest(event);
    this.stage.overlay.showBox(box);
    this.stage.overlay.showGuides(guides);
  }

  #drop(event) {
    const item = this.dragged ?? parse(event.dataTransfer.getData(TYPE));
    if (!item) return;
    event.preventDefault();
    const { box } = this.#rest(event);
    this.#end();
    this.stage.takeFocus();
    this.place(item, (box.left + box.right) / 2, (box.top + box.bottom) / 2);
  }

  #rest(event) {
    const { host, camera, places } = this.stage;
    const frame = host.getBoundingClientRect();
    const at = camera.toWorld(event.clientX - frame.left, event.clientY - frame.top);
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
