/** <flow-compare>: joins the drawing of two versions with the words about them. */

class FlowCompare extends HTMLElement {
  connectedCallback() {
    this.addEventListener("dag:select", ({ detail }) => detail.ids.length === 1 && this.#show(detail.ids[0]));
    this.addEventListener("click", ({ target }) => {
      const change = target.closest("summary")?.closest("[data-node]");
      if (change) this.#locate(change.dataset.node);
    });
  }

  #show(id) {
    const change = this.querySelector(`.change[data-node="${CSS.escape(id)}"]`);
    for (const other of this.querySelectorAll(".change")) other.toggleAttribute("data-chosen", other === change);
    if (!change) return;
    change.open = true;
    change.scrollIntoView({ block: "nearest" });
  }

  #locate(id) {
    document.dispatchEvent(new CustomEvent("dag:locate", { detail: { id } }));
  }
}

customElements.define("flow-compare", FlowCompare);
