/**
 * <flow-editor>: joins the drawing with what is around it, by the drawing's own events.
 * The inspector and the dialogs are rendered by the server.
 */

import { ProblemList } from "./flow-problems.js";
import { toast } from "./toast-list.js";
import { gettext } from "../words.js";

const SELECT_DELAY = 80;
const SAVE_WAIT = 5000;

class FlowEditor extends HTMLElement {
  connectedCallback() {
    this.inspector = this.querySelector("#inspector");
    this.problems = new ProblemList(this.querySelector('[data-part="strip"]'), {
      locate: (id) => this.#locate(id),
      fix: (problem) => this.#tell("dag:fix", { problem }),
    });
    this.unsaved = 0;
    this.narrow = matchMedia("(max-width: 900px)");
    const heard = {
      "dag:select": (detail) => this.#select(detail),
      "dag:open": () => this.#open(),
      "dag:new": (detail) => this.#newNode(detail),
      "dag:dirty": (detail) => this.#dirty(detail),
      "dag:saved": () => this.#saved(),
      "dag:conflict": (detail) => this.#conflict(detail),
      "dag:made": () => window.htmx.trigger(document.body, "jobs:changed"),
      "dag:jobs": ({ unsaved }) => this.#jobsChanged(unsaved),
      "dag:menu": (detail) => this.#addRuns(detail),
      "dag:problems": (detail) => this.#checked(detail.problems),
      // Nothing is dragged onto a table, and it is wide.
      "dag:table": ({ open }) => this.toggleAttribute("table-open", open),
    };
    for (const [name, act] of Object.entries(heard)) this.addEventListener(name, (event) => act(event.detail));
    this.addEventListener("click", (event) => this.#click(event));
    this.addEventListener("input", ({ target }) => {
      if (!target.closest("[data-aside]")) target.closest("form[data-saves]")?.setAttribute("data-touched", "");
    });
    this.addEventListener("submit", (event) => this.#submit(event), true);
    this.addEventListener("htmx:confirm", (event) => this.#replace(event));
    this.onFind = (event) => this.#find(event);
    document.addEventListener("keydown", this.onFind);
    this.onLeave = (event) => this.#typed && event.preventDefault();
    window.addEventListener("beforeunload", this.onLeave);
    this.onClose = () => document.getElementById("modal")?.close();
    this.onRenamed = (event) => this.#renamed(event.detail.name);
    this.onFlowChanged = () => this.#checkAgain();
    document.addEventListener("modal:close", this.onClose);
    document.addEventListener("flow:renamed", this.onRenamed);
    document.addEventListener("flow:changed", this.onFlowChanged);
    if (this.narrow.matches || localStorage.getItem("inspector") === "closed") this.#show(false);
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.onFind);
    document.removeEventListener("modal:close", this.onClose);
    document.removeEventListener("flow:renamed", this.onRenamed);
    document.removeEventListener("flow:changed", this.onFlowChanged);
    window.removeEventListener("beforeunload", this.onLeave);
  }

  /** The panel's form that holds what the server does not have, or did not take. */
  get #typed() {
    return this.inspector.querySelector('form[data-touched], form:has([aria-invalid="true"])');
  }

  #tell(name, detail) {
    document.dispatchEvent(new CustomEvent(name, { detail }));
  }

