/** Mouse, pen and fingers: which gesture a press begins, and what lies under the pointer. */

import { inPort, outPort } from "../model/geometry.js";
import { BoxSelect } from "./box.js";
import { Connect, Reconnect } from "./connect.js";
import { Lasso } from "./lasso.js";
import { MoveNote } from "./note.js";
import { Choose, Move } from "./move.js";
import { Pan, PanOrClear } from "./pan.js";
import { Pinch } from "./pinch.js";

const PORT_REACH_PX = 10;
const EDGE_REACH_PX = 6;
const EDGE_PAN_ZONE = 28;
const EDGE_PAN_SPEED = 12;
const WHEEL_NOTCH = 120;

export class PointerTools {
  /** The gesture under way: an object with move, up and cancel. */
  active = null;
  #fingers = new Map();
  #edgeFrame = 0;
  spaceHeld = false;

  /** @param {any} stage */
  constructor(stage) {
    this.stage = stage;
    stage.listen("pointerdown", (event) => this.#down(event));
    stage.listen("pointermove", (event) => this.#move(event));
    stage.listen("pointerup", (event) => this.#up(event));
    stage.listen("pointercancel", () => this.cancel());
    stage.listen("pointerleave", () => this.#leave());
    stage.listen("dblclick", (event) => this.#doubleClick(event));
    stage.listen("wheel", (event) => this.#wheel(event), { passive: false });
    stage.listen("contextmenu", (event) => this.active && event.preventDefault());
  }

  /** @returns {boolean} whether there was anything to give up */
  cancel() {
    const had = Boolean(this.active);
    this.active?.cancel();
    this.#end();
    return had;
  }

  holdSpace(held) {
    this.spaceHeld = held;
    if (!this.active) this.stage.host.style.cursor = held ? "grab" : "";
  }

  #pointer(event) {
    const { x, y } = this.stage.pointOf(event);
    return {
      id: event.pointerId,
      x,
      y,
      world: this.stage.camera.toWorld(x, y),
      shift: event.shiftKey,
      control: event.ctrlKey || event.metaKey,
    };
  }

  #down(event) {
    if (isControl(event.target)) return;
    const pointer = this.#pointer(event);
    if (event.pointerType === "touch") {
      this.#fingers.set(pointer.id, pointer);
      if (this.#fingers.size === 2) {
        this.active?.cancel();
        return this.#begin(event, new Pinch(this.stage, ...this.#fingers.values()));
      }
    }
    if (this.active) return;
    const gesture = this.#gestureFor(event, pointer);
    if (gesture) this.#begin(event, gesture);
  }

  #gestureFor(event, pointer) {
    const { stage } = this;
    if (event.button === 1 || (event.button === 0 && this.spaceHeld)) return new Pan(stage, pointer);
    if (event.button !== 0) return null;
    const end = stage.editable && this.#endUnder(pointer);
    if (end) return new Reconnect(stage, ...end);
    const { node, port } = this.#under(pointer);
    if (port) return new Connect(stage, node, port);
    if (node) return stage.editable ? new Move(stage, pointer, node) : new Choose(stage, pointer, node);
    const box = stage.editable && event.pointerType !== "touch";
    if (box && event.altKey) return new Lasso(stage, pointer);
    const edge =
      stage.editable &&
      stage.places.edgeAt(pointer.world.x, pointer.world.y, EDGE_REACH_PX / stage.camera.zoom);
    if (edge) {
      const { nodes, edges } = stage.selection;
      stage.selection.choose(pointer.shift ? nodes : [], pointer.shift ? toggled(edges, edge.id) : [edge.id]);
      return new Pan(stage, pointer);
    }
    const note = stage.editable && stage.notes.at(pointer.world);
    if (note) return this.#gestureOn(note, pointer);
    return box ? new BoxSelect(stage, pointer) : new PanOrClear(stage, pointer);
  }

  /** A note moves alone, a group with all its nodes. */
  #gestureOn({ of, one, byCorner }, pointer) {
    const { stage } = this;
    if (of === "notes") return new MoveNote(stage, pointer, one, byCorner);
    stage.selection.choose(one.nodes.map((node) => node.id));
    return new Move(stage, { ...pointer, shift: false }, one.nodes[0]);
  }

  #begin(event, gesture) {
    // The press would give the focus to the page; the keyboard belongs to the drawing now.
    event.preventDefault();
    this.active = gesture;
    this.stage.takeFocus();
    this.stage.host.setPointerCapture(event.pointerId);
    this.stage.host.style.cursor = gesture.cursor ?? "";
    this.stage.host.classList.add("is-gesturing");
  }

  #move(event) {
    const pointer = this.#pointer(event);
    if (this.#fingers.has(pointer.id)) this.#fingers.set(pointer.id, pointer);
    if (!this.active) return this.#hover(event, pointer);
    this.active.move(pointer);
    if (this.active.edgePan) this.#panAtEdge(event);
  }

  #up(event) {
    this.#fingers.delete(event.pointerId);
    const { active } = this;
    if (!active) return;
    this.#end();
    active.up(this.#pointer(event));
  }

  #end() {
    this.active = null;
    cancelAnimationFrame(this.#edgeFrame);
    this.#edgeFrame = 0;
    this.stage.host.style.cursor = this.spaceHeld ? "grab" : "";
    this.stage.host.classList.remove("is-gesturing");
  }

  #leave() {
    if (this.active) return;
    this.stage.scene.hover(null);
    this.stage.overlay.showPorts(null);
  }

