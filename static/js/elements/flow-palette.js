/** <flow-palette>: hides the kinds that do not match what is searched; jobs are searched by the server. */

class FlowPalette extends HTMLElement {
  connectedCallback() {
    const field = this.parentElement.querySelector('[data-part="palette-q"]');
    field?.addEventListener("input", () => this.#filter(field.value.trim().toLowerCase()));
  }

  #filter(text) {
    for (const item of this.querySelectorAll("details:last-of-type > ul > [data-label]")) {
      item.hidden = Boolean(text) && !item.dataset.label.includes(text);
    }
  }
}

customElements.define("flow-palette", FlowPalette);
