/**
 * <resize-handle property="--side" side="left" min="180" max="520" key="jobs">: drags the width of
 * a neighbour. It sets `property` on its parent, and remembers it for this person by `key`.
 * `side` says on which side of the handle the neighbour lies.
 */

import { gettext } from "../words.js";

const STEP = 16;

class ResizeHandle extends HTMLElement {
  connectedCallback() {
    this.setAttribute("role", "separator");
    this.setAttribute("aria-orientation", "vertical");
    this.setAttribute("aria-label", this.getAttribute("label") ?? gettext("Width of the panel"));
    this.tabIndex = 0;
    const kept = Number(localStorage.getItem(this.#storageKey));
    if (kept) this.#set(kept);
    else this.#tell(this.#width);
    this.addEventListener("pointerdown", (event) => this.#drag(event));
    this.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("dblclick", () => this.#reset());
  }

  get #storageKey() {
    return `width.${this.getAttribute("key")}`;
  }

  get #sign() {
    return this.getAttribute("side") === "right" ? -1 : 1;
  }

  get #width() {
    const neighbour = this.#sign > 0 ? this.previousElementSibling : this.nextElementSibling;
    return neighbour.getBoundingClientRect().width;
  }

  #set(width) {
    const low = Number(this.getAttribute("min") ?? 160);
    const high = Number(this.getAttribute("max") ?? 640);
    const value = Math.round(Math.min(high, Math.max(low, width)));
    this.parentElement.style.setProperty(this.getAttribute("property") ?? "--side", `${value}px`);
    this.#tell(value);
    return value;
  }

  #tell(width) {
    this.setAttribute("aria-valuenow", String(Math.round(width)));
    this.setAttribute("aria-valuemin", this.getAttribute("min") ?? "160");
    this.setAttribute("aria-valuemax", this.getAttribute("max") ?? "640");
  }

  #keep(width) {
    localStorage.setItem(this.#storageKey, String(this.#set(width)));
    window.dispatchEvent(new Event("resize"));
  }

  #reset() {
    localStorage.removeItem(this.#storageKey);
    this.parentElement.style.removeProperty(this.getAttribute("property") ?? "--side");
  }

  #drag(event) {
    event.preventDefault();
    const from = event.clientX;
    const width = this.#width;
    const now = (move) => width + this.#sign * (move.clientX - from);
    const follow = (move) => this.#set(now(move));
    this.setPointerCapture(event.pointerId);
    this.addEventListener("pointermove", follow);
    const end = (move) => {
      this.removeEventListener("pointermove", follow);
      this.#keep(now(move));
    };
    this.addEventListener("pointerup", end, { once: true });
  }

  #key(event) {
    const step = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    if (!step) return;
    event.preventDefault();
    this.#keep(this.#width + this.#sign * step);
  }
}

customElements.define("resize-handle", ResizeHandle);
