/**
 * <command-palette>: Ctrl-K. The lines come from the server, one list an app; this asks for
 * them and moves the choice with the arrow keys.
 */

const WAIT = 120;

class CommandPalette extends HTMLElement {
  connectedCallback() {
    this.dialog = this.querySelector("dialog");
    this.input = this.querySelector("input");
    this.results = this.querySelector(".palette-results");
    new MutationObserver(() => this.dialog.open && this.#opened()).observe(this.dialog, {
      attributeFilter: ["open"],
    });
    this.input.addEventListener("input", () => this.#askSoon());
    this.addEventListener("keydown", (event) => this.#key(event));
    this.results.addEventListener("htmx:afterSettle", () => this.#choose(0));
    this.results.addEventListener("pointermove", (event) => {
      const item = event.target.closest(".menu-item");
      if (item) this.#choose(this.#items.indexOf(item), false);
    });
  }

  get #items() {
    return [...this.results.querySelectorAll(".menu-item")];
  }

  #opened() {
    this.input.value = "";
    this.input.focus();
    this.#ask();
  }

  #askSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#ask(), WAIT);
  }

  #ask() {
    this.input.dispatchEvent(new CustomEvent("palette:ask"));
  }

  #choose(index, scroll = true) {
    const items = this.#items;
    this.chosen = Math.max(0, Math.min(index, items.length - 1));
    items.forEach((item, place) => {
      item.id = `palette-item-${place}`;
      item.setAttribute("aria-selected", String(place === this.chosen));
    });
    this.querySelector(".palette-nothing").hidden = items.length > 0;
    this.input.setAttribute("aria-activedescendant", items.length ? `palette-item-${this.chosen}` : "");
    if (scroll) items[this.chosen]?.scrollIntoView({ block: "nearest" });
  }

  #key(event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      this.#choose(this.chosen + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter") {
      event.preventDefault();
      const item = this.#items[this.chosen];
      this.dialog.close();
      item?.click();
    }
  }
}

customElements.define("command-palette", CommandPalette);
