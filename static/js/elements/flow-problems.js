/** The strip under the drawing: what is wrong with it, and its outline. One of them is open, or none. */

export class ProblemList {
  /**
   * @param {HTMLElement} strip
   * @param {{locate: (id: string) => void, fix: (problem: any) => void}} ways
   */
  constructor(strip, { locate, fix }) {
    this.strip = strip;
    this.locate = locate;
    this.fix = fix;
    this.list = strip.querySelector(".problem-list");
    this.body = strip.querySelector('[data-part="strip-body"]');
    this.tabs = [...strip.querySelectorAll("[data-strip]")];
    for (const tab of this.tabs) tab.addEventListener("click", () => this.#choose(tab));
    // The outline comes anew whenever the drawing was saved, also while it is folded away.
    strip.addEventListener("htmx:afterSettle", () => this.#fold());
    this.show([]);
  }

  #fold() {
    for (const tab of this.tabs) {
      document.getElementById(tab.getAttribute("aria-controls")).hidden = tab.getAttribute("aria-selected") !== "true";
    }
  }

  /** @param {{code: string, message: string, nodes: string[], edges: string[], severity: string, fix?: string}[]} problems */
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
    if (problem.fix) row.append(this.#fixer(problem));
    return row;
  }

  #fixer(problem) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn small";
    button.textContent = problem.fix;
    button.addEventListener("click", () => this.fix(problem));
    return button;
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
