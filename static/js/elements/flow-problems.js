/** The strip under the drawing: what is wrong with it, and its outline. One of them is open, or none. */

export class ProblemList {
  /**
   * @param {HTMLElement} strip
   * @param {(id: string) => void} locate
   */
  constructor(strip, locate) {
    this.strip = strip;
    this.locate = locate;
    this.list = strip.querySelector(".problem-list");
    this.body = strip.querySelector('[data-part="strip-body"]');
    this.tabs = [...strip.querySelectorAll("[data-strip]")];
    for (const tab of this.tabs) tab.addEventListener("click", () => this.#choose(tab));
    this.show([]);
  }

  /** @param {{code: string, message: string, nodes: string[], edges: string[], severity: string}[]} problems */
  show(problems) {
    const count = this.strip.querySelector('[data-part="problem-count"]');
    count.textContent = String(problems.length);
    const worst = problems.some(({ severity }) => severity === "error") ? "error" : "warning";
    this.strip.dataset.worst = problems.length ? worst : "";
    const rows = problems.map((problem) => this.#row(problem));
    if (!rows.length) rows.push(note(this.list.dataset.none));
    this.list.replaceChildren(...rows);
  }

  #row(problem) {
    const row = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "menu-item problem";
    button.dataset.severity = problem.severity;
    button.textContent = problem.message;
    const [id] = [...problem.nodes, ...problem.edges];
    button.disabled = !id;
    button.addEventListener("click", () => this.locate(id));
    row.append(button);
    return row;
  }

  #choose(tab) {
    const open = tab.getAttribute("aria-selected") !== "true";
    for (const other of this.tabs) other.setAttribute("aria-selected", String(open && other === tab));
    this.body.hidden = !open;
    for (const other of this.tabs) {
      const panel = document.getElementById(other.getAttribute("aria-controls"));
      panel.hidden = !(open && other === tab);
      if (!panel.hidden && other.dataset.strip === "outline") window.htmx.trigger(panel, "outline:show");
    }
    window.dispatchEvent(new Event("resize"));
  }
}

function note(text) {
  const row = document.createElement("li");
  row.className = "muted";
  row.textContent = text;
  return row;
}
