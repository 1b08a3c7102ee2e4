/**
 * <run-page>: joins the drawing, the lists and the node panel of a run.
 *
 * States go to the drawing as they come. Everything that is words is rendered by the server:
 * its parts listen to `run:changed` on the body and fetch themselves anew.
 */

import { ask } from "../dialogs.js";
import { gettext } from "../words.js";

const ENDED = new Set(["succeeded", "failed", "killed", "kill_failed"]);

class RunPage extends HTMLElement {
  connectedCallback() {
    this.topic = this.dataset.topic;
    this.canvas = this.querySelector("flow-canvas");
    this.onStates = (event) => this.#states(event.detail);
    document.addEventListener("live:states", this.onStates);
    this.live = [...(this.canvas?.getAttribute("states") ?? "")];
    this.addEventListener("replay:at", (event) => this.#replay(event.detail));
    this.addEventListener("replay:off", () => this.#replay(null));
    this.addEventListener("dag:select", (event) => this.#select(event.detail));
    this.addEventListener("dag:menu", (event) => this.#addActs(event.detail));
    this.addEventListener("dag:open", () => this.#panel.querySelector("[data-part=scroll]")?.focus());
    this.addEventListener("click", (event) => this.#click(event));
    this.onSettle = (event) => this.#settled(event.detail.target);
    document.addEventListener("htmx:afterSettle", this.onSettle);
    this.addEventListener("htmx:beforeSwap", (event) => this.#keepPlace(event.detail.target));
    this.onChanged = () => this.#changed();
    document.addEventListener("run:again", this.onChanged);
    this.#mark();
  }

  disconnectedCallback() {
    document.removeEventListener("live:states", this.onStates);
    document.removeEventListener("htmx:afterSettle", this.onSettle);
    document.removeEventListener("run:again", this.onChanged);
  }

  get #panel() {
    return this.querySelector("#run-panel");
  }

  #states(detail) {
    if (detail.topic !== this.topic) return;
    const change = detail.all === undefined ? { changes: detail.changes } : { all: detail.all };
    if (change.all !== undefined) this.live = [...change.all];
    for (const [ordinal, char] of change.changes ?? []) this.live[ordinal] = char;
    if (!this.hasAttribute("replaying")) this.#tell("dag:states", change);
    this.#changed();
  }

  /** The drawing and the time line show a moment of the run, or what is. */
  #replay(moment) {
    this.toggleAttribute("replaying", moment !== null);
    this.style.setProperty("--moment", String(moment?.share ?? 1));
    this.querySelector("run-figures")?.at(moment?.seconds ?? null);
    if (!moment) this.#tell("dag:states", { all: this.live.join("") });
  }

  /** Tell the parts of the page at most every `data-pace` milliseconds, and always after the last change. */
  #changed() {
    this.again = true;
    if (this.timer) return;
    const tell = () => {
      this.timer = 0;
      if (!this.again) return;
      this.again = false;
      window.htmx.trigger(document.body, "run:changed");
      this.timer = setTimeout(tell, Number(this.dataset.pace));
    };
    tell();
  }

  #select({ nodes }) {
    if (this.locating) return;
    if (nodes.length !== 1) {
      if (this.#panel.querySelector("[data-ordinal]")) this.#load(this.dataset.overview, null);
      return;
    }
    const { ordinal } = nodes[0];
    this.chosen = true;
    if (this.#panel.querySelector(`.node-panel[data-ordinal="${ordinal}"]`)) return;
    this.#load(this.dataset.nodePanel.replace("999999", ordinal), ordinal);
  }

  /** What may be done with a node now; the server decides once more, and says why not. */
  #addActs({ of, node, items }) {
    if (of !== "node" || !("mayRun" in this.dataset) || ["START", "END"].includes(node.role)) return;
    const state = this.live[node.ordinal];
    const over = ENDED.has(this.querySelector("#run-head")?.dataset.state);
    const add = (label, path, sure) => items.push({ label, act: () => this.#act(node, path, sure) });
    if (over) {
      add(gettext("Rerun from here"), "rerun/?reach=from");
      add(gettext("Rerun only this"), "rerun/");
    }
    if (state === "t") add(gettext("Retry now"), "retry/");
    if (state === "R" || state === "t") add(gettext("Kill node"), "kill/", gettext("Kill this node?"));
  }

  async #act({ ordinal }, path, sure) {
    if (sure && !(await ask(sure, "", gettext("Kill node")))) return;
    const url = this.dataset.nodePanel.replace("999999", ordinal) + path;
    window.htmx.ajax("POST", url, { source: this, swap: "none" }).catch(() => {});
  }

  #load(url, ordinal) {
    // The page says when the server cannot be reached.
    window.htmx.ajax("GET", url, { target: "#run-panel", swap: "innerHTML" }).catch(() => {});
    this.#remember(ordinal);
  }

  #click(event) {
    const command = event.target.closest("[data-command]");
    if (command) this.#tell("dag:command", { name: command.dataset.command });
    const axis = event.target.closest(".gantt-axis");
    if (axis) this.#seek(axis.getBoundingClientRect(), event.clientX);
    const row = event.target.closest("[data-locate]");
    if (!row) return;
    // Selecting on the drawing must not load what the link already loads.
    this.locating = true;
    this.#tell("dag:locate", { id: row.dataset.locate });
    setTimeout(() => (this.locating = false), 300);
    if (row.matches("tr") && !event.target.closest("a")) row.querySelector("a[hx-get]").click();
    this.chosen = true;
  }

  /** Where the parts of the page lie below each other, go to what was just chosen. */
  #reveal() {
    this.chosen = false;
    if (getComputedStyle(this).display === "flex") this.#panel.scrollIntoView();
  }

  #seek({ left, width }, x) {
    this.querySelector("run-replay")?.seek(Math.min(1, Math.max(0, (x - left) / width)));
  }

  /** A list that fetched itself anew stays where it was scrolled to; htmx gives focus back by ids. */
  #keepPlace(target) {
    const { scrollTop, scrollLeft } = (target.id === "run-tab" && target.querySelector(".run-scroll")) || {};
    if (!scrollTop && !scrollLeft) return;
    const restore = () => this.querySelector(".run-scroll")?.scrollTo(scrollLeft, scrollTop);
    document.addEventListener("htmx:afterSwap", restore, { once: true });
  }

  #tell(name, detail) {
    document.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /** A part came anew. */
  #settled(target) {
    if (!target || !this.isConnected) return;
    const head = this.#panel.querySelector("#node-head");
    const started = head && head.dataset.attempt !== "0";
    const waits = this.#panel.querySelector("[data-waits]");
    if (started && waits) this.#load(this.dataset.nodePanel.replace("999999", this.#shown), this.#shown);
    this.#remember(this.#shown);
    this.#mark();
    if (this.chosen && target === this.#panel) this.#reveal();
  }

  get #shown() {
    return this.#panel.querySelector(".node-panel")?.dataset.ordinal ?? null;
  }

  #remember(ordinal) {
    const url = new URL(location.href);
    if (ordinal === null) url.searchParams.delete("node");
    else url.searchParams.set("node", ordinal);
    url.searchParams.delete("attempt");
    if (url.href !== location.href) history.replaceState(history.state, "", url);
  }

  /** The row of the node that the panel shows. */
  #mark() {
    const shown = this.#shown;
    for (const row of this.querySelectorAll("tr[data-ordinal], .gantt-row")) {
      row.toggleAttribute("data-chosen", row.dataset.ordinal === shown);
    }
  }
}

customElements.define("run-page", RunPage);
