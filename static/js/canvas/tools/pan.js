/** Drag the paper. */

export class Pan {
  constructor(stage, pointer) {
    this.stage = stage;
    this.last = pointer;
    this.moved = 0;
    this.cursor = "grabbing";
  }

  move(pointer) {
    const [dx, dy] = [pointer.x - this.last.x, pointer.y - this.last.y];
    this.moved += Math.abs(dx) + Math.abs(dy);
    this.last = pointer;
    this.stage.camera.panBy(dx, dy);
  }

  up() {}

  cancel() {}
}

/** Paper that lets go of the selection when it is only clicked. */
export class PanOrClear extends Pan {
  up() {
    if (this.moved < 4) this.stage.selection.clear();
  }
}
