/** Finds text in the lines that are shown, and marks it without touching them. */

import { fill, gettext, ngettext } from "../words.js";

const MOST = 5000;

export class LogSearch {
  #hits = [];
  #at = -1;

  /**
   * @param {HTMLElement} root
   * @param {HTMLElement} lines
   * @param {() => void} further asked for by Enter where none of the lines has it
   */
  constructor(root, lines, further) {
    this.root = root;
    this.further = further;
    this.lines = lines;
    this.field = this.#part("q");
    this.field.addEventListener("input", () => this.#search());
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      if (this.#hits.length) this.#go(event.shiftKey ? -1 : 1);
      else this.further();
    });
    this.#part("up").addEventListener("click", () => this.#go(-1));
    this.#part("down").addEventListener("click", () => this.#go(1));
  }

  /** The lines changed. */
  again() {
    if (this.field.value) this.#search(false);
  }

  #part(name) {
    return this.root.querySelector(`[data-part="${name}"]`);
  }

  #search(move = true) {
    const text = this.field.value.toLowerCase();
    this.#hits = text ? this.#find(text) : [];
    this.#at = Math.min(this.#at, this.#hits.length - 1);
    globalThis.CSS?.highlights?.set("log-hit", new Highlight(...this.#hits));
    if (move) this.#at = -1;
    if (move && this.#hits.length) this.#go(1);
    else this.#say();
  }

  #find(text) {
    const hits = [];
    const walker = document.createTreeWalker(this.lines, NodeFilter.SHOW_TEXT);
    while (walker.nextNode() && hits.length < MOST) {
      const node = walker.currentNode;
      const value = node.data.toLowerCase();
      for (let at = value.indexOf(text); at >= 0; at = value.indexOf(text, at + text.length)) {
        const range = document.createRange();
        range.setStart(node, at);
        range.setEnd(node, at + text.length);
        hits.push(range);
      }
    }
    return hits;
  }

  #go(step) {
    const { length } = this.#hits;
    if (!length) return this.#say();
    this.#at = (this.#at + step + length) % length;
    const hit = this.#hits[this.#at];
    globalThis.CSS?.highlights?.set("log-hit-now", new Highlight(hit));
    hit.startContainer.parentElement.scrollIntoView({ block: "center", inline: "nearest" });
    this.#say();
  }

  #say() {
    const { length } = this.#hits;
    const shown = length >= MOST ? `${MOST}+` : length;
    const words = ngettext("%(at)s of %(count)s match", "%(at)s of %(count)s matches", length);
    const none = this.field.value ? gettext("No match") : "";
    this.#part("hits").textContent = length ? fill(words, { at: this.#at + 1, count: shown }) : none;
    this.#part("up").hidden = this.#part("down").hidden = !length;
    if (!length) globalThis.CSS?.highlights?.delete("log-hit-now");
  }
}
