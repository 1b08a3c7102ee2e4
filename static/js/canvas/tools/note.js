/** Drag a note, or its lower right corner. */

import { change, SMALLEST_NOTE } from "../model/notes.js";
import { gettext } from "../text.js";

const GRID = 4;
const STARTS_AFTER_PX = 3;
const toGrid = (value) => Math.round(value / GRID) * GRID;

export class MoveNote {
  edgePan = true;

  /** @param {any} stage @param {any} pointer @param {import("../model/notes.js").Note} note @param {boolean} byCorner */
  constructor(stage, pointer, note, byCorner) {
    Object.assign(this, { stage, note, byCorner });
    this.start = pointer.world;
    this.screen = pointer;
    this.held = null;
    this.cursor = byCorner ? "nwse-resize" : "grabbing";
    stage.notes.choose(note.id);
  }

  move(pointer) {
    if (!this.held && Math.hypot(pointer.x - this.screen.x, pointer.y - this.screen.y) < STARTS_AFTER_PX) return;
    const [dx, dy] = [pointer.world.x - this.start.x, pointer.world.y - this.start.y];
    const { x, y, w, h } = this.note;
    this.held = this.byCorner
      ? {
          ...this.note,
          w: Math.max(SMALLEST_NOTE.w, toGrid(w + dx)),
          h: Math.max(SMALLEST_NOTE.h, toGrid(h + dy)),
        }
      : { ...this.note, x: toGrid(x + dx), y: toGrid(y + dy) };
    this.stage.notes.ground.placeNote(this.held);
  }

  up() {
    const { held, note, stage } = this;
    if (!held) return;
    const ops = ["x", "y", "w", "h"]
      .filter((key) => held[key] !== note[key])
      .map((key) => change("notes", note.id, key, held[key]));
    stage.edit(this.byCorner ? gettext("Resize note") : gettext("Move note"), ops);
  }

  cancel() {
    this.stage.notes.ground.placeNote(this.note);
  }
}
