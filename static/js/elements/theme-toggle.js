/** <theme-toggle>: the page changes at once, the server is told behind it. */

class ThemeToggle extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => {
      const button = event.target.closest("button[name=theme]");
      if (!button) return;
      event.preventDefault();
      this.#choose(button.value);
    });
  }

  #choose(theme) {
    document.documentElement.dataset.theme = theme;
    for (const button of document.querySelectorAll("theme-toggle button")) {
      button.setAttribute("aria-pressed", String(button.value === theme));
    }
    const form = this.closest("form");
    const body = new FormData(form);
    body.set("theme", theme);
    fetch(form.action, { method: "POST", body, headers: { "X-Requested-With": "fetch" } });
  }
}

customElements.define("theme-toggle", ThemeToggle);
