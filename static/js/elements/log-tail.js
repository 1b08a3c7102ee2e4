/**
 * <log-tail src topic attempt>: the end of a log first, then what is written, as it is written.
 *
 * It follows the end until the reader scrolls away from it, and again when they come back.
 * Earlier lines are fetched when asked for; at most MOST lines are kept on the page.
 */

import { render } from "./ansi.js";
import { refresh } from "./live.js";
import { LogFind } from "./log-find.js";
import { LogSearch } from "./log-search.js";
import { fill, gettext } from "../words.js";

const MOST = 10_000;
const BLOCK = 200;
/** The height of a line that is not wrapped, for blocks that are not drawn yet. */
const LINE = 18;
/** How much is shown after a line that was found far from the end: fewer than are fetched at once. */
const CONTEXT_BYTES = 1000;
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });

class LogTail extends HTMLElement {
  async connectedCallback() {
    if (this.scroller) return;
    this.scroller = this.#part("scroll");
    this.lines = this.#part("lines");
    this.#follow(!this.hasAttribute("from-top"), false);
    this.count = 0;
    this.style1 = {};
    this.find = new LogFind(this, (hit) => this.#showAt(hit));
    this.search = new LogSearch(this, this.lines, () => this.#partial && this.find.search());
    this.#part("q").addEventListener("input", (event) => this.find.offer(this.#partial && event.target.value));
    this.scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#part("follow").addEventListener("click", () => (this.away ? this.#backToEnd() : this.#follow(true)));
    this.#part("more").addEventListener("click", () => this.#loadEarlier());
    this.#part("wrap").addEventListener("click", (event) => this.#wrap(event.currentTarget));
    this.onLive = (event) => this.#append(event.detail);
    document.addEventListener("live:log", this.onLive);
    this.sizes = new ResizeObserver(() => this.#stick());
    this.sizes.observe(this.scroller);
    this.sizes.observe(this.lines);
    this.#part("times").addEventListener("click", (event) => this.#timed(event.currentTarget));
    if (localStorage.getItem("log.wrap")) this.#wrap(this.#part("wrap"));
    if (localStorage.getItem("log.times") !== "no") this.#timed(this.#part("times"));
    await this.#loadEnd();
  }

  disconnectedCallback() {
    document.removeEventListener("live:log", this.onLive);
    this.sizes?.disconnect();
    refresh();
  }

  /** Where in the log this page is: attempt and byte. */
  get cursor() {
    return this.offset === undefined ? "" : `${this.attempt}.${this.offset}`;
  }

  #part(name) {
    return this.querySelector(`[data-part="${name}"]`);
  }

  async #fetch(extra = {}) {
    const url = new URL(this.getAttribute("src"), location.href);
    for (const [name, value] of Object.entries(extra)) url.searchParams.set(name, value);
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`${answer.status}`);
    return answer.json();
  }

