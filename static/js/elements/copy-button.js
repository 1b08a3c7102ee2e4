/** <copy-button><code>text</code></copy-button>: a button that copies the text, called `data-word` if given. */

import { gettext } from "../words.js";

class CopyButton extends HTMLElement {
  connectedCallback() {
    if (this.querySelector("button")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn quiet small";
    button.textContent = this.#word;
    button.addEventListener("click", () => this.#copy(button));
    this.append(button);
  }

  async #copy(button) {
    const text = this.dataset.text ?? this.firstElementChild.textContent;
    await write(text.trim());
    button.textContent = gettext("Copied");
    setTimeout(() => (button.textContent = this.#word), 1500);
  }

  get #word() {
    return this.dataset.word ?? gettext("Copy");
  }
}

/** The clipboard needs a secure origin; on plain http a selection is copied instead. */
async function write(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

customElements.define("copy-button", CopyButton);
