/** Notes and groups: which lies where, which is chosen, and the field in which one is written. */

import { within } from "../model/geometry.js";
import { change, drop, frameOf, GROUP_TITLE, groupsOf, newGroup, newNote, notesOf } from "../model/notes.js";
import { Ground } from "../render/ground.js";
import { gettext } from "../text.js";

const CORNER_PX = 12;

export class Notes {
  #written = null;

  /** @param {any} stage */
  constructor(stage) {
    this.stage = stage;
    this.ground = new Ground(stage.host, stage.camera, stage.scene.placeOf);
    stage.scene.onDisplace = () => this.ground.follow();
    this.field = document.createElement("textarea");
    this.field.className = "fc-control fc-note-field";
    this.field.hidden = true;
    stage.host.append(this.field);
    this.field.addEventListener("keydown", (event) => this.#fieldKey(event));
    this.field.addEventListener("blur", () => this.#end(true));
    stage.camera.onChange(() => this.#putField());
    stage.doc.onChange((change) => this.#follow(change));
    stage.selection.onChange(() => !stage.selection.empty && this.choose(""));
    this.ground.layer.addEventListener("focusin", (event) => this.choose(idOf(event.target)));
    this.#read();
  }

  /** @returns {{of: "notes" | "groups", one: any} | null} what is chosen */
  get chosen() {
    return this.#find(this.ground.chosen);
  }

  choose(id) {
    if (id && !this.stage.selection.empty) this.stage.selection.clear();
    this.ground.choose(id);
  }

  /** What lies at a point, a note before a group's title. */
  at({ x, y }) {
    const point = { left: x, right: x, top: y, bottom: y };
    const corner = CORNER_PX / this.stage.camera.zoom;
    const note = this.notes.findLast((one) =>
      within(point, { left: one.x, top: one.y, right: one.x + one.w, bottom: one.y + one.h }),
    );
    if (note) {
      const byCorner = note.x + note.w - x < corner && note.y + note.h - y < corner;
      return { of: "notes", one: note, byCorner };
    }
    const group = this.groups.findLast((one) => {
      const frame = frameOf(one);
      return within(point, { ...frame, bottom: frame.top + GROUP_TITLE + 6 });
    });
    return group ? { of: "groups", one: group, byCorner: false } : null;
  }

  /** The next note or group, for the keyboard. */
  next() {
    const all = [...this.groups, ...this.notes];
    if (!all.length) return this.stage.announce(gettext("There are no notes and no groups."));
    const one = all[(all.findIndex(({ id }) => id === this.ground.chosen) + 1) % all.length];
    const box = one.nodes ? frameOf(one) : { left: one.x, top: one.y, right: one.x + one.w, bottom: one.y + one.h };
    this.choose(one.id);
    this.stage.camera.reveal(box);
    this.ground.elementOf(one.id)?.focus({ preventScroll: true });
  }

  add(spot) {
    const { ops, id } = newNote(this.stage.doc, spot);
    this.stage.edit(gettext("Add note"), ops);
    this.choose(id);
    this.write();
  }

  group() {
    const { stage } = this;
    const { ops, id } = newGroup(stage.doc, stage.chosen, gettext("Group"));
    stage.edit(gettext("Group"), ops);
    this.choose(id);
    this.write();
  }

  /** The groups that the chosen nodes are in, or the chosen group, come undone. */
  ungroup() {
    const { stage } = this;
    const chosen = new Set(stage.chosen);
    const groups = this.groups.filter(
      (group) => group.id === this.ground.chosen || group.nodes.some((node) => chosen.has(node)),
    );
    stage.edit(
      gettext("Ungroup"),
      groups.flatMap((group) => drop(stage.doc, "groups", group.id)),
    );
  }

  remove() {
    const { chosen } = this;
    if (!chosen) return;
    this.choose("");
    this.stage.edit(gettext("Delete"), drop(this.stage.doc, chosen.of, chosen.one.id));
    this.stage.takeFocus();
  }

  /** @param {string} tint */
  paint(tint) {
    const { chosen } = this;
    if (chosen) this.stage.edit(gettext("Colour"), [change(chosen.of, chosen.one.id, "tint", tint)]);
  }

  moveBy(dx, dy) {
    const { chosen, stage } = this;
    if (chosen?.of !== "notes") return;
    const ops = [
      [dx, "x"],
      [dy, "y"],
    ]
      .filter(([by]) => by)
      .map(([by, key]) => change("notes", chosen.one.id, key, chosen.one[key] + by));
    stage.edit(gettext("Move note"), ops, { merge: "nudge" });
  }

  /** Write the chosen note, or the title of the chosen group. */
  write() {
    const { chosen } = this;
    if (!chosen || !this.stage.editable) return;
    this.#written = chosen;
    this.field.value = chosen.of === "notes" ? chosen.one.text : chosen.one.title;
    this.field.setAttribute("aria-label", chosen.of === "notes" ? gettext("Note") : gettext("Name of the group"));
    this.field.classList.toggle("is-title", chosen.of === "groups");
    this.field.hidden = false;
    this.#putField();
    this.field.focus({ preventScroll: true });
    this.field.select();
  }

  #find(id) {
    const note = this.notes.find((one) => one.id === id);
    if (note) return { of: "notes", one: note };
    const group = this.groups.find((one) => one.id === id);
    return group ? { of: "groups", one: group } : null;
  }

  #follow(change) {
    if (change.graph || change.structural) this.#read();
    else if (change.nodes.size) this.ground.follow();
  }

  #read() {
    this.notes = notesOf(this.stage.doc.graph);
    this.groups = groupsOf(this.stage.doc);
    this.ground.show(this.notes, this.groups);
  }

  #putField() {
    if (!this.#written) return;
    const { of, one } = this.#written;
    const frame = of === "notes" ? null : frameOf(one);
    const [left, top] = frame ? [frame.left, frame.top] : [one.x, one.y];
    const [w, h] = frame ? [frame.right - frame.left, GROUP_TITLE + 4] : [one.w, one.h];
    const { camera } = this.stage;
    const at = camera.toScreen(left, top);
    Object.assign(this.field.style, {
      translate: `${at.x}px ${at.y}px`,
      scale: String(camera.zoom),
      width: `${w}px`,
      height: `${h}px`,
    });
  }

  #fieldKey(event) {
    event.stopPropagation();
    if (event.isComposing) return;
    const leaves = event.key === "Enter" && (this.#written.of === "groups" || event.ctrlKey || event.metaKey);
    if (event.key === "Escape" || leaves || event.key === "Tab") {
      event.preventDefault();
      const { id } = this.#written.one;
      this.#end(true);
      this.ground.elementOf(id)?.focus({ preventScroll: true });
    }
  }

  #end(keep) {
    const written = this.#written;
    if (!written) return;
    this.#written = null;
    this.field.hidden = true;
    const key = written.of === "notes" ? "text" : "title";
    const text = this.field.value.trim();
    if (keep && text !== written.one[key] && this.#find(written.one.id)) {
      this.stage.edit(gettext("Write"), [change(written.of, written.one.id, key, text)]);
    }
  }
}

const idOf = (element) => element.dataset?.note ?? element.dataset?.group ?? "";