  /** Whether there is more of the log than stands on the page. */
  get #partial() {
    return this.away || this.start > 0 || this.first > 0;
  }

  /** Show the part of the log that a line found elsewhere stands in. */
  async #showAt({ start, line }) {
    const piece = await this.#fetch({ attempt: this.attempt, before: start + CONTEXT_BYTES }).catch(() => null);
    if (!piece) return;
    this.away = true;
    this.offset = undefined; // what is written at the end has no place here
    this.#clear(piece);
    this.#follow(false);
    const rows = [...this.lines.querySelectorAll(".log-line")];
    const before = line === null || piece.line === null ? this.#lineOf(piece, start) : line - piece.line;
    const row = rows[before] ?? rows.at(-1);
    row?.scrollIntoView({ block: "center" });
    row?.classList.add("is-found");
    refresh();
  }

  /** Which of the lines of a piece begins at that byte. */
  #lineOf({ start, text }, byte) {
    const before = new TextDecoder().decode(new TextEncoder().encode(text).slice(0, byte - start));
    return before.split("\n").length - 1;
  }

  #backToEnd() {
    this.away = false;
    this.#follow(true, false);
    return this.#loadEnd();
  }

  #clear(piece) {
    this.count = 0;
    this.style1 = {};
    this.lines.replaceChildren();
    Object.assign(this, { start: piece.start, first: piece.line });
    this.#add(piece.text, piece.times);
    this.#part("more").hidden = piece.start === 0;
  }

  async #loadEnd() {
    let piece;
    try {
      piece = await this.#fetch();
    } catch {
      this.#note(gettext("The log cannot be read now. Reload the page to try again."));
      return;
    }
    Object.assign(this, { attempt: piece.attempt, offset: piece.offset, over: piece.ended });
    this.#clear(piece);
    this.#say();
    refresh();
  }

  async #loadEarlier() {
    const height = this.scroller.scrollHeight;
    const piece = await this.#fetch({ attempt: this.attempt, before: this.start });
    this.start = piece.start;
    this.first = piece.line;
    const lines = splitLines(piece.text, piece.times);
    this.count += lines.length;
    this.lines.prepend(this.#block(lines, {}));
    this.#number();
    this.#part("more").hidden = piece.start === 0;
    this.scroller.scrollTop += this.scroller.scrollHeight - height;
    this.search.again();
  }

  #append({ topic, attempt, offset, text, times }) {
    if (topic !== this.getAttribute("topic") || this.offset === undefined) return;
    if (attempt !== this.attempt) this.#nextAttempt(attempt);
    else if (offset <= this.offset) return;
    this.offset = offset;
    this.#add(text, times);
    this.#say();
  }

  #nextAttempt(attempt) {
    this.attempt = attempt;
    this.start = 0;
    this.first = 0;
    this.count = 0;
    this.style1 = {};
    this.lines.replaceChildren();
    this.#part("more").hidden = true;
    this.#note(fill(gettext("Try %(number)s"), { number: attempt }));
  }

  #add(text, times) {
    const lines = splitLines(text, times);
    if (!lines.length) return;
    this.count += lines.length;
    const last = this.lines.lastElementChild;
    const room = last?.matches(".log-block") ? Math.max(0, BLOCK - last.childElementCount) : 0;
    if (room) this.#fill(last, lines.splice(0, room), this.style1);
    for (let i = 0; i < lines.length; i += BLOCK) {
      this.lines.append(this.#block(lines.slice(i, i + BLOCK), this.style1));
    }
    this.#trim();
    this.#number();
    this.#stick();
    this.search.again();
  }

  #block(lines, style) {
    const block = document.createElement("div");
    block.className = "log-block";
    this.#fill(block, lines, style);
    return block;
  }

  #fill(block, lines, style) {
    block.append(
      ...lines.map(({ text, at }) => {
        const row = document.createElement("div");
        row.className = "log-line";
        if (at) row.dataset.at = CLOCK.format(at);
        row.append(...render(text, style));
        return row;
      }),
    );
    block.style.containIntrinsicSize = `auto ${block.childElementCount * LINE}px`;
  }

  #trim() {
    while (this.count > MOST && this.lines.childElementCount > 1) {
      const dropped = this.lines.firstElementChild.childElementCount;
      this.lines.firstElementChild.remove();
      this.count -= dropped;
      if (this.first !== null) this.first += dropped;
      // Its bytes are no longer counted here: earlier lines are in the download.
      this.#part("more").hidden = true;
    }
  }

  /**
   * Numbers are counted by CSS, from the first line of a block on: what is set at the block itself
   * does not reach into it, because `content-visibility` contains it. Unknown ones stay empty.
   */
  #number() {
    const known = this.first !== null && this.first !== undefined;
    this.toggleAttribute("unnumbered", !known);
    let before = this.first ?? 0;
    for (const block of this.lines.querySelectorAll(".log-block")) {
      block.firstElementChild.style.counterReset = `line ${before}`;
      before += block.childElementCount;
    }
    this.lines.style.setProperty("--digits", String(String((this.first ?? 0) + this.count).length));
  }

  #note(text) {
    const row = document.createElement("div");
    row.className = "log-note";
    row.textContent = text;
    this.lines.append(row);
  }

  #say() {
    const empty = this.#part("empty");
    empty.hidden = this.count > 0;
    empty.textContent = this.over ? empty.dataset.over : empty.dataset.waiting;
  }

  /** Only the reader goes up; the log itself just grows, sometimes after it was scrolled to its end. */
  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const wentUp = scrollTop < (this.top ?? 0) - 1;
    this.top = scrollTop;
    if (scrollHeight - scrollTop - clientHeight < 24) this.#follow(!this.away, false);
    else if (wentUp) this.#follow(false, false);
  }

  #stick() {
    if (this.following && !this.away) this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  #follow(on, jump = true) {
    this.following = on;
    this.#part("follow").setAttribute("aria-pressed", String(on));
    if (on && jump) this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  #timed(button) {
    const on = this.toggleAttribute("timed");
    button.setAttribute("aria-pressed", String(on));
    if (on) localStorage.removeItem("log.times");
    else localStorage.setItem("log.times", "no");
  }

  #wrap(button) {
    const on = this.toggleAttribute("wraps");
    button.setAttribute("aria-pressed", String(on));
    if (on) localStorage.setItem("log.wrap", "1");
    else localStorage.removeItem("log.wrap");
  }
}

/** Lines with when they were printed; `times` says from which line on which time holds. */
function splitLines(text, times = []) {
  if (!text) return [];
  let next = 0;
  let at;
  return (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n").map((line, number) => {
    while (next < times.length && times[next][0] <= number) at = times[next++][1];
    return { text: line, at };
  });
}

customElements.define("log-tail", LogTail);