  #select({ nodes }) {
    clearTimeout(this.selecting);
    const ids = nodes.map(({ id }) => id).join();
    const same = ids && ids === this.selected;
    this.selected = ids;
    // The panel is rendered by the server, which does not know yet what was changed on the drawing.
    if (same && this.unsaved) this.addEventListener("editor:saved", () => this.#inspect(nodes), { once: true });
    else this.selecting = setTimeout(() => this.#inspect(nodes), SELECT_DELAY);
  }

  async #inspect(nodes) {
    const query = new URLSearchParams();
    for (const node of nodes.slice(0, 200)) query.append("id", node.id);
    if (nodes.length === 1) {
      const [node] = nodes;
      query.set("kind", node.kind ?? "");
      query.set("label", node.label ?? "");
      query.set("job", node.jobId ?? "");
    }
    const url = `${this.dataset.inspector}?${query}`;
    if (url === this.inspected) return;
    if (!(await this.#keepTyped())) {
      const [shown] = new URL(this.inspected ?? "", location.href).searchParams.getAll("id");
      if (shown) this.#locate(shown);
      return;
    }
    this.inspected = url;
    const where = { target: "#inspector", swap: "innerHTML" };
    // Asked for again when it could not be had.
    window.htmx.ajax("GET", url, where).catch(() => (this.inspected = null));
  }

  /** What was typed into the panel is saved before anything takes its place; whether it could be. */
  async #keepTyped() {
    const form = this.#typed;
    if (!form) return true;
    let status = 0;
    const heard = ({ detail }) => detail.requestConfig?.elt === form && (status = detail.xhr.status);
    this.addEventListener("htmx:afterRequest", heard);
    const where = { source: form, target: this.inspector, swap: "innerHTML" };
    // What went wrong on the way is said by the page.
    await window.htmx.ajax("POST", form.getAttribute("hx-post"), where).catch(() => {});
    this.removeEventListener("htmx:afterRequest", heard);
    if (status >= 200 && status < 400) return true;
    this.inspector.querySelector("form[data-saves]")?.setAttribute("data-touched", "");
    toast(gettext("What you typed in the panel is not saved yet."), "error");
    return false;
  }

  /** Another tab of the panel. */
  #replace(event) {
    const { target, verb, issueRequest } = event.detail;
    if (target !== this.inspector || verb !== "get" || !this.#typed) return;
    event.preventDefault();
    this.#keepTyped().then((taken) => taken && issueRequest(true));
  }

