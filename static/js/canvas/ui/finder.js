/** Finds nodes by name, kind or job, and goes from one to the next. */

import { kindWord, labelOf } from "../render/appearance.js";
import { fill, gettext } from "../text.js";

export class Finder {
  #hits = [];
  #at = 0;

  /** @param {any} stage */
  constructor(stage) {
    this.stage = stage;
    this.root = document.createElement("div");
    this.root.className = "fc-control fc-finder";
    this.root.setAttribute("role", "search");
    this.root.hidden = true;
    this.field = document.createElement("input");
    this.field.type = "search";
    this.field.placeholder = gettext("Find a node");
    this.field.setAttribute("aria-label", gettext("Find a node"));
    this.count = document.createElement("output");
    this.root.append(
      this.field,
      this.count,
      this.#button("M4 10l4-4 4 4", gettext("Previous"), () => this.#step(-1)),
      this.#button("M4 6l4 4 4-4", gettext("Next"), () => this.#step(1)),
      this.#button("M4.5 4.5l7 7M11.5 4.5l-7 7", gettext("Close"), () => this.close()),
    );
    stage.host.append(this.root);
    this.field.addEventListener("input", () => this.#search());
    this.root.addEventListener("keydown", (event) => this.#key(event));
  }

  open() {
    this.root.hidden = false;
    this.field.focus({ preventScroll: true });
    this.field.select();
    this.#search();
  }

  close() {
    this.root.hidden = true;
    const node = this.#hits[this.#at];
    if (node && this.stage.doc.nodes.has(node.id)) this.stage.focusNode(node);
    else this.stage.takeFocus();
  }

  #button(path, label, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.title = label;
    button.setAttribute("aria-label", label);
    button.innerHTML = `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${path}"/></svg>`;
    button.addEventListener("click", act);
    return button;
  }

  #search() {
    const wanted = this.field.value.trim();
    this.#hits = this.find(wanted);
    this.#at = 0;
    this.#show(wanted);
  }

  /** Nodes with the text in their name, kind, job or id: those whose name begins with it first. @param {string} text */
  find(text) {
    const wanted = text.trim().toLowerCase();
    if (!wanted) return [];
    const said = (node) => `${labelOf(node)} ${node.kind} ${kindWord(node.kind)} ${node.jobId} ${node.id}`;
    const hits = [...this.stage.doc.nodes.values()].filter((node) => said(node).toLowerCase().includes(wanted));
    const starts = (node) => (labelOf(node).toLowerCase().startsWith(wanted) ? 0 : 1);
    return hits.sort((a, b) => starts(a) - starts(b) || a.y - b.y || a.x - b.x);
  }

  /** What is found, for a list outside of the drawing. @param {string} text @returns {{id: string, name: string, kind: string}[]} */
  named(text) {
    return this.find(text).map((node) => ({ id: node.id, name: labelOf(node), kind: kindWord(node.kind) }));
  }

  #step(by) {
    if (!this.#hits.length) return;
    this.#at = (this.#at + by + this.#hits.length) % this.#hits.length;
    this.#show(this.field.value.trim());
  }

  #show(wanted) {
    const node = this.#hits[this.#at];
    const counts = { at: this.#at + 1, count: this.#hits.length };
    this.count.textContent = node ? `${counts.at} / ${counts.count}` : wanted ? "0" : "";
    this.root.classList.toggle("is-empty", Boolean(wanted && !node));
    if (!node) return;
    this.stage.locate(node.id);
    this.stage.announce(`${labelOf(node)}. ${fill(gettext("%(at)s of %(count)s"), counts)}`);
  }

  #key(event) {
    event.stopPropagation();
    if (event.isComposing || event.target !== this.field) return;
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key === "Enter") this.#step(event.shiftKey ? -1 : 1);
    else if (steps[event.key]) this.#step(steps[event.key]);
    else if (event.key === "Escape") this.close();
    else if (event.key.toLowerCase() === "f" && (event.ctrlKey || event.metaKey)) this.field.select();
    else return;
    event.preventDefault();
  }
}
