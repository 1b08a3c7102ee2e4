/**
 * A layered drawing: rows by longest way, few crossings, long edges straight, children under
 * their parents. Parts that do not hang together stand beside each other. A pure function.
 */

import { Ordering } from "./order.js";
import { ranksOf, withoutCycles } from "./rank.js";
import { spread } from "./spread.js";

const BEND_WIDTH = 12;
const BETWEEN_PARTS = 80;

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
  let crossings = 0;
  let left = 0;
  for (const part of partsOf(nodes.length, edges)) {
    const share = (budget * part.nodes.length) / nodes.length;
    const placed = layPart(part, nodes, { gapX, gapY, budget: share, clock });
    crossings += placed.crossings;
    part.nodes.forEach((node, i) => {
      x[node] = left + placed.x[i];
      y[node] = placed.y[i];
    });
    left += placed.width + BETWEEN_PARTS;
  }
  return { x, y, crossings };
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
  const tops = rowTops(ordering.rows, own, gapY);
  let [least, most] = [Infinity, -Infinity];
  own.forEach(({ w }, i) => {
    least = Math.min(least, x[i] - w / 2);
    most = Math.max(most, x[i] + w / 2);
  });
  return {
    x: own.map((_, i) => x[i] - least),
    y: own.map((_, i) => Math.round(tops[net.rank[i]])),
    width: most - least,
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

/** The middle of each row, so that tall nodes do not run into the next one. */
function rowTops(rows, own, gapY) {
  let bottom = 0;
  return rows.map((row) => {
    const height = row.reduce((most, point) => Math.max(most, own[point]?.h ?? 0), 8);
    const middle = bottom + height / 2;
    bottom += height + gapY;
    return middle;
  });
}
