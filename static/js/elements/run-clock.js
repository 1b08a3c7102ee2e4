/** <run-clock since="ISO time">3 m 12 s</run-clock>: how long something has been going on. */

import { fill, gettext } from "../words.js";

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

function words(seconds) {
  const whole = Math.floor(seconds);
  const parts = [
    [Math.floor(whole / 86400), gettext("%(number)s d")],
    [Math.floor(whole / 3600) % 24, gettext("%(number)s h")],
    [Math.floor(whole / 60) % 60, gettext("%(number)s m")],
    [whole % 60, gettext("%(number)s s")],
  ];
  const first = parts.findIndex(([number], index) => number || index === 3);
  const two = parts.slice(first, first + 2).filter(([number], index) => number || index === 0);
  return two.map(([number, unit]) => fill(unit, { number })).join(" ");
}

setInterval(() => {
  if (document.hidden) return;
  const now = Date.now();
  for (const clock of shown) clock.update(now);
}, 1000);

customElements.define("run-clock", RunClock);
