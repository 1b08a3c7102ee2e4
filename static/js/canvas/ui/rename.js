/** The name of a node, or what stands on an edge, written where it is. */

import { labelEdge } from "../model/commands.js";
import { boxOf, labelSpot } from "../model/geometry.js";
import { labelOf } from "../render/appearance.js";
import { fill, gettext } from "../text.js";

const LONGEST = 128;
const EDGE_FIELD = { w: 160, h: 26 };

/**
 * @typedef {object} Subject
 * @property {() => import("../model/geometry.js").Placed} place where its field stands
 * @property {string} name what the field is called
 * @property {string} text
 * @property {string} placeholder
 * @property {(text: string) => void} write
 * @property {() => void} leave
 */

export class Renaming {
  /** @type {Subject | null} */
  #subject = null;

  /** @param {any} stage */
  constructor(stage) {
    this.stage = stage;
    this.field = document.createElement("input");
    this.field.className = "fc-control fc-rename";
    this.field.maxLength = LONGEST;
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
    this.#open({
      place: () => node,
      name: gettext("Name of the node"),
      text: node.label,
      placeholder: labelOf(node),
      write: (label) => {
        if (stage.doc.nodes.get(node.id) !== node) return;
        const ops = [{ op: "set", of: "node", id: node.id, path: ["label"], value: label }];
        stage.edit(gettext("Rename"), ops);
        stage.announce(fill(gettext("Renamed to %(name)s."), { name: labelOf(node) }));
      },
      leave: () => stage.focusNode(node),
    });
  }

  /** @param {import("../model/doc.js").EdgeRecord} edge */
  beginEdge(edge) {
    const { stage } = this;
    if (!stage.editable) return;
    this.#open({
      place: () => ({ ...labelSpot(edge, stage.places.ways.of(edge)), ...EDGE_FIELD }),
      name: gettext("Label of the edge"),
      text: edge.label,
      placeholder: gettext("Label"),
      write: (label) => stage.doc.edges.get(edge.id) === edge && stage.edit(gettext("Label"), labelEdge(edge, label)),
      leave: () => {
        stage.selection.choose([], [edge.id]);
        stage.takeFocus();
      },
    });
  }

  #open(subject) {
    const { stage, field } = this;
    stage.camera.reveal(boxOf(subject.place()));
    this.#subject = subject;
    field.setAttribute("aria-label", subject.name);
    field.value = subject.text;
    field.placeholder = subject.placeholder;
    field.hidden = false;
    this.#put();
    field.focus({ preventScroll: true });
    field.select();
  }

  #put() {
    if (!this.#subject) return;
    const { camera } = this.stage;
    const place = this.#subject.place();
    const { left, top } = boxOf(place);
    const at = camera.toScreen(left, top);
    const zoom = Math.max(0.75, camera.zoom);
    this.field.style.translate = `${at.x}px ${at.y}px`;
    this.field.style.width = `${place.w * zoom}px`;
    this.field.style.height = `${place.h * zoom}px`;
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
    const subject = this.#subject;
    if (!subject) return;
    this.#subject = null;
    this.field.hidden = true;
    const text = this.field.value.trim();
    if (keep && text !== subject.text) subject.write(text);
    if (refocus) subject.leave();
  }
}
