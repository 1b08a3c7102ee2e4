/**
 * <new-runs data-first="newest shown">: says that there are newer runs. They come in when the
 * reader says so; on the first page at its top they come in by themselves, unless somebody is
 * choosing rows: those must not move away from the pointer.
 */

const CHOSEN = ".pick input[name=run]:checked";

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
    const table = this.#table;
    const scrolled = document.getElementById("main").scrollTop > 80;
    const choosing = table.querySelector(`${CHOSEN}, .bulk-bar input:checked`);
    if (table.dataset.newest && !scrolled && !choosing) this.#show();
    else if (newest > Number(this.dataset.first)) this.hidden = false;
  }

  #show() {
    const table = this.#table;
    const { newest } = table.dataset;
    if (!newest) return window.location.assign(window.location.pathname);
    // Read when the answer is there: somebody may have begun to choose while it was on its way.
    let chosen = [];
    const remember = () => (chosen = Array.from(table.querySelectorAll(CHOSEN), (box) => box.value));
    table.addEventListener("htmx:beforeSwap", remember, { once: true });
    window.htmx
      .ajax("GET", newest, { target: table, swap: "outerHTML" })
      .then(() => choose(chosen))
      .catch(() => {});
  }
}

function choose(chosen) {
  for (const box of document.querySelectorAll("#run-table .pick input[name=run]")) {
    if (chosen.includes(box.value)) box.checked = true;
  }
}

customElements.define("new-runs", NewRuns);
