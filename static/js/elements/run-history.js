/** The states of a run's nodes at any moment of it, from its changes. */

const WAITING = "w".charCodeAt(0);
const CHECKPOINT_EVERY = 512;

export class RunHistory {
  /** How many of the changes are done at the moment that was asked for last. */
  #done = 0;
  #codes;
  #checkpoints = [];

  /** @param {{span: number, nodes: number, changes: [number, number, string][]}} told seconds, ordinal, state */
  constructor({ span, nodes, changes }) {
    this.span = span;
    this.changes = changes;
    this.#codes = new Uint8Array(nodes).fill(WAITING);
    changes.forEach((change, index) => {
      if (index % CHECKPOINT_EVERY === 0) this.#checkpoints.push(this.#codes.slice());
      this.#apply(change);
    });
    if (!changes.length) this.#checkpoints.push(this.#codes.slice());
    this.#done = changes.length;
  }

  /**
   * Go to a moment; what the drawing must be told to show it.
   * @param {number} seconds since the run began
   * @returns {{all: string} | {changes: [number, string][]}}
   */
  moveTo(seconds) {
    const until = this.#countUntil(seconds);
    if (until < this.#done || seconds < 0) {
      const place = Math.min(this.#checkpoints.length - 1, Math.floor(until / CHECKPOINT_EVERY));
      this.#codes = this.#checkpoints[place].slice();
      this.#done = place * CHECKPOINT_EVERY;
      while (this.#done < until) this.#apply(this.changes[this.#done++]);
      return { all: new TextDecoder("latin1").decode(this.#codes) };
    }
    const latest = new Map();
    while (this.#done < until) {
      const change = this.changes[this.#done++];
      this.#apply(change);
      latest.set(change[1], change[2]);
    }
    return { changes: [...latest] };
  }

  /** When a state was entered, as shares of the whole. @param {string} char */
  momentsOf(char) {
    return this.changes.filter(([, , state]) => state === char).map(([at]) => at / this.span);
  }

  #apply([, ordinal, char]) {
    if (ordinal < this.#codes.length) this.#codes[ordinal] = char.charCodeAt(0);
  }

  /** How many changes have happened by then. */
  #countUntil(seconds) {
    let [low, high] = [0, this.changes.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.changes[middle][0] <= seconds) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
