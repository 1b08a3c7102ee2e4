/** What was done and can be taken back: operations with their inverses, never snapshots. */

import { placesOf } from "./ops.js";

/**
 * @typedef {object} Step
 * @property {string} label
 * @property {import("./ops.js").Op[]} ops
 * @property {import("./ops.js").Op[]} inverse
 * @property {string[]} before selected nodes before the step
 * @property {string[]} after
 * @property {string} [merge] steps of the same name that follow each other closely become one
 * @property {{redo: () => void, undo: () => void}} [effect] what else it did, outside of the drawing
 * @property {number} at milliseconds
 */

const MERGE_WITHIN_MS = 500;
const KEPT_STEPS = 500;

export class History {
  /** @type {Step[]} */
  done = [];
  /** @type {Step[]} */
  undone = [];

  /** @param {Step} step */
  record(step) {
    this.undone.length = 0;
    const last = this.done.at(-1);
    if (last && step.merge && last.merge === step.merge && step.at - last.at < MERGE_WITHIN_MS) {
      last.ops = [...last.ops, ...step.ops];
      last.inverse = [...step.inverse, ...last.inverse];
      last.after = step.after;
      last.at = step.at;
      return;
    }
    this.done.push(step);
    if (this.done.length > KEPT_STEPS) this.done.shift();
  }

  /** @returns {Step | undefined} the step to take back next */
  get nextUndo() {
    return this.done.at(-1);
  }

  get nextRedo() {
    return this.undone.at(-1);
  }

  /** The next undo happened: its operations can be done again. */
  markUndone() {
    this.undone.push(this.done.pop());
  }

  markRedone() {
    this.done.push(this.undone.pop());
  }

  /** A step whose ground was changed by somebody else can no longer be taken back. */
  dropUndo() {
    this.done.pop();
  }

  dropRedo() {
    this.undone.pop();
  }

  /** Others wrote there: taking our steps back would undo theirs. @param {string[]} places */
  forget(places) {
    const theirs = new Set(places);
    const apart = (step) => !step.ops.flatMap(placesOf).some((place) => theirs.has(place) || theirs.has(""));
    this.done = this.done.filter(apart);
    this.undone = this.undone.filter(apart);
  }
}
