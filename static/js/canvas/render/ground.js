/** Notes and the frames of groups, under the nodes and edges. */

import { frameOf } from "../model/notes.js";

export class Ground {
  /** @type {Map<string, HTMLElement>} */
  #elements = new Map();
  chosen = "";

  /**
   * @param {HTMLElement} host
   * @param {import("../model/camera.js").Camera} camera
   * @param {(node: any) => any} placeOf
   */
  constructor(host, camera, placeOf) {
    Object.assign(this, { host, camera, placeOf });
    this.layer = document.createElement("div");
    this.layer.className = "fc-ground";
    host.querySelector(".fc-grid").after(this.layer);
    camera.onChange(() => this.#put());
  }

  /** @param {import("../model/notes.js").Note[]} notes @param {import("../model/notes.js").Group[]} groups */
  show(notes, groups) {
    this.groups = groups;
    const kept = new Set();
    for (const group of groups) this.#showGroup(group, kept);
    for (const note of notes) this.#showNote(note, kept);
    for (const [id, element] of this.#elements) {
      if (kept.has(id)) continue;
      element.remove();
      this.#elements.delete(id);
    }
    this.#put();
  }

  /** Nodes are shown elsewhere: so are the frames around them. */
  follow() {
    for (const group of this.groups ?? []) this.#frame(group);
  }

  /** @param {string} id */
  elementOf(id) {
    return this.#elements.get(id);
  }

  /** @param {string} id */
  choose(id) {
    if (this.chosen === id) return;
    this.#elements.get(this.chosen)?.classList.remove("is-selected");
    this.chosen = id;
    this.#elements.get(id)?.classList.add("is-selected");
  }

  #put() {
    if (!this.#elements.size) return;
    const { zoom, offsetX, offsetY } = this.camera;
    this.layer.style.transform = `translate(${offsetX}px,${offsetY}px)scale(${zoom})`;
  }

  #element(id, of, kept) {
    kept.add(id);
    let element = this.#elements.get(id);
    if (!element) {
      element = document.createElement("div");
      element.append(document.createElement("span"));
      element.tabIndex = -1;
      element.dataset[of] = id;
      element.setAttribute("role", of === "note" ? "note" : "group");
      this.#elements.set(id, element);
      this.layer.append(element);
    }
    return element;
  }

  #showNote(note, kept) {
    const element = this.#element(note.id, "note", kept);
    element.className = `fc-note-card is-${note.tint}${this.chosen === note.id ? " is-selected" : ""}`;
    if (element.firstChild.textContent !== note.text) element.firstChild.textContent = note.text;
    element.setAttribute("aria-label", note.text);
    this.placeNote(note);
  }

  /** @param {import("../model/notes.js").Note} note where it is, or where it is held */
  placeNote({ id, x, y, w, h }) {
    const { style } = this.#elements.get(id);
    style.translate = `${x}px ${y}px`;
    style.width = `${w}px`;
    style.height = `${h}px`;
  }

  #showGroup(group, kept) {
    const element = this.#element(group.id, "group", kept);
    element.className = `fc-group is-${group.tint}${this.chosen === group.id ? " is-selected" : ""}`;
    element.firstChild.textContent = group.title;
    element.setAttribute("aria-label", group.title);
    this.#frame(group);
  }

  #frame(group) {
    const { left, top, right, bottom } = frameOf(group, this.placeOf);
    const style = this.#elements.get(group.id)?.style;
    if (!style) return;
    style.translate = `${left}px ${top}px`;
    style.width = `${right - left}px`;
    style.height = `${bottom - top}px`;
  }
}
