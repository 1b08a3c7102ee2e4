/** <auto-submit>: submits its form when a choice in it changes. */

class AutoSubmit extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", () => this.closest("form")?.requestSubmit());
  }
}

customElements.define("auto-submit", AutoSubmit);
