/** Every operation by key. Arrows walk the graph; letters do what the buttons do. */

import { actionOfKey, isPossible } from "./actions.js";
import { comboOf } from "./keys.js";
import { connect, moveBy } from "./model/commands.js";
import { legalPartners } from "./model/rules.js";
import { firstNode, neighbour } from "./model/walk.js";
import { labelOf } from "./render/appearance.js";
import { fill, gettext } from "./text.js";

const ARROWS = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right" };
const STEPS = { up: [0, -1], down: [0, 1], left: [-1, 0], right: [1, 0] };
const NUDGE = 8;
export class Keyboard {
  /** While an edge is drawn by keys. @type {{from: any, legal: Set<string>, at: any} | null} */
  connecting = null;

  /** @param {any} stage */
  constructor(stage) {
    this.stage = stage;
    stage.listen("keydown", (event) => this.#down(event));
    stage.listen("keyup", (event) => event.key === " " && stage.tools.holdSpace(false));
    stage.listen("focusout", () => stage.tools.holdSpace(false));
  }

  #down(event) {
    if (event.target instanceof Element && event.target.closest(".fc-control")) return;
    const handled = this.connecting ? this.#whileConnecting(event) : this.#press(event);
    if (!handled) return;
    event.preventDefault();
    event.stopPropagation();
  }

  #press(event) {
    const { stage } = this;
    if (ARROWS[event.key]) return this.#arrow(event, ARROWS[event.key]);
    const combo = comboOf(event);
    const action = actionOfKey(combo);
    if (action && isPossible(stage, action)) return stage.command(action);
    switch (combo) {
      case "Escape":
        return this.#escape();
      case "Enter":
        if (stage.notes.chosen) stage.notes.write();
        return Boolean(stage.notes.chosen);
      case "Space":
        stage.tools.holdSpace(true);
        return true;
      case "Ctrl+Space":
        if (stage.focused) stage.selection.toggleNode(stage.focused.id);
        return true;
      case "E":
        return this.#nextEdge();
      default:
        return false;
    }
  }

  #arrow(event, direction) {
    const { stage } = this;
    if (event.shiftKey || event.altKey) return this.#nudge(direction, event.altKey ? 1 : NUDGE);
    const from = stage.focused;
    const next = from ? neighbour(from, direction, stage.doc.nodes.values()) : firstNode(stage.doc);
    if (next) stage.goTo(next, { keep: event.ctrlKey || event.metaKey });
    return true;
  }

  #nudge(direction, by) {
    const { stage } = this;
    const [dx, dy] = STEPS[direction];
    if (stage.editable && stage.notes.chosen) stage.notes.moveBy(dx * by, dy * by);
    if (!stage.editable || !stage.selection.nodes.size) return true;
    const ops = moveBy(stage.doc, stage.selection.nodes, dx * by, dy * by);
    stage.edit(gettext("Nudge"), ops, { merge: "nudge" });
    return true;
  }

  #escape() {
    const { stage } = this;
    if (stage.tools.cancel()) return true;
    if (stage.notes.chosen) {
      stage.notes.choose("");
      stage.takeFocus();
      return true;
    }
    if (stage.selection.empty) return false;
    stage.selection.clear();
    return true;
  }

  /** Edges have no focus of their own: E goes round the edges of a node, Delete removes the chosen one. */
  #nextEdge() {
    const { stage } = this;
    const node = stage.focused;
    const edges = node
      ? [...node.outgoing, ...node.incoming].filter((edge) => edge.source && edge.target)
      : [];
    if (!edges.length) return true;
    const at = edges.findIndex((edge) => stage.selection.edges.has(edge.id));
    const edge = edges[(at + 1) % edges.length];
    stage.selection.choose([], [edge.id]);
    stage.announce(
      fill(edge.label ? gettext("Edge from %(from)s to %(to)s: %(label)s.") : gettext("Edge from %(from)s to %(to)s."), {
        from: labelOf(edge.source),
        to: labelOf(edge.target),
        label: edge.label,
      }),
    );
    return true;
  }

  beginConnecting() {
    const { stage } = this;
    const from = stage.focused;
    const legal = legalPartners(stage.doc, from, "down");
    if (!legal.size) return stage.notify(gettext("There is no node this one could lead to."));
    this.connecting = { from, legal, at: from };
    stage.scene.appearance.connecting = { from: from.id, legal, target: null };
    this.#aim("down");
    stage.announce(gettext("Choose a target with the arrow keys, Enter connects, Escape gives up."));
  }

  #whileConnecting(event) {
    if (ARROWS[event.key]) this.#aim(ARROWS[event.key]);
    else if (event.key === "Enter") this.#finishConnecting();
    else if (event.key === "Escape" || event.key === "Tab") this.#stopConnecting();
    return true;
  }

  #aim(direction) {
    const { stage, connecting } = this;
    const legal = [...connecting.legal].map((id) => stage.doc.nodes.get(id));
    const placeOnly = { ...connecting.at, outgoing: [], incoming: [] };
    const next =
      neighbour(placeOnly, direction, legal) ?? (connecting.at === connecting.from ? legal[0] : null);
    if (!next) return;
    connecting.at = next;
    stage.scene.appearance.connecting.target = next.id;
    stage.showWire(connecting.from, next);
    stage.announce(labelOf(next));
    stage.scene.redraw();
  }

  #finishConnecting() {
    const { stage, connecting } = this;
    this.#stopConnecting();
    if (connecting.at === connecting.from) return;
    stage.edit(gettext("Connect"), connect(stage.doc, connecting.from.id, connecting.at.id));
    stage.announce(
      fill(gettext("%(from)s leads to %(to)s."), {
        from: labelOf(connecting.from),
        to: labelOf(connecting.at),
      }),
    );
  }

  #stopConnecting() {
    this.connecting = null;
    this.stage.scene.appearance.connecting = null;
    this.stage.overlay.showWire(null);
    this.stage.scene.redraw();
  }
}
