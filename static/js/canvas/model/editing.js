/** The one way a person's edit reaches the document: as an undoable step that is also saved. */

import { History } from "./history.js";
import { applyAll } from "./ops.js";

export class Editing {
  history = new History();
  listeners = new Set();

  /**
   * @param {import("./doc.js").GraphDoc} doc
   * @param {import("./selection.js").Selection} selection
   * @param {() => number} clock
   */
  constructor(doc, selection, clock = () => Date.now()) {
    this.doc = doc;
    this.selection = selection;
    this.clock = clock;
  }

  /** @param {(step: {label: string, ops: any[], inverse: any[]}) => void} listener hears what is to be saved */
  onStep(listener) {
    this.listeners.add(listener);
  }

  /**
   * @param {string} label
   * @param {import("./ops.js").Op[]} ops
   * @param {{select?: string[], merge?: string, effect?: {redo: () => void, undo: () => void}}} [options] an effect
   *   is done and undone with the step, outside of the drawing
   */
  run(label, ops, { select, merge, effect } = {}) {
    if (!ops.length && !effect) return;
    const before = [...this.selection.nodes];
    const inverse = applyAll(this.doc, ops);
    effect?.redo();
    const after = select ?? before.filter((id) => this.doc.nodes.has(id));
    this.history.record({ label, ops, inverse, before, after, merge, effect, at: this.clock() });
    this.#finish(label, ops, inverse, after);
  }

  /** @returns {import("./history.js").Step | null} what was taken back */
  undo() {
    const step = this.history.nextUndo;
    if (!step) return null;
    const inverse = this.#attempt(step.inverse, () => this.history.dropUndo());
    step.effect?.undo();
    this.history.markUndone();
    this.#finish(step.label, step.inverse, inverse, step.before);
    return step;
  }

  redo() {
    const step = this.history.nextRedo;
    if (!step) return null;
    const inverse = this.#attempt(step.ops, () => this.history.dropRedo());
    step.effect?.redo();
    this.history.markRedone();
    this.#finish(step.label, step.ops, inverse, step.after);
    return step;
  }

  #attempt(ops, giveUp) {
    try {
      return applyAll(this.doc, ops);
    } catch (error) {
      giveUp();
      throw error;
    }
  }

  #finish(label, ops, inverse, selected) {
    if (ops.length) for (const listener of this.listeners) listener({ label, ops, inverse });
    this.doc.flush();
    this.selection.prune(this.doc);
    this.selection.choose(selected.filter((id) => this.doc.nodes.has(id)));
  }
}
