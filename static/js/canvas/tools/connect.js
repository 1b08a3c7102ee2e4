/** Draw an edge from a port: who may take it is lit, who may not is dimmed. */

import { inPort, outPort } from "../model/geometry.js";
import { connect, reconnect } from "../model/commands.js";
import { legalPartners, refusal } from "../model/rules.js";
import { labelOf } from "../render/appearance.js";
import { fill, gettext } from "../text.js";

const AIM_PX = 14;

export class Connect {
  edgePan = true;
  cursor = "crosshair";

  /** @param {"out" | "in"} port the end that was grabbed */
  constructor(stage, node, port) {
    this.stage = stage;
    this.node = node;
    this.direction = port === "out" ? "down" : "up";
    this.target = null;
    const { appearance } = stage.scene;
    appearance.connecting = {
      from: node.id,
      legal: legalPartners(stage.doc, node, this.direction),
      target: null,
    };
    stage.scene.hover(null);
    stage.overlay.showPorts(node, node, port);
    stage.scene.redraw();
  }

  move(pointer) {
    const { stage } = this;
    this.moved = true;
    const under = stage.places.nodeAt(pointer.world.x, pointer.world.y, AIM_PX / stage.camera.zoom);
    const { legal } = stage.scene.appearance.connecting;
    this.aim(under && legal.has(under.id) ? under : null);
    this.over = under;
    const loose = this.target ? this.#portOf(this.target) : pointer.world;
    if (this.direction === "down") stage.overlay.showWire(outPort(this.node), loose);
    else stage.overlay.showWire(loose, inPort(this.node));
  }

  /** @param {any} node a legal partner, or nothing */
  aim(node) {
    if (node === this.target) return;
    const before = this.target;
    this.target = node;
    this.stage.scene.appearance.connecting.target = node?.id ?? null;
    this.stage.scene.redraw([before, node].filter(Boolean), []);
  }

  up(pointer) {
    const { stage, node, target, over } = this;
    this.cancel();
    if (target) {
      const [from, to] = this.direction === "down" ? [node, target] : [target, node];
      this.finish(from, to);
      stage.announce(fill(gettext("%(from)s leads to %(to)s."), { from: labelOf(from), to: labelOf(to) }));
    } else if (over && over !== node) {
      const reason = this.direction === "down" ? refusal(node, over) : refusal(over, node);
      if (reason) stage.notify(reason);
    } else if (!over) {
      this.finishLoose(pointer);
    }
  }

  finish(from, to) {
    this.stage.edit(gettext("Connect"), connect(this.stage.doc, from.id, to.id));
  }

  /** Over the paper: what it leads to is still to be made. */
  finishLoose(pointer) {
    if (!this.moved) return;
    this.stage.adding.fromPort(this.node, this.direction, pointer.world);
  }

  cancel() {
    const { stage } = this;
    stage.scene.appearance.connecting = null;
    stage.overlay.showWire(null);
    stage.overlay.showPorts(null);
    stage.scene.redraw();
  }

  #portOf(node) {
    return this.direction === "down" ? inPort(node) : outPort(node);
  }
}

/** Lead a chosen edge elsewhere by one of its ends. */
export class Reconnect extends Connect {
  /** @param {any} stage @param {any} edge @param {"source" | "target"} end the one that was grabbed */
  constructor(stage, edge, end) {
    super(stage, end === "target" ? edge.source : edge.target, end === "target" ? "out" : "in");
    this.edge = edge;
    stage.overlay.showEnds([]);
  }

  finish(from, to) {
    const { stage, edge } = this;
    const ops = reconnect(stage.doc, edge, { source: from.id, target: to.id });
    stage.edit(gettext("Connect elsewhere"), ops);
    stage.selection.choose([], [ops[1].edge.id]);
  }

  finishLoose() {}

  cancel() {
    super.cancel();
    this.stage.showEnds();
  }
}
