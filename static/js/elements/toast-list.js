/** <toast-list>: what the server or the page has to say. Errors stay until they are closed. */

const STAY = 6000;

class ToastList extends HTMLElement {
  connectedCallback() {
    for (const item of this.querySelectorAll(":scope > .toast")) this.#arm(item);
  }

  show(text, level = "info") {
    const known = ["success", "error"].includes(level) ? level : "info";
    const item = this.querySelector(`template[data-level=${known}]`).content.firstElementChild.cloneNode(true);
    item.querySelector("p").textContent = text;
    this.append(item);
    this.#arm(item);
  }

  #arm(item) {
    const close = this.querySelector('template[data-part="close"]').content.firstElementChild.cloneNode(true);
    close.addEventListener("click", () => item.remove());
    item.append(close);
    if (item.dataset.level === "error") return;
    let timer = setTimeout(() => item.remove(), STAY);
    item.addEventListener("pointerenter", () => clearTimeout(timer));
    item.addEventListener("pointerleave", () => (timer = setTimeout(() => item.remove(), STAY / 2)));
  }
}

customElements.define("toast-list", ToastList);

export function toast(text, level = "info") {
  document.querySelector("toast-list")?.show(text, level);
}
