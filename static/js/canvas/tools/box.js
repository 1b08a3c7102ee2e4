/** Draw a box around what is to be chosen; with Shift it is added to what was. */

import { boxBetween } from "../model/geometry.js";

export class BoxSelect {
  edgePan = true;

  constructor(stage, pointer) {
    this.stage = stage;
    this.start = pointer.world;
    this.screen = pointer;
    this.kept = pointer.shift ? [...stage.selection.nodes] : [];
    this.box = null;
  }

  move(pointer) {
    if (!this.box && Math.hypot(pointer.x - this.screen.x, pointer.y - this.screen.y) < 4) return;
    this.box = boxBetween(this.start.x, this.start.y, pointer.world.x, pointer.world.y);
    this.stage.overlay.showBox(this.box);
    const ids = this.stage.places.nodesTouching(this.box).map((node) => node.id);
    const chosen = new Set([...this.kept, ...ids]);
    const { nodes } = this.stage.selection;
    if (chosen.size !== nodes.size || ids.some((id) => !nodes.has(id))) this.stage.selection.choose(chosen);
  }

  up() {
    if (!this.box) {
      if (!this.kept.length) this.stage.selection.clear();
      return;
    }
    const edges = this.stage.places.edgesInside(this.box).map((edge) => edge.id);
    if (edges.length) this.stage.selection.choose(this.stage.selection.nodes, edges);
    this.cancel();
  }

  cancel() {
    this.stage.overlay.showBox(null);
  }
}
