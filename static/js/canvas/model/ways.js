/** The ways of a drawing's edges: worked out when one is first seen, kept until something moves there. */

import { boxOf, curveBox, edgeCurve, grow, overlap } from "./geometry.js";
import { route } from "./route.js";

const LANES = 3;
const DETOUR = 220;
/** With more nodes than this in the hand their edges are drawn without a look at what is between. */
const MOST_LIFTED = 30;

export class Ways {
  /** @type {import("./route.js").Style} */
  style = "curved";
  /** @type {Map<any, import("./geometry.js").Chain>} */
  #known = new Map();
  /** Edges whose way is another now, null when that may be any. @type {Set<any> | null} */
  #disturbed = new Set();

  /** @param {import("./places.js").Places} places */
  constructor(places) {
    this.places = places;
  }

  /** @param {import("./doc.js").EdgeRecord} edge @returns {import("./geometry.js").Chain} */
  of(edge) {
    let way = this.#known.get(edge);
    if (!way) {
      way = this.#between(edge, edge.source, edge.target, null);
      this.#known.set(edge, way);
      if (way.length > 8) this.places.edges.put(edge, curveBox(way));
    }
    return way;
  }

  /** The way while nodes are shown elsewhere. @param {any} edge @param {Map<any, any>} displaced */
  displaced(edge, displaced) {
    const from = displaced.get(edge.source);
    const to = displaced.get(edge.target);
    if (!from && !to) return this.of(edge);
    if (displaced.size > MOST_LIFTED && this.style === "curved")
      return edgeCurve(from ?? edge.source, to ?? edge.target);
    return this.#between(edge, from ?? edge.source, to ?? edge.target, displaced);
  }

  /** @param {import("./route.js").Style} style */
  use(style) {
    this.style = style;
    this.forgetAll();
  }

  /** Something stands, or stood, there. @param {import("./geometry.js").Box} box */
  disturb(box) {
    if (!this.#known.size) return;
    for (const edge of this.places.edges.search(grow(box, DETOUR / 4))) {
      this.#known.delete(edge);
      this.#disturbed?.add(edge);
    }
  }

  /** @returns {Set<any> | null} what was disturbed since this was last asked, null for all */
  takeDisturbed() {
    const disturbed = this.#disturbed;
    this.#disturbed = new Set();
    return disturbed;
  }

  forgetAll() {
    this.#known.clear();
    this.#disturbed = null;
  }

  forget(edge) {
    this.#known.delete(edge);
  }

  #between(edge, from, to, displaced) {
    const [y1, y2] = [from.y + from.h / 2, to.y - to.h / 2];
    const around = {
      left: Math.min(from.x, to.x) - DETOUR,
      right: Math.max(from.x, to.x) + DETOUR,
      top: Math.min(y1, y2),
      bottom: Math.max(y1, y2),
    };
    const between = this.places.nodes
      .search(around)
      .filter((node) => node !== edge.source && node !== edge.target && !displaced?.has(node))
      .map(boxOf)
      .filter((box) => overlap(box, around));
    const lane = (edge.source.ordinal * 7 + edge.target.ordinal) % LANES;
    return route(from.x, y1, to.x, y2, between, { style: this.style, lane });
  }
}
