/** Choose a node by pressing it; drag it, and all chosen with it, to another place. */

import { boundsOf, boxOf, grow } from "../model/geometry.js";
import { moveTo, splitEdge } from "../model/commands.js";
import { snap } from "../model/snap.js";
import { fill, gettext, ngettext } from "../text.js";
import { aimAtEdge } from "./edge-aim.js";

const STARTS_AFTER_PX = 4;
const SNAP_PX = 6;
const MOST_SNAP_NEIGHBOURS = 400;

export class Move {
  edgePan = true;
  cursor = "grabbing";

  constructor(stage, pointer, node) {
    this.stage = stage;
    this.node = node;
    this.start = pointer.world;
    this.screen = pointer;
    this.lifted = null;
    const { selection } = stage;
    this.wasChosen = selection.nodes.has(node.id);
    if (pointer.shift) selection.toggleNode(node.id);
    else if (!this.wasChosen) selection.choose([node.id]);
    selection.focusOn(node.id);
  }

  move(pointer) {
    if (!this.lifted && !this.#begin(pointer)) return;
    let dx = pointer.world.x - this.start.x;
    let dy = pointer.world.y - this.start.y;
    const guides = [];
    if (!pointer.control) {
      const box = {
        left: this.bounds.left + dx,
        right: this.bounds.right + dx,
        top: this.bounds.top + dy,
        bottom: this.bounds.bottom + dy,
      };
      const rested = snap(box, this.#neighbours(box), SNAP_PX / this.stage.camera.zoom);
      dx += rested.dx;
      dy += rested.dy;
      guides.push(...rested.guides);
    }
    this.places = new Map(
      this.lifted.map((node) => [node, { x: node.x + dx, y: node.y + dy, w: node.w, h: node.h }]),
    );
    this.stage.overlay.showGuides(guides);
    this.stage.scene.displace(this.places);
    if (this.loose) this.edge = aimAtEdge(this.stage, this.places.get(this.loose));
  }

  up(pointer) {
    if (!this.lifted) {
      if (this.wasChosen && !pointer.shift) this.stage.selection.choose([this.node.id]);
      return;
    }
    const { edge, loose } = this;
    if (edge && loose) return this.#insert(edge, loose, this.places.get(loose));
    const places = [...(this.places ?? [])].map(([node, at]) => [node.id, at.x, at.y]);
    this.cancel();
    const ops = moveTo(this.stage.doc, places);
    const label = fill(ngettext("Move node", "Move %(count)s nodes", places.length), {
      count: places.length,
    });
    this.stage.edit(label, ops);
  }

  /** A loose node that is let go over an edge becomes a part of it. */
  #insert(edge, node, { x, y }) {
    this.cancel();
    const { doc } = this.stage;
    const ops = [...moveTo(doc, [[node.id, x, y]]), ...splitEdge(doc, edge, { id: node.id, y, h: node.h })];
    this.stage.edit(gettext("Insert on the edge"), ops);
  }

  cancel() {
    this.stage.overlay.showGuides([]);
    aimAtEdge(this.stage, null);
    this.edge = null;
    if (this.lifted) this.stage.scene.settle();
    this.lifted = null;
  }

  #begin(pointer) {
    if (Math.hypot(pointer.x - this.screen.x, pointer.y - this.screen.y) < STARTS_AFTER_PX) return false;
    const { doc, selection, overlay } = this.stage;
    if (!selection.nodes.has(this.node.id)) selection.choose([this.node.id]);
    this.lifted = [...selection.nodes].map((id) => doc.nodes.get(id));
    this.bounds = boundsOf(this.lifted);
    this.own = new Set(this.lifted);
    const [only] = this.lifted;
    const isLoose = this.lifted.length === 1 && only.role === "JOB" && !only.incoming.length && !only.outgoing.length;
    this.loose = isLoose ? only : null;
    overlay.showPorts(null);
    return true;
  }

  #neighbours(box) {
    const { places, camera } = this.stage;
    const near = places.nodesTouching(grow(camera.window(), 0)).filter((node) => !this.own.has(node));
    if (near.length <= MOST_SNAP_NEIGHBOURS) return near.map(boxOf);
    return places
      .nodesTouching(grow(box, 300))
      .filter((node) => !this.own.has(node))
      .map(boxOf);
  }
}

/** In a drawing that is only looked at a node is chosen, and dragging it drags the paper. */
export class Choose {
  constructor(stage, pointer, node) {
    this.stage = stage;
    this.last = pointer;
    stage.selection.choose([node.id]);
    stage.selection.focusOn(node.id);
  }

  move(pointer) {
    this.stage.camera.panBy(pointer.x - this.last.x, pointer.y - this.last.y);
    this.last = pointer;
  }

  up() {}

  cancel() {}
}
