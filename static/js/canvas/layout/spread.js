/**
 * How far right each point stands: every row takes the least-squares fit to where its
 * neighbours are, under the distance its points must keep (pool adjacent violators).
 */

const SWEEPS = 12;
const CROOKED = 10;
const STRAIGHTENING_PASSES = 2;
const STRAIGHT = 8; // how much more a long edge wants to be straight than a node to be centred

/**
 * @param {{up: number[][], down: number[][], rows: number[][], widths: number[], real: number}} net
 *   points below `real` are nodes, the others are bends of long edges
 * @param {number} gap
 */
export function spread({ up, down, rows, widths, real }, gap) {
  const x = new Float64Array(widths.length);
  const offset = new Float64Array(widths.length);
  for (const row of rows) {
    let at = 0;
    row.forEach((point, i) => {
      if (i) at += (widths[row[i - 1]] + widths[point]) / 2 + gap;
      offset[point] = at;
    });
    for (const point of row) x[point] = offset[point] - at / 2;
  }
  const fit = (row, sides) => fitRow(row, sides, { x, offset, real });
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const settled = sweep > 3;
    if (sweep % 2) for (let r = rows.length - 2; r >= 0; r--) fit(rows[r], settled ? [down, up] : [down]);
    else for (let r = 1; r < rows.length; r++) fit(rows[r], settled ? [up, down] : [up]);
  }
  for (let pass = 0; pass < STRAIGHTENING_PASSES; pass++)
    for (const row of rows) straighten(row, up, { x, widths, gap });
  return x;
}

/** A step of a few pixels looks like a mistake: stand exactly under the parent where there is room. */
function straighten(row, up, { x, widths, gap }) {
  row.forEach((point, i) => {
    const near = up[point].filter((parent) => Math.abs(x[parent] - x[point]) <= CROOKED);
    if (!near.length) return;
    const at = x[near[0]];
    const fits = (other) =>
      other === undefined || Math.abs(at - x[other]) >= (widths[point] + widths[other]) / 2 + gap - 1;
    if (fits(row[i - 1]) && fits(row[i + 1])) x[point] = at;
  });
}

function fitRow(row, sides, { x, offset, real }) {
  const blocks = [];
  for (const point of row) {
    let sum = 0;
    let weight = 0;
    for (const neighbours of sides) {
      for (const other of neighbours[point]) {
        const pull = point >= real && other >= real ? STRAIGHT : 1;
        sum += pull * x[other];
        weight += pull;
      }
    }
    let block = { at: (weight ? sum / weight : x[point]) - offset[point], weight: weight || 0.1, length: 1 };
    while (blocks.length && blocks.at(-1).at > block.at) {
      const before = blocks.pop();
      const both = before.weight + block.weight;
      block = {
        at: (before.at * before.weight + block.at * block.weight) / both,
        weight: both,
        length: before.length + block.length,
      };
    }
    blocks.push(block);
  }
  let i = 0;
  for (const { at, length } of blocks) {
    for (let k = 0; k < length; k++, i++) x[row[i]] = at + offset[row[i]];
  }
}
