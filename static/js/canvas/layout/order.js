/**
 * The order within each row: medians of the neighbours' places, swept down and up, with
 * swaps of adjacent nodes; several starts while time lasts, the one with the fewest
 * crossings wins. The first start is how the drawing is now, so that a tidy drawing stays.
 */

const SWEEPS = 10;
const MOST_STARTS = 60;
const QUIET_STARTS = 12;
const MOST_FOR_SWAPS = 60000;

export class Ordering {
  /**
   * @param {{up: number[][], down: number[][], rank: number[], rows: number[][]}} net
   * @param {Float64Array} hint where each point is now, from left to right
   */
  constructor({ up, down, rank, rows }, hint) {
    Object.assign(this, { up, down, rank, hint });
    this.rows = rows;
    this.place = new Float64Array(rank.length);
    this.key = new Float64Array(rank.length);
    this.seed = 1;
  }

  /** @param {number} budget milliseconds @param {() => number} clock @returns {number} crossings */
  improve(budget, clock) {
    const began = clock();
    let best = Infinity;
    let kept = this.rows;
    let quiet = 0;
    for (let run = 0; run < MOST_STARTS && best > 0 && quiet < QUIET_STARTS; run++, quiet++) {
      if (run && ((clock() - began) * (run + 1)) / run > budget) break;
      if (run === 0) this.#startFromHint();
      else this.#startFromWalk(run > 1);
      for (let sweep = 0; sweep <= SWEEPS; sweep++) {
        if (sweep) this.#sweep(sweep % 2 === 1);
        const crossings = this.#crossings();
        if (crossings >= best) continue;
        best = crossings;
        kept = this.rows.map((row) => row.slice());
        quiet = 0;
      }
    }
    this.#use(kept);
    return best;
  }

  #use(rows) {
    this.rows = rows;
    for (const row of rows) row.forEach((point, i) => (this.place[point] = i));
  }

  #startFromHint() {
    this.#use(this.rows.map((row) => row.slice().sort((a, b) => this.hint[a] - this.hint[b])));
  }

  #startFromWalk(shuffled) {
    const seen = new Uint8Array(this.rank.length);
    const rows = this.rows.map(() => []);
    const roots = this.up.flatMap((list, point) => (list.length ? [] : [point]));
    if (shuffled) this.#shuffle(roots);
    for (const root of roots) {
      const stack = [root];
      while (stack.length) {
        const point = stack.pop();
        if (seen[point]) continue;
        seen[point] = 1;
        rows[this.rank[point]].push(point);
        const next = this.down[point].filter((child) => !seen[child]);
        if (shuffled) this.#shuffle(next);
        stack.push(...next);
      }
    }
    this.#use(rows);
  }

  #shuffle(list) {
    for (let i = list.length - 1; i > 0; i--) {
      this.seed = (this.seed * 48271) % 2147483647;
      const j = this.seed % (i + 1);
      [list[i], list[j]] = [list[j], list[i]];
    }
  }

  #sweep(downwards) {
    const { rows } = this;
    if (downwards) for (let r = 1; r < rows.length; r++) this.#sortByMedian(rows[r], this.up);
    else for (let r = rows.length - 2; r >= 0; r--) this.#sortByMedian(rows[r], this.down);
    if (this.rank.length < MOST_FOR_SWAPS) this.#swap();
  }

  #sortByMedian(row, neighbours) {
    const { place, key } = this;
    row.forEach((point, i) => {
      const places = neighbours[point].map((other) => place[other]).sort((a, b) => a - b);
      const middle = places.length >> 1;
      if (!places.length) key[point] = i;
      else key[point] = places.length % 2 ? places[middle] : (places[middle - 1] + places[middle]) / 2;
    });
    row.sort((a, b) => key[a] - key[b] || place[a] - place[b]);
    row.forEach((point, i) => (place[point] = i));
  }

  /** Swap neighbours in a row as long as that undoes crossings. */
  #swap() {
    const { place } = this;
    for (let round = 0, better = true; better && round < 6; round++) {
      better = false;
      for (const row of this.rows) {
        for (let i = 0; i + 1 < row.length; i++) {
          const [left, right] = [row[i], row[i + 1]];
          if (this.#gain(left, right, this.up) + this.#gain(left, right, this.down) <= 0) continue;
          row[i] = right;
          row[i + 1] = left;
          place[right] = i;
          place[left] = i + 1;
          better = true;
        }
      }
    }
  }

  #gain(left, right, neighbours) {
    const { place } = this;
    let gain = 0;
    for (const a of neighbours[left])
      for (const b of neighbours[right]) gain += Number(place[a] > place[b]) - Number(place[a] < place[b]);
    return gain;
  }

  /** Counted row by row with a Fenwick tree. */
  #crossings() {
    let crossings = 0;
    for (let r = 1; r < this.rows.length; r++) {
      const width = this.rows[r].length;
      const tree = new Int32Array(width + 1);
      let total = 0;
      for (const point of this.rows[r - 1]) {
        const places = this.down[point].map((child) => this.place[child]);
        for (const place of places) {
          let before = 0;
          for (let i = place + 1; i > 0; i -= i & -i) before += tree[i];
          crossings += total - before;
        }
        for (const place of places) {
          total++;
          for (let i = place + 1; i <= width; i += i & -i) tree[i]++;
        }
      }
    }
    return crossings;
  }
}
