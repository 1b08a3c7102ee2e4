/**
 * The drawing as SVG elements: what is near the window, mounted and unmounted as one pans.
 * Each node is a real, named, focusable element.
 */

import { curvePath, labelSpot } from "../model/geometry.js";
import { CARDS_FROM_ZOOM, EDGE_LABEL_WIDTH } from "./appearance.js";
import { defineSymbols } from "./icons.js";
import { NodeView } from "./node-view.js";
import { svg } from "./svg.js";

const POOLED_VIEWS = 400;
const MARKERS = ["plain", "accent", "danger", "strong", "added", "changed"];
const MARKER_OF = {
  "": "plain",
  near: "accent",
  selected: "accent",
  wrong: "danger",
  path: "strong",
  added: "added",
  removed: "danger",
  changed: "changed",
  moved: "plain",
};

export class SvgLayer {
  /** @type {Map<import("../model/doc.js").NodeRecord, NodeView>} */
  views = new Map();
  /** @type {Map<import("../model/doc.js").EdgeRecord, SVGElement>} */
  paths = new Map();
  /** What stands on them. @type {Map<import("../model/doc.js").EdgeRecord, SVGElement>} */
  labels = new Map();
  focusable = null;
  #pool = [];

  /**
   * @param {import("./appearance.js").Appearance} appearance
   * @param {import("./theme.js").Theme} theme
   * @param {(node: import("../model/doc.js").NodeRecord) => {x: number, y: number, w: number, h: number}} placeOf
   * @param {(edge: import("../model/doc.js").EdgeRecord) => import("../model/geometry.js").Chain} wayOf
   * @param {string} prefix for ids that must be unique in the page
   */
  constructor(appearance, theme, placeOf, wayOf, prefix) {
    this.appearance = appearance;
    this.theme = theme;
    this.placeOf = placeOf;
    this.wayOf = wayOf;
    this.prefix = prefix;
    this.root = svg("svg", { class: "fc-layer fc-svg" });
    const defs = svg("defs", {}, this.root);
    for (const name of MARKERS) defineArrow(defs, `${prefix}-arrow-${name}`, name);
    defineSymbols(defs, prefix);
    this.world = svg("g", {}, this.root);
    this.edgeGroup = svg("g", { "aria-hidden": "true" }, this.world);
    this.labelGroup = svg("g", { "aria-hidden": "true" }, this.world);
    this.nodeGroup = svg("g", {}, this.world);
    this.top = svg("g", { "aria-hidden": "true" }, this.world);
  }

  /** @param {number} zoom @param {import("../model/geometry.js").Box} origin */
  anchor(zoom, origin) {
    this.world.setAttribute("transform", `scale(${zoom})translate(${-origin.left},${-origin.top})`);
    if (zoom === this.zoom) return;
    this.zoom = zoom;
    this.root.classList.toggle("is-far", zoom < CARDS_FROM_ZOOM);
    // From afar a line keeps being seen.
    this.world.style.setProperty("--hair", String(Math.max(1, 0.65 / zoom)));
  }

