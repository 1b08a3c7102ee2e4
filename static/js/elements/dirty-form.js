/** <dirty-form>: its form's save button wakes with the first change, and leaving asks while there is one. */

class DirtyForm extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.buttons = document.querySelectorAll(`[form="${this.form.id}"][data-save]`);
    this.#set(Boolean(this.querySelector('[aria-invalid="true"]')));
    this.form.addEventListener("input", () => this.#set(true));
    this.form.addEventListener("change", () => this.#set(true));
    this.form.addEventListener("submit", () => this.#set(false));
    // What could not be sent or was not taken is still unsaved.
    for (const failure of ["htmx:sendError", "htmx:responseError"]) {
      this.form.addEventListener(failure, () => this.#set(true));
    }
    window.addEventListener("beforeunload", this.#leave);
  }

  disconnectedCallback() {
    window.removeEventListener("beforeunload", this.#leave);
  }

  #leave = (event) => {
    if (this.dirty) event.preventDefault();
  };

  #set(dirty) {
    this.dirty = dirty;
    for (const button of this.buttons) button.disabled = !dirty;
  }
}

customElements.define("dirty-form", DirtyForm);