  #under(pointer) {
    const { places, editable, camera } = this.stage;
    const reach = PORT_REACH_PX / camera.zoom;
    const node = places.nodeAt(pointer.world.x, pointer.world.y);
    const near = node ?? places.nodeAt(pointer.world.x, pointer.world.y, reach);
    if (!near || !editable || camera.zoom < 0.3) return { node, port: null, near };
    const away = (at) => Math.hypot(pointer.world.x - at.x, pointer.world.y - at.y);
    // From afar a port must not cover the node that it belongs to.
    const within = node ? Math.min(reach, near.h * 0.3) : reach;
    let port = null;
    if (near.role !== "END" && away(outPort(near)) <= within) port = "out";
    else if (near.role !== "START" && away(inPort(near)) <= within) port = "in";
    return { node: node ?? (port ? near : null), port, near };
  }

  /** The end of the one chosen edge, when the pointer is on it. */
  #endUnder(pointer) {
    const edge = this.stage.chosenEdge;
    if (!edge) return null;
    const reach = (PORT_REACH_PX - 2) / this.stage.camera.zoom;
    const away = (at) => Math.hypot(pointer.world.x - at.x, pointer.world.y - at.y);
    if (away(inPort(edge.target)) <= reach) return [edge, "target"];
    if (away(outPort(edge.source)) <= reach) return [edge, "source"];
    return null;
  }

  #hover(event, pointer) {
    const { stage } = this;
    if (isControl(event.target) || event.pointerType === "touch") return this.#leave();
    const { node, port, near } = this.#under(pointer);
    stage.scene.hover(node);
    stage.overlay.showPorts(
      stage.editable && stage.camera.zoom >= 0.3 ? near : null,
      near ?? undefined,
      port,
    );
    if (!this.spaceHeld) stage.host.style.cursor = port ? "crosshair" : node ? "pointer" : "";
  }

  #doubleClick(event) {
    if (isControl(event.target)) return;
    const { stage } = this;
    const pointer = this.#pointer(event);
    const { node } = this.#under(pointer);
    const note = !node && stage.editable && stage.notes.at(pointer.world);
    if (note) {
      stage.notes.choose(note.one.id);
      stage.notes.write();
    } else if (node?.role === "JOB" && stage.editable) stage.renaming.begin(node);
    else if (node) stage.open(node.id);
    else if (stage.editable && stage.chosenEdge) stage.renaming.beginEdge(stage.chosenEdge);
    else if (stage.editable) {
      stage.selection.clear();
      stage.adding.next();
    }
  }

  #wheel(event) {
    if (isControl(event.target)) return;
    event.preventDefault();
    const { camera } = this.stage;
    const pointer = this.#pointer(event);
    if (event.ctrlKey || event.metaKey || isMouseWheel(event)) {
      const lines = event.deltaMode === 1 ? 33 : 1;
      const strength = event.ctrlKey && !isMouseWheel(event) ? 0.01 : 0.0015;
      const turn = Math.max(-300, Math.min(300, event.deltaY * lines));
      camera.zoomAt(pointer.x, pointer.y, Math.exp(-turn * strength));
    } else if (event.shiftKey && !event.deltaX) {
      camera.panBy(-event.deltaY, 0);
    } else {
      camera.panBy(-event.deltaX, -event.deltaY);
    }
  }

  #panAtEdge(event) {
    cancelAnimationFrame(this.#edgeFrame);
    const { camera } = this.stage;
    const pointer = this.#pointer(event);
    const push = (at, room) =>
      at < EDGE_PAN_ZONE ? EDGE_PAN_SPEED : at > room - EDGE_PAN_ZONE ? -EDGE_PAN_SPEED : 0;
    const [dx, dy] = [push(pointer.x, camera.width), push(pointer.y, camera.height)];
    if (!dx && !dy) return;
    this.#edgeFrame = requestAnimationFrame(() => {
      if (!this.active) return;
      camera.panBy(dx, dy);
      this.active.move(this.#pointer(event));
      this.#panAtEdge(event);
    });
  }
}

/** Buttons and the minimap lie over the drawing and have their own ways. */
const isControl = (target) => target instanceof Element && Boolean(target.closest(".fc-control"));

/** @param {Set<string>} set @param {string} id */
function toggled(set, id) {
  return set.has(id) ? [...set].filter((other) => other !== id) : [...set, id];
}

/** A wheel turns in notches; two fingers on a touchpad pan. */
function isMouseWheel(event) {
  if (event.deltaMode !== 0) return true;
  if (event.deltaX || event.shiftKey) return false;
  return Number.isInteger(event.wheelDeltaY / WHEEL_NOTCH) && Math.abs(event.deltaY) >= 50;
}
