/** One node as SVG: built once, reused, and told its look. */

import { contentOf, CORNER, describe, ICON, TILE_INSET } from "./appearance.js";
import { NodeRemarks } from "./node-remarks.js";
import { svg } from "./svg.js";

const place = (element, x, y, w, h) => {
  element.setAttribute("x", x);
  element.setAttribute("y", y);
  element.setAttribute("width", w);
  element.setAttribute("height", h);
};

export class NodeView {
  constructor(prefix) {
    this.prefix = prefix;
    this.root = svg("g", { role: "button", tabindex: -1 });
    this.title = svg("title", {}, this.root);
    this.shade = svg("rect", { class: "fc-shade" }, this.root);
    this.card = svg("rect", { class: "fc-card" }, this.root);
    this.tile = svg("rect", { class: "fc-tile", rx: 5 }, this.root);
    this.icon = svg("use", { class: "fc-icon" }, this.root);
    this.label = svg("text", { class: "fc-label" }, this.root);
    this.state = null;
    this.badge = null;
    this.remarks = new NodeRemarks(this.root);
  }

  /**
   * @param {import("../model/doc.js").NodeRecord} node
   * @param {ReturnType<import("./appearance.js").Appearance["of"]>} look
   * @param {import("./theme.js").Theme} theme
   * @param {import("../model/marks.js").Marks} marks
   */
  show(node, look, theme, marks) {
    const { root } = this;
    const classes = ["fc-node", `fc-${node.role.toLowerCase()}`, `fc-kind-${node.family}`];
    if (look.state) classes.push(`fc-state-${look.state}`);
    if (look.severity) classes.push(`is-${look.severity}`);
    if (look.remark.paint) classes.push(`is-${look.remark.paint}`);
    if (look.remark.onPath) classes.push("is-on-path");
    for (const flag of ["selected", "hovered", "legal", "aimed", "dimmed", "disabled"])
      if (look[flag]) classes.push(`is-${flag}`);
    root.setAttribute("class", classes.join(" "));
    root.dataset.id = node.id;
    const words = describe(node, marks);
    root.setAttribute("aria-label", words);
    root.setAttribute("aria-pressed", String(look.selected));
    if (this.title.textContent !== words) this.title.textContent = words;
    this.#frame(node);
    this.#content(node, look, theme);
    this.#problem(node, look);
    this.remarks.show(node, look.remark);
  }

  /** @param {{x: number, y: number}} at @param {{w: number, h: number}} size */
  moveTo({ x, y }, { w, h }) {
    this.root.setAttribute("transform", `translate(${x - w / 2},${y - h / 2})`);
  }

  #frame({ w, h, role }) {
    const corner = role === "JOB" || role === "OTHER" ? CORNER : h / 2;
    const size = `${w}*${h}*${corner}`;
    if (this.size === size) return;
    this.size = size;
    place(this.card, 0.5, 0.5, w - 1, h - 1);
    place(this.shade, 0.5, 1.5, w - 1, h - 1);
    this.card.setAttribute("rx", corner);
    this.shade.setAttribute("rx", corner);
    const tile = h - 2 * TILE_INSET;
    place(this.tile, TILE_INSET, TILE_INSET, tile, tile);
    this.label.setAttribute("y", h / 2 + 0.5);
  }

  #content(node, look, theme) {
    const { kindLeft, labelLeft, stateLeft, text } = contentOf(node, look, theme);
    this.icon.setAttribute("href", `#${this.prefix}-kind-${node.family}`);
    this.icon.setAttribute("visibility", kindLeft === null ? "hidden" : "visible");
    place(this.icon, kindLeft ?? 0, (node.h - ICON) / 2, ICON, ICON);
    this.label.setAttribute("x", labelLeft);
    if (this.label.textContent !== text) this.label.textContent = text;
    if (stateLeft === null) {
      this.state?.root.remove();
      this.state = null;
      return;
    }
    this.state ??= newStateIcon(this.root);
    this.state.use.setAttribute("href", `#${this.prefix}-state-${look.state}`);
    this.state.root.setAttribute("transform", `translate(${stateLeft + ICON / 2},${node.h / 2})`);
  }

  #problem(node, { severity }) {
    if (!severity) {
      this.badge?.remove();
      this.badge = null;
      return;
    }
    if (!this.badge) {
      this.badge = svg("g", {}, this.root);
      svg("circle", { r: 7.5 }, this.badge);
      svg("path", { d: "M0-3.4V.6M0 3.2v.01" }, this.badge);
    }
    this.badge.setAttribute("class", `fc-badge is-${severity}`);
    this.badge.setAttribute("transform", `translate(${node.w - 3},3)`);
  }
}

/** Placed by its middle, so that it can turn. */
function newStateIcon(parent) {
  const root = svg("g", { class: "fc-state" }, parent);
  const use = svg(
    "use",
    { x: -ICON / 2, y: -ICON / 2, width: ICON, height: ICON },
    svg("g", { class: "fc-turning" }, root),
  );
  return { root, use };
}