  /** Have exactly these mounted. */
  hold(nodes, edges) {
    for (const [node, view] of this.views) {
      if (nodes.has(node)) continue;
      view.root.remove();
      this.views.delete(node);
      if (this.#pool.length < POOLED_VIEWS) this.#pool.push(view);
    }
    for (const [edge, path] of this.paths) {
      if (edges.has(edge)) continue;
      path.remove();
      this.paths.delete(edge);
      this.labels.get(edge)?.remove();
      this.labels.delete(edge);
    }
    for (const edge of edges) if (!this.paths.has(edge)) this.#mountEdge(edge);
    const fresh = [...nodes].filter((node) => !this.views.has(node));
    fresh.sort((a, b) => a.ordinal - b.ordinal);
    for (const node of fresh) this.#mountNode(node);
  }

  /** Draw again what is mounted of these; all when nothing is named. */
  refresh(nodes = this.views.keys(), edges = this.paths.keys()) {
    for (const node of nodes) this.#showNode(node);
    for (const edge of edges) this.#showEdge(edge);
  }

  /** Follow nodes that are being dragged or animated. @param {Iterable<import("../model/doc.js").NodeRecord>} nodes */
  follow(nodes) {
    const edges = new Set();
    for (const node of nodes) {
      this.views.get(node)?.moveTo(this.placeOf(node), node);
      for (const edge of node.incoming) edges.add(edge);
      for (const edge of node.outgoing) edges.add(edge);
    }
    for (const edge of edges) this.#routeEdge(edge);
  }

  /** The one node that Tab comes to. @param {import("../model/doc.js").NodeRecord | null} node */
  makeFocusable(node) {
    if (this.focusable) this.views.get(this.focusable)?.root.setAttribute("tabindex", "-1");
    this.focusable = node;
    if (node) this.views.get(node)?.root.setAttribute("tabindex", "0");
  }

  /** @param {import("../model/doc.js").NodeRecord} node */
  raise(node) {
    const view = this.views.get(node);
    // Appending again would drop the keyboard's focus, so only what is not on top moves.
    if (view && this.nodeGroup.lastChild !== view.root && !view.root.contains(document.activeElement)) {
      this.nodeGroup.append(view.root);
    }
  }

  /** @param {import("../model/doc.js").NodeRecord} node @returns {SVGElement | undefined} */
  elementOf(node) {
    return this.views.get(node)?.root;
  }

  #mountNode(node) {
    const view = this.#pool.pop() ?? new NodeView(this.prefix);
    view.root.setAttribute("tabindex", node === this.focusable ? "0" : "-1");
    this.views.set(node, view);
    this.#showNode(node);
    this.nodeGroup.append(view.root);
  }

  #showNode(node) {
    const view = this.views.get(node);
    if (!view) return;
    view.show(node, this.appearance.of(node), this.theme, this.appearance.marks);
    view.moveTo(this.placeOf(node), node);
  }

  #mountEdge(edge) {
    this.paths.set(edge, svg("path", {}, this.edgeGroup));
    this.#showEdge(edge);
  }

  #showEdge(edge) {
    const path = this.paths.get(edge);
    if (!path) return;
    const look = this.appearance.ofEdge(edge);
    path.setAttribute("class", look ? `fc-edge is-${look}` : "fc-edge");
    path.setAttribute("marker-end", `url(#${this.prefix}-arrow-${MARKER_OF[look]})`);
    this.#showLabel(edge);
    this.#routeEdge(edge);
  }

  #showLabel(edge) {
    let label = this.labels.get(edge);
    if (!edge.label) {
      label?.remove();
      this.labels.delete(edge);
      return;
    }
    if (!label) this.labels.set(edge, (label = svg("text", { class: "fc-edge-label" }, this.labelGroup)));
    label.textContent = this.theme.fit(edge.label, EDGE_LABEL_WIDTH);
  }

  #routeEdge(edge) {
    const path = this.paths.get(edge);
    if (!path) return;
    const way = this.wayOf(edge);
    path.setAttribute("d", curvePath(way));
    const label = this.labels.get(edge);
    if (!label) return;
    const { x, y } = labelSpot(edge, way);
    label.setAttribute("x", String(x));
    label.setAttribute("y", String(y));
  }
}

function defineArrow(defs, id, name) {
  const marker = svg(
    "marker",
    {
      id,
      class: `fc-arrow is-${name}`,
      viewBox: "0 0 8 8",
      refX: 1,
      refY: 4,
      markerWidth: 8,
      markerHeight: 8,
      markerUnits: "userSpaceOnUse",
      orient: "auto",
    },
    defs,
  );
  svg("path", { d: "M.6.8 8 4 .6 7.2C1.4 5.2 1.4 2.8.6.8z" }, marker);
}
