/** A node's name, written where it stands. */

import { boxOf } from "../model/geometry.js";
import { labelOf } from "../render/appearance.js";
import { fill, gettext } from "../text.js";

const LONGEST = 128;

export class Renaming {
  #node = null;

  /** @param {any} stage */
  constructor(stage) {
    this.stage = stage;
    this.field = document.createElement("input");
    this.field.className = "fc-control fc-rename";
    this.field.maxLength = LONGEST;
    this.field.setAttribute("aria-label", gettext("Name of the node"));
    this.field.hidden = true;
    stage.host.append(this.field);
    this.field.addEventListener("keydown", (event) => this.#key(event));
    this.field.addEventListener("blur", () => this.#end(true, false));
    stage.camera.onChange(() => this.#put());
  }

  /** @param {any} node */
  begin(node) {
    const { stage } = this;
    if (!stage.editable || node.role !== "JOB") return;
    stage.camera.reveal(boxOf(node));
    this.#node = node;
    this.field.value = node.label;
    this.field.placeholder = labelOf(node);
    this.field.hidden = false;
    this.#put();
    this.field.focus({ preventScroll: true });
    this.field.select();
  }

  #put() {
    if (!this.#node) return;
    const { camera } = this.stage;
    const { left, top } = boxOf(this.#node);
    const at = camera.toScreen(left, top);
    const zoom = Math.max(0.75, camera.zoom);
    this.field.style.translate = `${at.x}px ${at.y}px`;
    this.field.style.width = `${this.#node.w * zoom}px`;
    this.field.style.height = `${this.#node.h * zoom}px`;
    this.field.style.fontSize = `${12.5 * zoom}px`;
  }

  #key(event) {
    event.stopPropagation();
    if (event.isComposing) return;
    if (event.key === "Enter" || event.key === "Tab") this.#end(true, true);
    else if (event.key === "Escape") this.#end(false, true);
    else return;
    event.preventDefault();
  }

  #end(keep, refocus) {
    const node = this.#node;
    if (!node) return;
    this.#node = null;
    this.field.hidden = true;
    const label = this.field.value.trim();
    const { stage } = this;
    if (keep && label !== node.label && stage.doc.nodes.get(node.id) === node) {
      const ops = [{ op: "set", of: "node", id: node.id, path: ["label"], value: label }];
      stage.edit(gettext("Rename"), ops);
      stage.announce(fill(gettext("Renamed to %(name)s."), { name: labelOf(node) }));
    }
    if (refocus) stage.focusNode(node);
  }
}
