/** <run-clock since="ISO time">3 m 12 s</run-clock>: how long something has been going on. */

import { words } from "./durations.js";

const shown = new Set();

class RunClock extends HTMLElement {
  connectedCallback() {
    shown.add(this);
    this.update(Date.now());
  }

  disconnectedCallback() {
    shown.delete(this);
  }

  update(now) {
    const seconds = Math.max(0, (now - Date.parse(this.getAttribute("since"))) / 1000);
    if (Number.isNaN(seconds)) return;
    const text = words(seconds);
    if (this.textContent !== text) this.textContent = text;
  }
}

setInterval(() => {
  if (document.hidden) return;
  const now = Date.now();
  for (const clock of shown) clock.update(now);
}, 1000);

customElements.define("run-clock", RunClock);
