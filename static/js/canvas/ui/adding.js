/**
 * The box in which the next node is found by its name: after a node, on an edge, or anywhere.
 * What there is to add is what the page offers, `[data-dag]`, and what its search finds.
 */

import { boxOf, grow, inPort, outPort, pointOn } from "../model/geometry.js";
import { gettext } from "../text.js";

const SHOWN = 40;
const ASK_AFTER_MS = 120;
const ROW = 80;
const NODE = { w: 170, h: 34 };

export class Adding {
  #timer = 0;
  #spot = null;
  #link = null;
  #asked = 0;

  /** @param {any} stage @param {string | null} catalog where more can be searched: `?q=` is put behind */
  constructor(stage, catalog) {
    this.stage = stage;
    this.catalog = catalog;
    this.root = document.createElement("div");
    this.root.className = "fc-control fc-adding";
    this.root.hidden = true;
    this.field = document.createElement("input");
    this.field.type = "search";
    this.field.placeholder = gettext("Find a job or kind");
    this.list = document.createElement("div");
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", gettext("Nodes to add"));
    this.list.id = `fc-adding-${Math.random().toString(36).slice(2, 8)}`;
    for (const [name, value] of [
      ["role", "combobox"],
      ["aria-expanded", "true"],
      ["aria-controls", this.list.id],
      ["aria-label", gettext("Add a node")],
      ["autocomplete", "off"],
    ])
      this.field.setAttribute(name, value);
    this.root.append(this.field, this.list);
    stage.host.append(this.root);
    this.field.addEventListener("input", () => this.#search());
    this.root.addEventListener("keydown", (event) => this.#key(event));
    this.root.addEventListener("focusout", (event) => {
      if (!this.root.contains(event.relatedTarget)) this.close();
    });
  }

  /** After the node the keyboard is on; anywhere when there is none. */
  next() {
    const { stage } = this;
    const from = stage.selection.empty ? null : stage.focused;
    if (!from || from.role === "END") return this.#open(stage.pasteSpot(), null);
    const beside = from.outgoing.map((edge) => edge.target).filter(Boolean);
    const right = Math.max(...beside.map((node) => node.x + node.w / 2 + 30 + NODE.w / 2), -Infinity);
    const spot = { x: beside.length ? right : from.x, y: from.y + ROW };
    this.#open(this.#free(spot), { node: from, direction: "down" });
  }

  /** From a port whose line was let go over the paper. @param {any} node @param {"down" | "up"} direction */
  fromPort(node, direction, world) {
    const y = world.y + (direction === "down" ? NODE.h / 2 : -NODE.h / 2);
    this.#open({ x: world.x, y }, { node, direction });
    const end = direction === "down" ? outPort(node) : inPort(node);
    if (direction === "down") this.stage.overlay.showWire(end, world);
    else this.stage.overlay.showWire(world, end);
  }

  /** On an edge. @param {string} id */
  insert(id) {
    const edge = this.stage.doc.edges.get(id);
    if (!edge?.source || !edge.target) return;
    this.#open(pointOn(this.stage.places.ways.of(edge), 0.5), { edge });
  }

  close() {
    if (this.root.hidden) return;
    this.root.hidden = true;
    clearTimeout(this.#timer);
    this.stage.overlay.showWire(null);
  }

  #open(spot, link) {
    const { stage } = this;
    if (!stage.editable) return;
    this.#spot = { x: Math.round(spot.x), y: Math.round(spot.y) };
    this.#link = link;
    stage.camera.reveal(boxOf({ ...this.#spot, ...NODE }));
    this.found = null;
    this.field.value = "";
    this.root.hidden = false;
    this.#show();
    this.#put();
    this.field.focus({ preventScroll: true });
    this.#search();
  }

  #put() {
    const { camera } = this.stage;
    const at = camera.toScreen(this.#spot.x, this.#spot.y - NODE.h / 2);
    const [w, h] = [this.root.offsetWidth, Math.max(this.root.offsetHeight, 260)];
    const left = Math.max(8, Math.min(at.x - w / 2, camera.width - w - 8));
    const top = Math.max(8, Math.min(at.y, camera.height - h - 8));
    this.root.style.translate = `${Math.round(left)}px ${Math.round(top)}px`;
  }

  #free(spot) {
    const at = { ...spot };
    const { places } = this.stage;
    for (let tries = 0; tries < 40; tries++) {
      const hit = places.nodesTouching(grow(boxOf({ ...at, ...NODE }), 12));
      if (!hit.length) break;
      at.x = Math.max(...hit.map((node) => node.x + node.w / 2)) + 30 + NODE.w / 2;
    }
    return at;
  }

  get #wanted() {
    return this.field.value.trim().toLowerCase();
  }

  #search() {
    this.#show();
    clearTimeout(this.#timer);
    if (this.catalog) this.#timer = setTimeout(() => this.#ask(this.#wanted), ASK_AFTER_MS);
  }

  async #ask(wanted) {
    const asked = ++this.#asked;
    const glue = this.catalog.includes("?") ? "&" : "?";
    const answer = await fetch(`${this.catalog}${glue}q=${encodeURIComponent(wanted)}`, {
      headers: { "HX-Request": "true" },
    }).catch(() => null);
    if (!answer?.ok || asked !== this.#asked || this.root.hidden) return;
    this.found = new DOMParser().parseFromString(await answer.text(), "text/html");
    this.#show();
  }

  /** What the page offers and its search found, each once. */
  #items() {
    const items = new Map();
    for (const place of [this.found, document].filter(Boolean)) {
      for (const source of place.querySelectorAll("[data-dag]")) {
        const text = source.getAttribute("data-dag");
        if (!items.has(text)) items.set(text, source);
      }
    }
    const wanted = this.#wanted;
    const rank = ({ label }) => (label.toLowerCase().startsWith(wanted) ? 0 : 1);
    return [...items]
      .map(([text, source]) => ({ item: JSON.parse(text), source, label: source.textContent.trim() }))
      .filter(({ label, item }) => `${label} ${item.kind}`.toLowerCase().includes(wanted))
      .filter(({ item }) => this.#fits(item))
      .sort((a, b) => rank(a) - rank(b))
      .slice(0, SHOWN);
  }

  #fits({ kind }) {
    const { doc } = this.stage;
    const single = kind === "START" || kind === "END";
    if (!single) return true;
    const linked = this.#link?.edge || (kind === "START" && this.#link?.direction === "down");
    return !linked && ![...doc.nodes.values()].some((node) => node.role === kind);
  }

  #show() {
    const rows = this.#items().map(({ item, source, label }, i) => {
      const row = document.createElement("div");
      row.setAttribute("role", "option");
      row.id = `${this.list.id}-${i}`;
      const icon = source.querySelector(".kind-icon")?.cloneNode(true);
      const name = document.createElement("span");
      name.textContent = label;
      const hint = document.createElement("small");
      hint.textContent = item.jobId ? "" : gettext("New");
      row.append(...[icon, name, hint].filter(Boolean));
      row.addEventListener("pointerdown", (event) => event.preventDefault());
      row.addEventListener("click", () => this.#take(item));
      row.addEventListener("pointermove", () => this.#choose(i, false));
      row.item = item;
      return row;
    });
    if (!rows.length) {
      const none = document.createElement("p");
      none.textContent = gettext("Nothing has that name.");
      rows.push(none);
    }
    this.list.replaceChildren(...rows);
    this.#choose(0);
  }

  #choose(at, scroll = true) {
    const rows = [...this.list.querySelectorAll("[role=option]")];
    this.chosen = Math.max(0, Math.min(at, rows.length - 1));
    rows.forEach((row, i) => row.setAttribute("aria-selected", String(i === this.chosen)));
    this.field.setAttribute("aria-activedescendant", rows[this.chosen]?.id ?? "");
    if (scroll) rows[this.chosen]?.scrollIntoView({ block: "nearest" });
  }

  #key(event) {
    event.stopPropagation();
    if (event.isComposing) return;
    if (event.key === "ArrowDown") this.#choose(this.chosen + 1);
    else if (event.key === "ArrowUp") this.#choose(this.chosen - 1);
    else if (event.key === "Enter") {
      const row = this.list.querySelectorAll("[role=option]")[this.chosen];
      if (row) this.#take(row.item);
    } else if (event.key === "Escape" || event.key === "Tab") {
      this.close();
      this.stage.takeFocus();
    } else return;
    event.preventDefault();
  }

  #take(item) {
    this.close();
    this.stage.takeFocus();
    this.stage.palette.place(item, this.#spot.x, this.#spot.y, this.#link);
  }
}
