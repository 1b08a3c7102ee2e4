/**
 * <file-upload data-url data-here data-most>: sends files that are chosen or dropped one after the
 * other, each as the body of a request, and shows how far it is. Without it the form inside does.
 */

import { fill, gettext } from "../words.js";

class FileUpload extends HTMLElement {
  connectedCallback() {
    this.list = this.querySelector(".uploads");
    this.input = this.querySelector('input[type="file"]');
    this.classList.add("ready");
    this.input.addEventListener("change", () => this.#take(this.input.files));
    this.addEventListener("dragover", (event) => {
      event.preventDefault();
      this.classList.add("over");
    });
    this.addEventListener("dragleave", () => this.classList.remove("over"));
    this.addEventListener("drop", (event) => {
      event.preventDefault();
      this.classList.remove("over");
      this.#take(event.dataTransfer.files);
    });
    window.addEventListener("beforeunload", this.#leave);
  }

  disconnectedCallback() {
    window.removeEventListener("beforeunload", this.#leave);
  }

  #leave = (event) => {
    if (this.busy) event.preventDefault();
  };

  async #take(files) {
    const rows = [...files].map((file) => ({ file, row: this.#row(file) }));
    this.input.value = "";
    this.busy = (this.busy ?? 0) + rows.length;
    let failed = 0;
    for (const { file, row } of rows) {
      const trouble = await this.#send(file, row);
      this.busy -= 1;
      if (trouble === null) row.remove();
      else {
        failed += 1;
        this.#tell(row, trouble);
      }
    }
    // What could not be sent stays to be read; the page then is loaded by whoever has read it.
    if (!failed && !this.busy) window.htmx.ajax("GET", this.dataset.here, { target: "#resources", swap: "outerHTML" });
  }

  #row(file) {
    const row = document.createElement("li");
    const name = document.createElement("span");
    name.className = "truncate";
    name.textContent = file.name;
    const bar = document.createElement("progress");
    bar.max = file.size || 1;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    const word = document.createElement("span");
    word.className = "muted small num";
    word.textContent = gettext("Waiting");
    const stop = document.createElement("button");
    stop.type = "button";
    stop.className = "btn quiet small";
    stop.textContent = gettext("Cancel");
    // Until its turn comes: what was taken off the list is not sent.
    stop.onclick = () => row.remove();
    row.append(name, bar, word, stop);
    this.list.append(row);
    return row;
  }

  /** Null when all went well, else what went wrong. */
  #send(file, row) {
    const [, bar, word, stop] = row.children;
    if (!this.list.contains(row)) return Promise.resolve(null);
    if (file.size > Number(this.dataset.most)) return Promise.resolve(gettext("It is larger than what may be uploaded here."));
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      request.open("PUT", `${this.dataset.url}&name=${encodeURIComponent(file.name)}`);
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.setRequestHeader("X-CSRFToken", this.querySelector('[name="csrfmiddlewaretoken"]').value);
      request.responseType = "json";
      request.upload.addEventListener("progress", (event) => {
        bar.value = event.loaded;
        const share = Math.floor((100 * event.loaded) / (event.total || 1));
        word.textContent = share < 100 ? `${share} %` : gettext("Storing");
      });
      request.addEventListener("load", () => {
        if (request.status < 300) resolve(null);
        else resolve(request.response?.message ?? fill(gettext("The server answered %(status)s."), { status: request.status }));
      });
      request.addEventListener("error", () => resolve(gettext("The server cannot be reached.")));
      request.addEventListener("abort", () => resolve(gettext("Cancelled.")));
      stop.onclick = () => request.abort();
      request.send(file);
    });
  }

  #tell(row, trouble) {
    const [, bar, word, stop] = row.children;
    bar.remove();
    word.textContent = trouble;
    word.className = "error-text small";
    stop.textContent = gettext("Close");
    stop.onclick = () => row.remove();
  }
}

customElements.define("file-upload", FileUpload);
