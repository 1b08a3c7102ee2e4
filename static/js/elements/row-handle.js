/**
 * <row-handle property="--below" min="120" max="900" key="run-below">: drags the height of what
 * is under it, as a property of its parent, and remembers it for this person.
 */

const STEP = 24;

class RowHandle extends HTMLElement {
  connectedCallback() {
    this.setAttribute("role", "separator");
    this.setAttribute("aria-orientation", "horizontal");
    this.setAttribute("aria-label", this.getAttribute("label") ?? "");
    this.tabIndex = 0;
    this.setAttribute("aria-valuemin", this.getAttribute("min") ?? "120");
    this.setAttribute("aria-valuemax", this.getAttribute("max") ?? "900");
    const kept = Number(localStorage.getItem(this.#key));
    if (kept) this.#set(kept);
    else this.setAttribute("aria-valuenow", String(Math.round(this.#height)));
    this.addEventListener("pointerdown", (event) => this.#drag(event));
    this.addEventListener("keydown", (event) => this.#press(event));
    this.addEventListener("dblclick", () => this.#reset());
  }

  get #key() {
    return `height.${this.getAttribute("key")}`;
  }

  get #height() {
    return this.nextElementSibling?.getBoundingClientRect().height ?? 0;
  }

  #set(height) {
    const most = Math.min(Number(this.getAttribute("max") ?? 900), this.parentElement.clientHeight - 160);
    const value = Math.round(Math.max(Number(this.getAttribute("min") ?? 120), Math.min(most, height)));
    this.parentElement.style.setProperty(this.getAttribute("property"), `${value}px`);
    this.setAttribute("aria-valuenow", String(value));
    return value;
  }

  #reset() {
    localStorage.removeItem(this.#key);
    this.parentElement.style.removeProperty(this.getAttribute("property"));
  }

  #drag(event) {
    event.preventDefault();
    const from = event.clientY;
    const height = this.#height;
    const follow = (move) => this.#set(height + from - move.clientY);
    this.setPointerCapture(event.pointerId);
    this.addEventListener("pointermove", follow);
    this.addEventListener(
      "pointerup",
      (move) => {
        this.removeEventListener("pointermove", follow);
        localStorage.setItem(this.#key, String(this.#set(height + from - move.clientY)));
      },
      { once: true },
    );
  }

  #press(event) {
    const step = { ArrowUp: STEP, ArrowDown: -STEP }[event.key];
    if (!step) return;
    event.preventDefault();
    localStorage.setItem(this.#key, String(this.#set(this.#height + step)));
  }
}

customElements.define("row-handle", RowHandle);
