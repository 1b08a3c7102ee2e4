/**
 * <new-runs data-first="newest shown">: says that there are newer runs. They come in when the
 * reader says so; on the first page at its top they come in by themselves.
 */

class NewRuns extends HTMLElement {
  connectedCallback() {
    this.onRuns = (event) => this.#hear(event.detail);
    document.addEventListener("live:runs", this.onRuns);
    this.addEventListener("click", () => this.#show());
  }

  disconnectedCallback() {
    document.removeEventListener("live:runs", this.onRuns);
  }

  get #table() {
    return this.closest("#run-table");
  }

  #hear({ newest }) {
    const isFirstPage = this.#table.hasAttribute("hx-get");
    const scrolled = document.getElementById("main").scrollTop > 80;
    if (isFirstPage && !scrolled) this.#show();
    else if (newest > Number(this.dataset.first)) this.hidden = false;
  }

  #show() {
    if (this.#table.hasAttribute("hx-get")) window.htmx.trigger(this.#table, "runs:show");
    else window.location.assign(window.location.pathname);
  }
}

customElements.define("new-runs", NewRuns);
