/**
 * <run-replay src>: goes through a run in time. While it does, the page hears `replay:at
 * {seconds, share}` and the drawing shows that moment; `replay:off` gives it back to what is.
 */

import { shortly } from "./durations.js";
import { RunHistory } from "./run-history.js";
import { toast } from "./toast-list.js";
import { fill, gettext } from "../words.js";

/** A whole run takes this long to be shown, when it took longer. */
const WHOLE_SECONDS = 15;
const MOST_TICKS = 100;
const STEPS = 1000;

class RunReplay extends HTMLElement {
  connectedCallback() {
    if (this.slider) return;
    this.slider = this.#part("at");
    this.slider.addEventListener("input", () => this.seek(Number(this.slider.value) / STEPS));
    this.#part("play").addEventListener("click", () => (this.playing ? this.#pause() : this.#play()));
    this.#part("now").addEventListener("click", () => this.leave());
  }

  disconnectedCallback() {
    cancelAnimationFrame(this.frame);
  }

  get active() {
    return this.hasAttribute("active");
  }

  /** @param {number} share of the run, 0 to 1 */
  async seek(share) {
    if (this.playing) this.#pause();
    if (await this.#load()) this.#show(share * this.history.span);
  }

  /** Back to the present. */
  leave() {
    this.#pause();
    this.removeAttribute("active");
    this.history = null;
    this.slider.value = String(STEPS);
    this.#part("now").hidden = true;
    this.#part("time").textContent = "";
    this.#emit("replay:off");
  }

  async #play() {
    if (!(await this.#load())) return;
    const atEnd = !this.active || this.seconds >= this.history.span;
    this.playing = true;
    this.#label();
    this.last = performance.now();
    this.#show(atEnd ? 0 : this.seconds);
    this.frame = requestAnimationFrame((now) => this.#step(now));
  }

  #pause() {
    cancelAnimationFrame(this.frame);
    this.playing = false;
    this.#label();
  }

  #step(now) {
    const seconds = this.seconds + ((now - this.last) / 1000) * this.#speed;
    this.last = now;
    this.#show(Math.min(seconds, this.history.span));
    if (seconds >= this.history.span) this.#pause();
    else this.frame = requestAnimationFrame((next) => this.#step(next));
  }

  get #speed() {
    const chosen = Number(this.#part("speed").value);
    return chosen || Math.max(1, this.history.span / WHOLE_SECONDS);
  }

  #show(seconds) {
    const begins = !this.active;
    this.seconds = seconds;
    this.toggleAttribute("active", true);
    const { span } = this.history;
    this.slider.value = String(Math.round((seconds / span) * STEPS));
    const text = fill(gettext("%(at)s of %(whole)s"), { at: shortly(seconds), whole: shortly(span) });
    this.slider.setAttribute("aria-valuetext", text);
    this.#part("time").textContent = text;
    this.#part("now").hidden = false;
    this.#emit("replay:at", { seconds, share: seconds / span });
    // The drawing shows the present when a replay begins: it must hear all, not what changed.
    if (begins) this.#tell(this.history.moveTo(-1));
    this.#tell(this.history.moveTo(seconds));
  }

  #tell(states) {
    document.dispatchEvent(new CustomEvent("dag:states", { detail: states }));
  }

  /** The history is read when it is first asked for, and again after one was back in the present. */
  async #load() {
    if (this.history) return true;
    try {
      const answer = await fetch(this.getAttribute("src"), { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      this.history = new RunHistory(await answer.json());
    } catch {
      toast(gettext("How the run went cannot be read now."), "error");
      return false;
    }
    this.#ticks();
    return true;
  }

  /** Where something failed. */
  #ticks() {
    const at = this.history.momentsOf("F").slice(0, MOST_TICKS);
    this.#part("ticks").replaceChildren(
      ...at.map((share) => {
        const tick = document.createElement("i");
        tick.style.left = `${share * 100}%`;
        return tick;
      }),
    );
  }

  #label() {
    const button = this.#part("play");
    this.toggleAttribute("playing", Boolean(this.playing));
    button.setAttribute("aria-label", this.playing ? button.dataset.pause : button.dataset.play);
    button.title = button.getAttribute("aria-label");
  }

  #part(name) {
    return this.querySelector(`[data-part="${name}"]`);
  }

  #emit(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
  }
}

customElements.define("run-replay", RunReplay);
