/** The index of a drawing: which nodes and edges are where. Kept right after every change. */

import { boundsOf, boxOf, curveBox, distanceToCurve, edgeCurve, grow, within } from "./geometry.js";
import { Space } from "./space.js";
import { Ways } from "./ways.js";

/** A change of more nodes than this makes every way anew: telling which are near would cost more. */
const MOST_TOLD_APART = 200;

export class Places {
  nodes = new Space();
  edges = new Space();
  #bounds = undefined;

  /** @param {import("./doc.js").GraphDoc} doc */
  constructor(doc) {
    this.doc = doc;
    this.ways = new Ways(this);
    for (const node of doc.nodes.values()) this.nodes.put(node, boxOf(node));
    for (const edge of doc.edges.values()) this.#putEdge(edge);
  }

  /** @param {any} change */
  follow(change) {
    const touched = [...change.goneNodes, ...change.nodes];
    const one = touched.length <= MOST_TOLD_APART;
    if (!one) this.ways.forgetAll();
    for (const node of touched) {
      const before = one && this.nodes.boxOf(node);
      if (before) this.ways.disturb(before);
    }
    for (const node of change.goneNodes) this.nodes.remove(node);
    for (const edge of change.goneEdges) {
      this.edges.remove(edge);
      this.ways.forget(edge);
    }
    for (const node of change.nodes) {
      this.nodes.put(node, boxOf(node));
      if (one) this.ways.disturb(boxOf(node));
    }
    for (const edge of change.edges) {
      this.#putEdge(edge);
      this.ways.forget(edge);
    }
    this.#bounds = undefined;
  }

  /** The box around everything, or null. */
  get bounds() {
    if (this.#bounds === undefined) this.#bounds = boundsOf(this.doc.nodes.values());
    return this.#bounds;
  }

  /** @returns {import("./doc.js").NodeRecord | null} the topmost node there */
  nodeAt(x, y, margin = 0) {
    const hits = this.nodes.search(grow({ left: x, top: y, right: x, bottom: y }, margin));
    return hits.reduce((top, node) => (!top || node.ordinal > top.ordinal ? node : top), null);
  }

  edgeAt(x, y, margin) {
    let best = null;
    let least = margin;
    for (const edge of this.edges.search(grow({ left: x, top: y, right: x, bottom: y }, margin))) {
      const distance = distanceToCurve(this.ways.of(edge), x, y);
      if (distance <= least) [best, least] = [edge, distance];
    }
    return best;
  }

  /** @param {import("./geometry.js").Box} box */
  nodesTouching(box) {
    return this.nodes.search(box);
  }

  /** @param {import("./geometry.js").Box} box edges whose both ends lie in it */
  edgesInside(box) {
    return this.edges
      .search(box)
      .filter((edge) => within(boxOf(edge.source), box) && within(boxOf(edge.target), box));
  }

  #putEdge(edge) {
    if (edge.source && edge.target) this.edges.put(edge, curveBox(edgeCurve(edge.source, edge.target)));
    else this.edges.remove(edge);
  }
}
