/**
 * <command-palette>: Ctrl-K. The lines come from the server, one list an app; this asks for
 * them and moves the choice with the arrow keys. A drawing on the page adds its nodes.
 */

const WAIT = 120;
const MOST_NODES = 8;

class CommandPalette extends HTMLElement {
  connectedCallback() {
    this.dialog = this.querySelector("dialog");
    this.input = this.querySelector("input");
    this.results = this.querySelector(".palette-results");
    this.nodes = this.querySelector('ul[data-part="nodes"]');
    this.nodes.addEventListener("click", (event) => this.#locate(event));
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
    this.#showNodes();
    this.input.dispatchEvent(new CustomEvent("palette:ask"));
  }

  #showNodes() {
    const asked = { text: this.input.value, nodes: [] };
    document.dispatchEvent(new CustomEvent("dag:find", { detail: asked }));
    const { content } = this.querySelector('template[data-part="node"]');
    const items = asked.nodes.slice(0, MOST_NODES).map(({ id, name, kind }) => {
      const item = content.firstElementChild.cloneNode(true);
      const [label, hint] = item.querySelectorAll("span");
      label.textContent = name;
      if (kind) hint.textContent = `${hint.textContent} · ${kind}`;
      item.firstElementChild.dataset.node = id;
      return item;
    });
    this.nodes.replaceChildren(...items);
    // What the server finds is not here yet.
    if (items.length) this.#choose(0);
  }

  #locate(event) {
    const item = event.target.closest("[data-node]");
    if (!item) return;
    event.preventDefault();
    this.dialog.close();
    document.dispatchEvent(new CustomEvent("dag:locate", { detail: { id: item.dataset.node } }));
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
