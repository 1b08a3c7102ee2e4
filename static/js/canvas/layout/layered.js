/**
 * A layered drawing: rows by longest way, few crossings, long edges straight, children under
 * their parents. Parts that do not hang together stand beside each other. A pure function.
 */

import { Ordering } from "./order.js";
import { ranksOf, withoutCycles } from "./rank.js";
import { spread } from "./spread.js";

const BEND_WIDTH = 12;
const BETWEEN_PARTS = 80;
const EASY_REACH = 250;
const STEEPNESS = 0.06;

/**
 * @param {object} drawing
 * @param {{w: number, h: number, x: number}[]} drawing.nodes x is where it is now
 * @param {[number, number][]} drawing.edges by place in `nodes`
 * @param {number} [drawing.gapX]
 * @param {number} [drawing.gapY]
 * @param {number} [drawing.budget] milliseconds for finding a good order
 * @param {() => number} [drawing.clock]
 * @returns {{x: Float64Array, y: Float64Array, crossings: number}} centres, from the top left corner
 */
export function layered({ nodes, edges, gapX = 36, gapY = 46, budget = 400, clock = () => Date.now() }) {
  const x = new Float64Array(nodes.length);
  const y = new Float64Array(nodes.length);
  const shelf = new Shelf();
  let crossings = 0;
  for (const part of partsOf(nodes.length, edges)) {
    const share = (budget * part.nodes.length) / nodes.length;
    const placed = layPart(part, nodes, { gapX, gapY, budget: share, clock });
    const corner = shelf.place(placed.width, placed.height);
    crossings += placed.crossings;
    part.nodes.forEach((node, i) => {
      x[node] = Math.round(corner.left + placed.x[i]);
      y[node] = Math.round(corner.top + placed.y[i]);
    });
  }
  return { x, y, crossings };
}

/** The first part gives the height; the others stand right of it, in columns no higher. */
class Shelf {
  left = 0;
  top = 0;
  width = 0;
  height = 0;

  place(width, height) {
    if (this.top && this.top + height > this.height) {
      this.left += this.width + BETWEEN_PARTS;
      this.top = this.width = 0;
    }
    this.height ||= height;
    const corner = { left: this.left, top: this.top };
    this.width = Math.max(this.width, width);
    this.top += height + BETWEEN_PARTS / 2;
    return corner;
  }
}

/** What hangs together, the largest first. */
function partsOf(count, edges) {
  const leader = Int32Array.from({ length: count }, (_, i) => i);
  const find = (node) => {
    while (leader[node] !== node) node = leader[node] = leader[leader[node]];
    return node;
  };
  for (const [source, target] of edges) leader[find(source)] = find(target);
  const parts = new Map();
  for (let node = 0; node < count; node++) {
    const key = find(node);
    if (!parts.has(key)) parts.set(key, { nodes: [], edges: [], place: new Map() });
    const part = parts.get(key);
    part.place.set(node, part.nodes.length);
    part.nodes.push(node);
  }
  for (const [source, target] of edges) {
    const { edges: own, place } = parts.get(find(source));
    own.push([place.get(source), place.get(target)]);
  }
  return [...parts.values()].sort((a, b) => b.nodes.length - a.nodes.length);
}

function layPart(part, nodes, { gapX, gapY, budget, clock }) {
  const own = part.nodes.map((node) => nodes[node]);
  const net = netOf(own, withoutCycles(own.length, part.edges));
  const ordering = new Ordering(net, net.hint);
  const crossings = ordering.improve(budget, clock);
  const x = spread({ ...net, rows: ordering.rows }, gapX);
  const { middles, height } = rowMiddles(ordering.rows, own, gapY, reachOf(net, x));
  let [least, most] = [Infinity, -Infinity];
  own.forEach(({ w }, i) => {
    least = Math.min(least, x[i] - w / 2);
    most = Math.max(most, x[i] + w / 2);
  });
  return {
    x: own.map((_, i) => x[i] - least),
    y: own.map((_, i) => middles[net.rank[i]]),
    width: most - least,
    height,
    crossings,
  };
}

/** Nodes, and a bend on every row a long edge passes; links lead one row down each. */
function netOf(own, edges) {
  const real = own.length;
  const children = Array.from({ length: real }, () => []);
  const parents = Array.from({ length: real }, () => []);
  for (const [source, target] of edges) {
    children[source].push(target);
    parents[target].push(source);
  }
  const rank = Array.from(ranksOf(children, parents));
  const lowest = rank.reduce((least, row) => Math.min(least, row), 0);
  for (let i = 0; i < real; i++) rank[i] -= lowest;
  const widths = own.map(({ w }) => w);
  const hint = own.map(({ x }) => x);
  const [up, down] = [own.map(() => []), own.map(() => [])];
  const link = (from, to) => {
    down[from].push(to);
    up[to].push(from);
  };
  for (const [source, target] of edges) {
    let from = source;
    const span = rank[target] - rank[source];
    for (let step = 1; step < span; step++) {
      const bend = widths.push(BEND_WIDTH) - 1;
      rank.push(rank[source] + step);
      hint.push(own[source].x + ((own[target].x - own[source].x) * step) / span);
      up.push([]);
      down.push([]);
      link(from, bend);
      from = bend;
    }
    link(from, target);
  }
  const rows = [];
  rank.forEach((row, point) => (rows[row] ??= []).push(point));
  return { real, up, down, rank, rows, widths, hint };
}

/** How far to the side the farthest edge below each row runs. */
function reachOf({ down, rows }, x) {
  const farthest = (most, point) =>
    down[point].reduce((far, child) => Math.max(far, Math.abs(x[child] - x[point])), most);
  return rows.map((row) => row.reduce(farthest, 0));
}

/** The middle of each row: tall nodes need room, and so do edges that run far to the side. */
function rowMiddles(rows, own, gapY, reach) {
  let bottom = 0;
  const middles = rows.map((row, r) => {
    const height = row.reduce((most, point) => Math.max(most, own[point]?.h ?? 0), 8);
    const middle = bottom + height / 2;
    bottom += height + gapY + Math.min(gapY, Math.max(0, reach[r] - EASY_REACH) * STEEPNESS);
    return middle;
  });
  return { middles, height: bottom - gapY };
}
