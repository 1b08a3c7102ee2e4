/** The field in which a cell of the table is typed. */

export class CellEditor {
  #at = null;

  /** @param {any} table */
  constructor(table) {
    this.table = table;
  }

  /** @param {string} [typed] what begins it, in place of what the cell holds */
  begin(typed) {
    const { table } = this;
    if (table.isFixedAt(table.at)) return;
    const column = table.columns[table.at.column];
    if (column.type === "flag") return table.write([{ ...table.at, text: table.valueAt(table.at) ? "" : "1" }]);
    const cell = table.cellAt(table.at);
    if (!cell) return;
    this.#at = table.at;
    this.field = column.type === "choice" ? choice(column, table.valueAt(table.at)) : text(column, typed ?? table.valueAt(table.at));
    this.field.setAttribute("aria-label", cell.textContent);
    cell.replaceChildren(this.field);
    this.field.addEventListener("keydown", (event) => this.#key(event));
    this.field.addEventListener("blur", () => this.#end(true));
    this.field.addEventListener("pointerdown", (event) => event.stopPropagation());
    this.field.focus({ preventScroll: true });
    if (typed === undefined) this.field.select?.();
  }

  #key(event) {
    event.stopPropagation();
    if (event.isComposing) return;
    const { row, column } = this.#at;
    const moves = { Enter: [event.shiftKey ? -1 : 1, 0], Tab: [0, event.shiftKey ? -1 : 1], Escape: [0, 0] };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    this.#end(event.key !== "Escape");
    this.table.grid.focus({ preventScroll: true });
    this.table.go({ row: row + move[0], column: column + move[1] });
  }

  #end(keep) {
    const at = this.#at;
    if (!at) return;
    this.#at = null;
    const { value } = this.field;
    if (keep) this.table.write([{ ...at, text: value }]);
    else this.table.show();
  }
}

function text(column, value) {
  const field = document.createElement("input");
  field.value = value;
  if (column.type === "number") field.inputMode = "numeric";
  return field;
}

function choice(column, value) {
  const field = document.createElement("select");
  for (const [one, word] of column.choices) field.append(new Option(word, one, false, one === value));
  return field;
}
