/**
 * <flow-palette>: hides the kinds that do not match what is searched; jobs are searched by the server.
 * From the search, Enter takes the first match and the down arrow goes to it.
 */

class FlowPalette extends HTMLElement {
  connectedCallback() {
    this.field = this.parentElement.querySelector('[data-part="palette-q"]');
    this.field?.addEventListener("input", () => this.#filter());
    this.field?.addEventListener("keydown", (event) => this.#key(event));
  }

  get #wanted() {
    return this.field.value.trim().toLowerCase();
  }

  #filter() {
    for (const item of this.querySelectorAll(":is(details:last-of-type ul, [data-searched]) > [data-label]")) {
      item.hidden = !item.dataset.label.includes(this.#wanted);
    }
  }

  #key(event) {
    const takes = event.key === "Enter" && this.#wanted && !event.isComposing;
    if (!takes && event.key !== "ArrowDown") return;
    const items = [...this.querySelectorAll("[data-label]")];
    const first = items.find((item) => item.dataset.label.includes(this.#wanted));
    if (!first) return;
    event.preventDefault();
    const target = first.querySelector("[data-dag]");
    // The canvas listens to Enter on what can be dropped on it.
    if (takes) target.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    else target.focus();
  }
}

customElements.define("flow-palette", FlowPalette);
