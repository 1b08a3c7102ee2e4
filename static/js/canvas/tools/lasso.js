/** Draw round what is to be chosen, with Alt held; with Shift it is added to what was. */

import { boundsOf, isInside } from "../model/geometry.js";

const STEP_PX = 3;

export class Lasso {
  edgePan = true;
  cursor = "crosshair";

  constructor(stage, pointer) {
    this.stage = stage;
    this.points = [pointer.world];
    this.last = pointer;
    this.kept = pointer.shift ? [...stage.selection.nodes] : [];
  }

  move(pointer) {
    if (Math.hypot(pointer.x - this.last.x, pointer.y - this.last.y) < STEP_PX) return;
    this.last = pointer;
    this.points.push(pointer.world);
    this.stage.overlay.showLasso(this.points);
    const box = boundsOf(this.points.map(({ x, y }) => ({ x, y, w: 0, h: 0 })));
    const inside = this.stage.places.nodesTouching(box).filter((node) => isInside(node, this.points));
    const chosen = new Set([...this.kept, ...inside.map((node) => node.id)]);
    const { nodes } = this.stage.selection;
    if (chosen.size !== nodes.size || [...chosen].some((id) => !nodes.has(id))) this.stage.selection.choose(chosen);
  }

  up() {
    if (this.points.length < 3 && !this.kept.length) this.stage.selection.clear();
    this.cancel();
  }

  cancel() {
    this.stage.overlay.showLasso(null);
  }
}
