/** What the drawing says: to a screen reader, in a passing note, and in a notice that stays. */

import { gettext } from "./text.js";

const NOTE_STAYS_MS = 5000;

export class Voice {
  #timer = 0;

  /** @param {HTMLElement} host */
  constructor(host) {
    this.live = document.createElement("div");
    this.live.className = "fc-live";
    this.live.setAttribute("aria-live", "polite");
    this.note = document.createElement("div");
    this.note.className = "fc-control fc-note";
    this.note.setAttribute("role", "status");
    this.note.hidden = true;
    host.append(this.live, this.note);
  }

  /** @param {string} text */
  announce(text) {
    this.live.textContent = text;
  }

  /** @param {string} text */
  notify(text) {
    this.#show(text, "");
    this.#timer = setTimeout(() => (this.note.hidden = true), NOTE_STAYS_MS);
  }

  /** Stays until it is closed. @param {string} text */
  warn(text) {
    this.#show(text, "is-lasting");
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = gettext("Close");
    close.addEventListener("click", () => (this.note.hidden = true));
    this.note.append(close);
  }

  #show(text, kind) {
    clearTimeout(this.#timer);
    this.note.className = `fc-control fc-note ${kind}`;
    this.note.replaceChildren(text);
    this.note.hidden = false;
  }
}
