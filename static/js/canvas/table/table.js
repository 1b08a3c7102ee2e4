/**
 * The same drawing as a table, for changing many nodes at once: cells are walked, filled, copied
 * and pasted as in a spreadsheet, and all of it is undone by the same history.
 */

import { changesOf, columnsOf, fromTabs, isFixed, toTabs, valueOf } from "../model/cells.js";
import { kindWord, labelOf } from "../render/appearance.js";
import { CellEditor } from "./cell.js";
import { Range } from "./range.js";
import { element, TITLES } from "./words.js";
import { fill, gettext, ngettext } from "../text.js";

const ROW = 32;
const SPARE_ROWS = 8;
const HISTORY = { z: "undo", y: "redo" };
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export class Table {
  range = new Range();
  rows = [];

  /** @param {any} stage @param {any} jobs the settings of jobs, where the page has them */
  constructor(stage, jobs) {
    Object.assign(this, { stage, jobs });
    this.root = document.createElement("section");
    this.root.className = "fc-control fc-table";
    this.root.hidden = true;
    this.root.setAttribute("aria-label", gettext("Nodes as a table"));
    this.root.innerHTML = `<header><input type="search"><output></output><button type="button"></button></header>
      <div class="fc-grid-table" role="grid" tabindex="0"><div role="rowgroup"></div><div role="rowgroup" class="fc-rows"></div></div>`;
    [this.search, this.count, this.close] = this.root.querySelectorAll("input, output, button");
    this.grid = this.root.querySelector("[role=grid]");
    [this.head, this.body] = this.grid.children;
    this.search.placeholder = gettext("Find a node");
    this.search.setAttribute("aria-label", gettext("Find a node"));
    this.close.textContent = gettext("Back to the drawing");
    this.grid.setAttribute("aria-label", gettext("Nodes"));
    this.grid.setAttribute("aria-multiselectable", "true");
    stage.host.append(this.root);
    this.editor = new CellEditor(this);
    this.#listen();
  }

  get isOpen() {
    return !this.root.hidden;
  }

  toggle(open = !this.isOpen) {
    this.root.hidden = !open;
    if (open) {
      this.jobs?.read();
      this.show();
      this.grid.focus({ preventScroll: true });
    } else this.stage.takeFocus();
    this.stage.emit("dag:table", { open });
  }

  #listen() {
    const { grid, stage } = this;
    this.close.addEventListener("click", () => this.toggle(false));
    this.search.addEventListener("input", () => this.show());
    this.search.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "Enter") grid.focus();
      if (event.key === "Escape") this.toggle(false);
    });
    grid.addEventListener("scroll", () => this.#draw());
    grid.addEventListener("keydown", (event) => this.#key(event));
    grid.addEventListener("pointerdown", (event) => this.#press(event));
    grid.addEventListener("dblclick", () => this.editor.begin());
    grid.addEventListener("copy", (event) => this.#copy(event));
    grid.addEventListener("paste", (event) => this.#paste(event));
    stage.doc.onChange(() => this.isOpen && this.show());
    new ResizeObserver(() => this.isOpen && this.#draw()).observe(grid);
  }

  /** Read everything again. */
  show() {
    this.columns = columnsOf(this.jobs);
    const wanted = this.search.value.trim().toLowerCase();
    const matches = (node) => `${labelOf(node)} ${node.kind}`.toLowerCase().includes(wanted);
    this.rows = [...this.stage.doc.nodes.values()].filter((node) => node.role === "JOB" && matches(node));
    const count = this.rows.length;
    this.count.textContent = fill(ngettext("%(count)s node", "%(count)s nodes", count), { count });
    this.grid.setAttribute("aria-rowcount", String(count + 1));
    this.grid.setAttribute("aria-colcount", String(this.columns.length));
    this.body.style.height = `${count * ROW}px`;
    this.range.keepWithin(this.rows.length, this.columns.length);
    this.#drawHead();
    this.#draw();
  }

  #drawHead() {
    const row = element("div", "row", { "aria-rowindex": "1" });
    for (const column of this.columns) {
      const cell = element("div", "columnheader", { class: `is-${column.type}` });
      cell.textContent = TITLES[column.id]();
      row.append(cell);
    }
    this.head.replaceChildren(row);
  }

  #draw() {
    const { scrollTop, clientHeight } = this.grid;
    const first = Math.max(0, Math.floor(scrollTop / ROW) - SPARE_ROWS);
    const last = Math.min(this.rows.length, first + Math.ceil(clientHeight / ROW) + 2 * SPARE_ROWS);
    const drawn = [];
    for (let i = first; i < last; i++) drawn.push(this.#row(i));
    this.body.replaceChildren(...drawn);
    const active = this.cellAt(this.at);
    if (active) this.grid.setAttribute("aria-activedescendant", active.id);
    else this.grid.removeAttribute("aria-activedescendant");
  }

  #row(i) {
    const node = this.rows[i];
    const row = element("div", "row", { "aria-rowindex": String(i + 2) });
    row.style.translate = `0 ${i * ROW}px`;
    const { top, bottom, left, right } = this.range.bounds;
    this.columns.forEach((column, c) => {
      const cell = element("div", "gridcell", { id: `fc-cell-${i}-${c}` });
      cell.className = `is-${column.type}`;
      cell.dataset.row = String(i);
      cell.dataset.column = String(c);
      cell.textContent = this.wordOf(node, column);
      if (isFixed(node, column, this.#values)) cell.setAttribute("aria-readonly", "true");
      if (i === this.at.row && c === this.at.column) cell.classList.add("is-active");
      const chosen = i >= top && i <= bottom && c >= left && c <= right;
      cell.setAttribute("aria-selected", String(chosen));
      row.append(cell);
    });
    return row;
  }

  get #values() {
    return this.jobs?.values ?? {};
  }

  /** What a cell shows. */
  wordOf(node, column) {
    const value = valueOf(node, column, this.#values);
    if (column.id === "kind") return kindWord(value);
    if (column.type === "flag") return value ? "✓" : "–";
    if (column.type === "choice") return column.choices.find(([one]) => one === value)?.[1] ?? value;
    return value;
  }

  valueAt({ row, column }) {
    return valueOf(this.rows[row], this.columns[column], this.#values);
  }

  isFixedAt({ row, column }) {
    return !this.rows[row] || !this.stage.editable || isFixed(this.rows[row], this.columns[column], this.#values);
  }

  cellAt({ row, column }) {
    return this.body.querySelector(`#fc-cell-${row}-${column}`);
  }

  /** The active cell. */
  get at() {
    return this.range.at;
  }

  /** @param {{row: number, column: number}} to @param {boolean} [extend] */
  go(to, extend = false) {
    this.range.go(to, extend);
    this.range.keepWithin(this.rows.length, this.columns.length);
    const top = this.at.row * ROW;
    const { scrollTop, clientHeight } = this.grid;
    const seen = clientHeight - ROW; // the head stays
    if (top < scrollTop) this.grid.scrollTop = top;
    else if (top + ROW > scrollTop + seen) this.grid.scrollTop = top + ROW - seen;
    this.#draw();
    this.cellAt(this.at)?.scrollIntoView({ block: "nearest", inline: "nearest" });
    const { top: first, bottom: last } = this.range.bounds;
    this.stage.selection.choose(this.rows.slice(first, last + 1).map((node) => node.id));
  }

  #press(event) {
    const cell = event.target.closest("[role=gridcell]");
    if (!cell) return;
    this.go({ row: Number(cell.dataset.row), column: Number(cell.dataset.column) }, event.shiftKey);
  }

  #key(event) {
    if (event.target !== this.grid) return;
    const control = event.ctrlKey || event.metaKey;
    if (this.#travel(event, control)) event.preventDefault();
    else if (control && HISTORY[event.key.toLowerCase()]) {
      event.preventDefault();
      const again = event.shiftKey ? "redo" : HISTORY[event.key.toLowerCase()];
      this.stage.command(again);
    } else if (control && event.key.toLowerCase() === "d") {
      event.preventDefault();
      this.#fillDown();
    } else if (event.key === "Delete" || event.key === "Backspace") this.write(this.range.cells().map((cell) => ({ ...cell, text: "" })));
    else if (event.key === " " && this.columns[this.at.column].type === "flag") this.#flip();
    else if (event.key === "Enter" || event.key === "F2") this.editor.begin();
    else if (event.key === "Escape") this.toggle(false);
    else if (event.key.length === 1 && !control && !event.altKey) this.editor.begin(event.key);
    else return;
    if (!control || event.key.toLowerCase() === "d") {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  #travel(event, control) {
    const step = STEPS[event.key];
    const { row, column } = this.at;
    const page = Math.max(1, Math.floor(this.grid.clientHeight / ROW) - 2);
    const last = { row: this.rows.length - 1, column: this.columns.length - 1 };
    if (step) {
      const far = control ? 1e9 : 1;
      this.go({ row: row + step[0] * far, column: column + step[1] * far }, event.shiftKey);
    } else if (event.key === "Home") this.go({ row: control ? 0 : row, column: 0 }, event.shiftKey);
    else if (event.key === "End") this.go({ row: control ? last.row : row, column: last.column }, event.shiftKey);
    else if (event.key === "PageDown") this.go({ row: row + page, column }, event.shiftKey);
    else if (event.key === "PageUp") this.go({ row: row - page, column }, event.shiftKey);
    else if (control && event.key.toLowerCase() === "a") {
      this.range.go({ row: 0, column: 0 });
      this.go(last, true);
    } else return false;
    event.stopPropagation();
    return true;
  }

  #fillDown() {
    const { top } = this.range.bounds;
    this.write(this.range.cells().map((cell) => ({ ...cell, text: this.valueAt({ row: top, column: cell.column }) })));
  }

  #flip() {
    const text = this.valueAt(this.at) ? "" : "1";
    this.write(this.range.cells().filter((cell) => this.columns[cell.column].type === "flag").map((cell) => ({ ...cell, text })));
  }

  #copy(event) {
    const { top, bottom, left, right } = this.range.bounds;
    const rows = this.rows
      .slice(top, bottom + 1)
      .map((node) => this.columns.slice(left, right + 1).map((column) => this.wordOf(node, column)));
    event.clipboardData.setData("text/plain", toTabs(rows));
    event.preventDefault();
    event.stopPropagation();
  }

  #paste(event) {
    event.preventDefault();
    event.stopPropagation();
    const rows = fromTabs(event.clipboardData.getData("text/plain"));
    const { top, left } = this.range.bounds;
    const single = rows.length === 1 && rows[0].length === 1;
    if (single) return this.write(this.range.cells().map((cell) => ({ ...cell, text: rows[0][0] })));
    this.write(rows.flatMap((row, r) => row.map((text, c) => ({ row: top + r, column: left + c, text }))));
  }

  /** Change cells as one step. @param {{row: number, column: number, text: string}[]} cells */
  write(cells) {
    if (!this.stage.editable) return;
    const edits = cells
      .map(({ row, column, text }) => ({ node: this.rows[row], column: this.columns[column], text }))
      .filter(({ node, column }) => node && column);
    const { ops, jobs, refused } = changesOf(edits, this.#values);
    const count = edits.length;
    const label = fill(ngettext("Change a cell", "Change %(count)s cells", count), { count });
    this.stage.edit(label, ops, { effect: Object.keys(jobs).length ? this.#effect(jobs) : undefined });
    if (refused.length) {
      const [{ column, text }] = refused;
      this.stage.notify(fill(gettext("“%(text)s” is no value for “%(column)s”."), { text, column: TITLES[column.id]() }));
    }
    this.show();
  }

  /** Settings of jobs are not of the drawing, but they are done and undone with it. */
  #effect(changes) {
    let before = {};
    const redo = () => (before = this.jobs.set(changes));
    return { redo, undo: () => this.jobs.set(before) };
  }
}
