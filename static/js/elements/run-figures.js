/**
 * <run-figures src>: when the run will be over, and on the drawing how long each node took,
 * is taking of what it usually takes, and how often it was tried again. It also marks the
 * nodes that decide when the run ends.
 */

import { shortly, words } from "./durations.js";
import { fill, gettext } from "../words.js";

const LEAST_PAUSE = 2000;
/** A run of this many nodes is asked for half as often. */
const MANY_NODES = 2000;
const REMEMBERED = "run.path";

class RunFigures extends HTMLElement {
  connectedCallback() {
    if (this.started) return;
    this.started = true;
    this.button = this.querySelector('[data-part="path"]');
    this.marksPath = localStorage.getItem(REMEMBERED) !== "off";
    this.button.addEventListener("click", () => this.#toggle());
    this.onChanged = () => this.#ask();
    document.body.addEventListener("run:changed", this.onChanged);
    // Figures may be there before the drawing is.
    this.onReady = () => {
      this.shownPath = undefined;
      this.#show();
    };
    document.addEventListener("dag:ready", this.onReady);
    this.ticking = setInterval(() => !document.hidden && !this.told?.over && this.#show(), 1000);
    this.#ask();
  }

  disconnectedCallback() {
    document.body.removeEventListener("run:changed", this.onChanged);
    document.removeEventListener("dag:ready", this.onReady);
    clearInterval(this.ticking);
    clearTimeout(this.timer);
  }

  /** Show the nodes as they were at a moment of the run; null is now. @param {number | null} seconds */
  at(seconds) {
    this.moment = seconds;
    this.#show();
  }

  /** At most every few seconds, and always after the last change. */
  #ask() {
    this.again = true;
    if (this.timer) return;
    const ask = async () => {
      this.timer = 0;
      if (!this.again) return;
      this.again = false;
      await this.#read();
      const pause = (this.told?.nodes.length ?? 0) > MANY_NODES ? 2 * LEAST_PAUSE : LEAST_PAUSE;
      if (this.isConnected) this.timer = setTimeout(ask, pause);
    };
    this.timer = setTimeout(ask, 0);
  }

  async #read() {
    try {
      const answer = await fetch(this.getAttribute("src"), { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      this.told = await answer.json();
    } catch {
      return; // Said by the rest of the page; asked again with the next change.
    }
    this.heard = performance.now();
    this.#show();
  }

  #show() {
    const { told } = this;
    if (!told) return;
    const now = told.over ? told.now : told.now + (performance.now() - this.heard) / 1000;
    const at = this.moment ?? now;
    const path = this.marksPath ? told.path : [];
    const key = path.join();
    const news = { notes: told.nodes.map((node) => noteAt(node, at)).filter(Boolean) };
    if (key !== this.shownPath) news.path = path;
    this.shownPath = key;
    document.dispatchEvent(new CustomEvent("dag:remarks", { detail: news }));
    this.button.hidden = told.path.length < 2;
    this.button.setAttribute("aria-pressed", String(this.marksPath));
    this.#say(told, now);
  }

  #say({ over, finish, usual }, now) {
    const left = finish === null ? null : finish - now;
    let text = "";
    if (!over && left !== null) {
      text = left > 1 ? fill(gettext("About %(time)s left"), { time: words(left) }) : gettext("Should end now");
    }
    const usually = usual ? fill(gettext("usually %(time)s"), { time: shortly(usual) }) : "";
    this.querySelector('[data-part="left"]').textContent = text;
    this.querySelector('[data-part="usual"]').textContent = usually;
    this.hidden = !text && !usually && this.button.hidden;
  }

  #toggle() {
    this.marksPath = !this.marksPath;
    localStorage.setItem(REMEMBERED, this.marksPath ? "on" : "off");
    this.#show();
  }
}

/** @returns {[number, {text: string, share?: number, late?: boolean}] | null} */
function noteAt([ordinal, started, ended, usual, retries, most], at) {
  if (started === null || started > at) return null;
  const tries = retries ? ` · ${retries}/${most}` : "";
  if (ended !== null && ended <= at) return [ordinal, { text: shortly(ended - started) + tries }];
  const took = Math.floor(at - started);
  if (!usual) return [ordinal, { text: words(took) + tries }];
  const text = `${words(took)} / ${words(Math.max(1, usual))}${tries}`;
  return [ordinal, { text, share: Math.round((100 * took) / usual) / 100, late: took > 1.5 * usual + 5 }];
}

customElements.define("run-figures", RunFigures);
