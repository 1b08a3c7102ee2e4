/** Which cells of a table are chosen: from one corner to the cell that is active. */

export class Range {
  at = { row: 0, column: 0 };
  from = { row: 0, column: 0 };

  /** @param {{row: number, column: number}} to @param {boolean} [extend] the other corner stays */
  go(to, extend = false) {
    this.at = to;
    if (!extend) this.from = to;
  }

  /** @param {number} rows @param {number} columns */
  keepWithin(rows, columns) {
    const clamp = (value, most) => Math.max(0, Math.min(value, most));
    const within = ({ row, column }) => ({ row: clamp(row, rows - 1), column: clamp(column, columns - 1) });
    this.at = within(this.at);
    this.from = within(this.from);
  }

  get bounds() {
    const { at, from } = this;
    return {
      top: Math.min(at.row, from.row),
      bottom: Math.max(at.row, from.row),
      left: Math.min(at.column, from.column),
      right: Math.max(at.column, from.column),
    };
  }

  /** @returns {{row: number, column: number}[]} */
  cells() {
    const { top, bottom, left, right } = this.bounds;
    const cells = [];
    for (let row = top; row <= bottom; row++)
      for (let column = left; column <= right; column++) cells.push({ row, column });
    return cells;
  }
}
