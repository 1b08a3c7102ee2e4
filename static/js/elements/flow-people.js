/**
 * <flow-people>: who else has this flow open. It shows them in the bar, at the nodes they have
 * selected, and as a hint in the inspector while they type there; it tells the server where
 * we are, and the drawing when others saved.
 */

import { csrfToken } from "../canvas/sync/http.js";
import { refresh } from "./live.js";
import { fill, gettext } from "../words.js";

const TELL_EVERY = 20_000;
const TELL_AFTER = 400;
const MOST_SHOWN = 4;

class FlowPeople extends HTMLElement {
  connectedCallback() {
    if (this.client) return;
    this.client = [...crypto.getRandomValues(new Uint32Array(2))].map((word) => word.toString(36)).join("-").padStart(8, "0");
    this.inspector = document.getElementById("inspector");
    this.abort = new AbortController();
    const { signal } = this.abort;
    document.addEventListener("live:people", ({ detail }) => this.#people(detail), { signal });
    document.addEventListener("live:drawing", ({ detail }) => this.#drawing(detail), { signal });
    const editor = this.closest("flow-editor");
    editor.addEventListener("dag:select", ({ detail }) => this.#at(detail.ids.length === 1 ? detail.ids[0] : ""), { signal });
    editor.addEventListener("focusin", () => this.#soon(), { signal });
    editor.addEventListener("input", () => this.#soon(), { signal });
    document.addEventListener("htmx:afterSettle", () => this.#hint(), { signal });
    document.addEventListener("dag:ready", () => this.last && this.#people(this.last), { signal });
    window.addEventListener("pagehide", () => this.#tell({ gone: "1" }), { signal });
    window.addEventListener("pageshow", (event) => event.persisted && this.#tell(), { signal });
    this.timer = setInterval(() => this.#tell(), TELL_EVERY);
    this.#tell();
    refresh();
  }

  disconnectedCallback() {
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.#tell({ gone: "1" });
      this.abort.abort();
      clearInterval(this.timer);
      clearTimeout(this.soon);
    });
  }

  get #edits() {
    const form = this.inspector?.querySelector("form[data-saves]");
    return "edits" in this.dataset && Boolean(this.node && form?.hasAttribute("data-touched"));
  }

  #at(node) {
    this.node = node;
    this.#soon();
    this.#hint();
  }

  #soon() {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => {
      if (`${this.node}|${this.#edits}` !== this.told) this.#tell();
    }, TELL_AFTER);
  }

  #tell(more = {}) {
    if (document.hidden && !more.gone && this.told !== undefined) return;
    const body = new URLSearchParams({ client: this.client, node: this.node ?? "", ...more });
    if (this.#edits) body.set("edits", "1");
    this.told = `${this.node}|${this.#edits}`;
    const headers = { "X-CSRFToken": csrfToken() };
    // A hint: when it is lost the next one says the same.
    fetch(this.dataset.here, { method: "POST", body, headers, keepalive: true }).catch(() => {});
  }

  #drawing({ topic, version }) {
    if (topic !== this.dataset.live) return;
    this.dataset.cursor = String(version);
    const ask = async (since) => {
      const answer = await fetch(`${this.dataset.steps}?since=${since}`).catch(() => null);
      return answer?.ok ? answer.json() : null;
    };
    document.dispatchEvent(new CustomEvent("dag:news", { detail: { version, ask } }));
  }

  #people({ topic, people }) {
    if (topic !== this.dataset.live) return;
    this.last = { topic, people };
    this.others = Object.entries(people)
      .filter(([client]) => client !== this.client)
      .map(([, { name, user, node, edits }]) => ({ name, node, edits, initials: initialsOf(name), hue: (user * 137) % 360 }));
    const at = {};
    for (const person of this.others) if (person.node) (at[person.node] ??= []).push(person);
    document.dispatchEvent(new CustomEvent("dag:remarks", { detail: { people: at } }));
    this.#show();
    this.#hint();
  }

  #show() {
    const shown = this.others.slice(0, MOST_SHOWN).map((person) => {
      const one = document.createElement(person.node ? "button" : "span");
      one.className = "person";
      one.style.setProperty("--hue", String(person.hue));
      one.textContent = person.initials;
      one.title = person.edits ? fill(gettext("%(name)s is editing"), person) : fill(gettext("%(name)s is here"), person);
      if (person.node) {
        one.type = "button";
        one.dataset.locate = person.node;
        one.setAttribute("aria-label", fill(gettext("%(name)s: go to the node"), person));
      }
      return one;
    });
    const rest = this.others.length - shown.length;
    if (rest > 0) shown.push(Object.assign(document.createElement("span"), { className: "muted small", textContent: `+${rest}` }));
    this.replaceChildren(...shown);
  }

  /** Not a wall: two people may have a reason to be at the same node. */
  #hint() {
    const editing = (this.others ?? []).filter(({ node, edits }) => edits && node === this.node);
    const head = this.inspector?.querySelector('[data-inspects="node"] .inspect-head');
    let hint = this.inspector?.querySelector(".soft-lock");
    if (!head || !editing.length) return hint?.remove();
    if (!hint) {
      hint = Object.assign(document.createElement("p"), { className: "callout warning soft-lock" });
      hint.setAttribute("role", "status");
      head.after(hint);
    }
    const names = editing.map(({ name }) => name).join(", ");
    const words = fill(gettext("%(name)s is editing this. Who saves last decides."), { name: names });
    if (hint.textContent !== words) hint.textContent = words;
  }
}

function initialsOf(name) {
  const words = name.split(/[\s._-]+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)].map((word) => [...word][0]) : [...(words[0] ?? "?")].slice(0, 2);
  return letters.join("").toUpperCase();
}

customElements.define("flow-people", FlowPeople);
