/** <copy-button><code>text</code></copy-button>: a button that copies the text. */

import { gettext } from "../words.js";

class CopyButton extends HTMLElement {
  connectedCallback() {
    if (this.querySelector("button")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn quiet small";
    button.textContent = gettext("Copy");
    button.addEventListener("click", () => this.#copy(button));
    this.append(button);
  }

  async #copy(button) {
    const text = this.dataset.text ?? this.firstElementChild.textContent;
    await write(text.trim());
    button.textContent = gettext("Copied");
    setTimeout(() => (button.textContent = gettext("Copy")), 1500);
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
