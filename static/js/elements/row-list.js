/**
 * <row-list>: a list of rows in a form that grows, shrinks and is put in order. A row is an
 * element with `data-row`, a new one is a copy of the template; buttons say what they do with
 * `data-row-do`: add, remove, up or down. Alt with an arrow moves the row that has the keyboard.
 */

class RowList extends HTMLElement {
  connectedCallback() {
    this.list = this.querySelector("ol");
    // What htmx swaps in was parsed as if there were no scripts.
    this.querySelector("noscript")?.remove();
    this.addEventListener("click", (event) => this.#click(event));
    this.addEventListener("keydown", (event) => this.#key(event));
  }

  #click(event) {
    const button = event.target.closest("[data-row-do]");
    if (!button) return;
    const row = button.closest("[data-row]");
    if (button.dataset.rowDo === "add") this.#add();
    else if (button.dataset.rowDo === "remove") this.#remove(row);
    else this.#move(row, button.dataset.rowDo === "up", button);
  }

  #key(event) {
    const row = event.target.closest("[data-row]");
    if (!row || !event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    this.#move(row, event.key === "ArrowUp", event.target);
  }

  #add() {
    this.list.append(this.querySelector("template").content.cloneNode(true));
    this.list.lastElementChild.querySelector("select, input")?.focus();
    this.#changed();
  }

  #remove(row) {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    (next ?? this).querySelector('[data-row-do="remove"], [data-row-do="add"]')?.focus();
    this.#changed();
  }

  #move(row, up, focused) {
    const other = up ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    if (up) other.before(row);
    else other.after(row);
    focused.focus();
    this.#changed();
  }

  /** The page takes it for what it is: something typed. */
  #changed() {
    this.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

customElements.define("row-list", RowList);
