/** The index of a drawing: which nodes and edges are where. Kept right after every change. */

import { boundsOf, boxOf, curveBox, distanceToCurve, edgeCurve, grow, within } from "./geometry.js";
import { Space } from "./space.js";

export class Places {
  nodes = new Space();
  edges = new Space();
  #bounds = undefined;

  /** @param {import("./doc.js").GraphDoc} doc */
  constructor(doc) {
    this.doc = doc;
    for (const node of doc.nodes.values()) this.nodes.put(node, boxOf(node));
    for (const edge of doc.edges.values()) this.#putEdge(edge);
  }

  /** @param {any} change */
  follow(change) {
    for (const node of change.goneNodes) this.nodes.remove(node);
    for (const edge of change.goneEdges) this.edges.remove(edge);
    for (const node of change.nodes) this.nodes.put(node, boxOf(node));
    for (const edge of change.edges) this.#putEdge(edge);
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
      const distance = distanceToCurve(edgeCurve(edge.source, edge.target), x, y);
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
