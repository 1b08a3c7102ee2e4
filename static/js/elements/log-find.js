/** Finds text in the whole of a log, which the server reads, and lists the lines that have it. */

import { render } from "./ansi.js";
import { fill, gettext, ngettext } from "../words.js";

const MOST = 1000;

export class LogFind {
  #asked = 0;

  /**
   * @param {HTMLElement} root
   * @param {(hit: {start: number, line: number | null, text: string}) => void} show
   */
  constructor(root, show) {
    this.root = root;
    this.show = show;
    this.panel = this.#part("found");
    this.lines = this.#part("found-lines");
    this.#part("whole").addEventListener("click", () => this.search());
    this.#part("found-close").addEventListener("click", () => this.close());
    this.lines.addEventListener("click", (event) => {
      const row = event.target.closest("button");
      if (row) this.show(row.hit);
    });
  }

  /** @param {boolean} useful whether there is more of the log than is shown */
  offer(useful) {
    this.#part("whole").hidden = !useful;
  }

  close() {
    this.#asked++;
    this.panel.hidden = true;
    this.#part("q").focus();
  }

  /** Piece after piece, until all is searched or enough is found. */
  async search() {
    const text = this.#part("q").value;
    if (!text) return;
    const mine = ++this.#asked;
    this.lines.replaceChildren();
    this.panel.hidden = false;
    let count = 0;
    for (let from = { offset: 0, line: 0, over: false }; !from.over && count < MOST; ) {
      this.#say(count, gettext("Searching…"));
      const found = await this.#ask(text, from).catch(() => null);
      if (mine !== this.#asked) return;
      if (!found) return this.#say(count, gettext("The log cannot be read now."));
      this.lines.append(...found.hits.map((hit) => this.#row(hit)));
      count += found.hits.length;
      from = found;
    }
    this.#say(count, count >= MOST ? gettext("There may be more.") : "");
  }

  async #ask(text, { offset, line }) {
    const url = new URL(this.root.getAttribute("find"), location.href);
    const query = { q: text, attempt: this.root.attempt, offset, line: line ?? "" };
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`${answer.status}`);
    return answer.json();
  }

  #row(hit) {
    const item = document.createElement("li");
    const row = document.createElement("button");
    row.type = "button";
    row.hit = hit;
    const number = document.createElement("span");
    number.textContent = hit.line === null ? "" : String(hit.line + 1);
    const text = document.createElement("code");
    text.append(...render(hit.text, {}));
    row.append(number, text);
    item.append(row);
    return item;
  }

  #say(count, more) {
    const lines = fill(ngettext("%(count)s line in the whole log.", "%(count)s lines in the whole log.", count), { count });
    this.#part("found-count").textContent = more ? `${lines} ${more}` : lines;
  }

  #part(name) {
    return this.root.querySelector(`[data-part="${name}"]`);
  }
}