  /** The search of the browser finds nothing on a drawing; ours does, wherever the keyboard is. */
  #find(event) {
    if (event.defaultPrevented || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "f") return;
    if (event.target.closest("code-editor, dialog")) return;
    event.preventDefault();
    this.#tell("dag:command", { name: "find" });
  }

  #open() {
    this.#toggle(true);
    this.inspector.querySelector("input:not([type=hidden]), textarea, button")?.focus();
  }

  /** Ways to run a part of the flow, in the menu of its nodes. */
  #addRuns({ of, nodes, items }) {
    if (of !== "node" || !this.dataset.runWith) return;
    const ways = [
      ["only", nodes.length > 1 ? gettext("Run only these…") : gettext("Run only this…")],
      ["from", gettext("Run from here…")],
      ["up_to", gettext("Run up to here…")],
    ];
    for (const [reach, label] of ways) items.push({ label, act: () => this.#runPart(nodes, reach) });
  }

  async #runPart(nodes, reach) {
    if (!(await this.#keepTyped())) return;
    const query = new URLSearchParams({ reach });
    for (const node of nodes) query.append("node", node.id);
    const where = { target: "#modal-body", swap: "innerHTML" };
    window.htmx.ajax("GET", `${this.dataset.runWith}?${query}`, where).catch(() => {});
  }

  #newNode({ kind, x, y }) {
    const query = new URLSearchParams({ kind, x: String(x), y: String(y) });
    const where = { target: "#modal-body", swap: "innerHTML" };
    window.htmx.ajax("GET", `${this.dataset.newNode}?${query}`, where).catch(() => {});
  }

  #dirty({ unsaved, message }) {
    this.unsaved = unsaved;
    if (unsaved) this.#say(message ? "offline" : "unsaved", message);
    else this.#say("saved");
  }

  /** Settings of jobs, changed in the table: the panel shows them too. */
  #jobsChanged(unsaved) {
    this.#say(unsaved || this.unsaved ? "unsaved" : "saved");
    if (!unsaved && this.inspected && !this.#typed) {
      window.htmx.ajax("GET", this.inspected, { target: "#inspector", swap: "innerHTML" }).catch(() => {});
    }
  }

  #saved() {
    this.unsaved = 0;
    this.#say("saved");
    this.dispatchEvent(new CustomEvent("editor:saved"));
    this.#follow();
  }

  /** A panel that tells what the drawing comes to is asked for again, unless somebody is at it. */
  #follow() {
    const panel = this.inspector.querySelector("[data-follows]");
    const busy = () => this.#typed || this.inspector.matches(":focus-within");
    if (!panel || !this.inspected || busy()) return;
    // Somebody may have begun to type, or gone on to another node, while the answer was on its way.
    const keep = (event) => {
      if (busy() || !panel.isConnected) event.detail.shouldSwap = false;
    };
    this.inspector.addEventListener("htmx:beforeSwap", keep, { once: true });
    const where = { target: "#inspector", swap: "innerHTML" };
    window.htmx
      .ajax("GET", this.inspected, where)
      .catch(() => {})
      .finally(() => this.inspector.removeEventListener("htmx:beforeSwap", keep));
  }

  #conflict({ message }) {
    this.#say("conflict", message);
    toast(message || gettext("Somebody else changed the same part of this flow."), "error");
  }

  /** What the server finds changes with a job or a setting too, not with the drawing alone. */
  async #checkAgain() {
    const answer = await fetch(this.dataset.problems).catch(() => null);
    if (answer?.ok) this.#tell("dag:checked", await answer.json());
  }

  /** The drawing is there, and was looked at. */
  #checked(problems) {
    this.problems.show(problems);
    // A long drawing comes without what the server found.
    if (!this.querySelector("script.drawing") && !this.asked) this.#checkAgain();
    this.asked = true;
    const url = this.dataset.restore;
    if (!url) return;
    delete this.dataset.restore;
    history.replaceState(history.state, "", location.pathname);
    window.htmx.ajax("POST", url, { source: this, swap: "none" }).catch(() => {});
  }

  #say(what, hint = "") {
    const place = this.querySelector('[data-part="saved"]');
    place.dataset.is = what;
    place.title = hint;
    place.querySelector("span").textContent = place.dataset[what];
  }

  #renamed(name) {
    for (const place of document.querySelectorAll("[data-flow-name]")) place.textContent = name;
  }

  #click(event) {
    const command = event.target.closest("[data-command]");
    if (command) this.#tell("dag:command", { name: command.dataset.command });
    if (event.target.closest("a[data-takes-saved]")) this.#keepTyped();
    const place = event.target.closest("[data-locate]");
    if (place) this.#locate(place.dataset.locate);
    if (event.target.closest('[data-toggle="inspector"]')) this.#toggle();
  }

  #locate(id) {
    this.#tell("dag:locate", { id });
  }

  #toggle(open = this.hasAttribute("inspector-closed")) {
    this.#show(open);
    // Where it takes room from the drawing, it is opened for the moment only.
    if (!this.narrow.matches) localStorage.setItem("inspector", open ? "open" : "closed");
  }

  #show(open) {
    this.toggleAttribute("inspector-closed", !open);
    this.querySelector('[data-toggle="inspector"]').setAttribute("aria-expanded", String(open));
  }

  /** A run and a version take what the server has: wait for what is still on its way. */
  async #submit(event) {
    const form = event.target;
    if (!form.hasAttribute("data-takes-saved")) return form.removeAttribute("data-touched");
    if (!this.unsaved && !this.#typed) return;
    event.preventDefault();
    event.stopPropagation();
    if (!(await this.#keepTyped())) return;
    if (await this.#drawingSaved()) form.requestSubmit();
    else toast(gettext("Not done: the drawing could not be saved."), "error");
  }

  #drawingSaved() {
    if (!this.unsaved) return true;
    const saved = new Promise((resolve) => this.addEventListener("editor:saved", () => resolve(true), { once: true }));
    const late = new Promise((resolve) => setTimeout(() => resolve(false), SAVE_WAIT));
    return Promise.race([saved, late]);
  }
}

customElements.define("flow-editor", FlowEditor);
