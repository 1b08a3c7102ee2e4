/** Walking along edges: what can be reached, what hangs together, where an arrow key leads. */

/**
 * @template {{outgoing: any[], incoming: any[]}} N
 * @param {N[]} from
 * @param {"down" | "up"} direction
 * @returns {Set<N>} with the nodes it started from
 */
export function reachFrom(from, direction) {
  const reached = new Set(from);
  const waiting = [...from];
  while (waiting.length) {
    const node = waiting.pop();
    for (const edge of direction === "down" ? node.outgoing : node.incoming) {
      const next = direction === "down" ? edge.target : edge.source;
      if (!next || reached.has(next)) continue;
      reached.add(next);
      waiting.push(next);
    }
  }
  return reached;
}

/**
 * Groups of two and more nodes that can all reach each other (Tarjan, with its own stack so
 * that a chain of 10,000 does not overflow the engine's).
 * @template {{outgoing: any[]}} N
 * @param {N[]} nodes
 * @returns {Set<N>[]} in the order of their first node
 */
export function knotsOf(nodes) {
  const order = new Map();
  const low = new Map();
  const open = new Set();
  const path = [];
  const knots = [];
  const enter = (node) => {
    order.set(node, order.size);
    low.set(node, order.get(node));
    open.add(node);
    path.push(node);
    return { node, next: 0 };
  };
  const close = (node) => {
    const knot = new Set();
    let member;
    do {
      member = path.pop();
      open.delete(member);
      knot.add(member);
    } while (member !== node);
    if (knot.size > 1) knots.push(knot);
  };
  for (const root of nodes) {
    if (order.has(root)) continue;
    const frames = [enter(root)];
    while (frames.length) {
      const frame = frames.at(-1);
      const child = frame.node.outgoing[frame.next]?.target;
      if (frame.next++ < frame.node.outgoing.length) {
        if (child && !order.has(child)) frames.push(enter(child));
        else if (open.has(child)) low.set(frame.node, Math.min(low.get(frame.node), order.get(child)));
        continue;
      }
      frames.pop();
      const parent = frames.at(-1)?.node;
      if (parent) low.set(parent, Math.min(low.get(parent), low.get(frame.node)));
      if (low.get(frame.node) === order.get(frame.node)) close(frame.node);
    }
  }
  const place = new Map(nodes.map((node, i) => [node, i]));
  const first = (knot) => Math.min(...[...knot].map((node) => place.get(node)));
  return knots.sort((a, b) => first(a) - first(b));
}

/**
 * Where an arrow key leads: up and down follow edges, left and right stay in the row. When
 * no edge leads on, the nearest node in that direction is taken, so nothing is out of reach.
 * @param {import("./doc.js").NodeRecord} node
 * @param {"up" | "down" | "left" | "right"} direction
 * @param {Iterable<import("./doc.js").NodeRecord>} all
 */
export function neighbour(node, direction, all) {
  if (direction === "down" || direction === "up") {
    const edges = direction === "down" ? node.outgoing : node.incoming;
    const linked = edges.map((edge) => (direction === "down" ? edge.target : edge.source)).filter(Boolean);
    if (linked.length) return nearest(linked, (other) => Math.abs(other.x - node.x));
  }
  const horizontal = direction === "left" || direction === "right";
  const sign = direction === "right" || direction === "down" ? 1 : -1;
  return nearest(all, (other) => {
    const ahead = (horizontal ? other.x - node.x : other.y - node.y) * sign;
    const aside = Math.abs(horizontal ? other.y - node.y : other.x - node.x);
    if (other === node || ahead < 1) return Infinity;
    return ahead + aside * 3;
  });
}

function nearest(candidates, costOf) {
  let best = null;
  let least = Infinity;
  for (const other of candidates) {
    const cost = costOf(other);
    if (cost < least) [best, least] = [other, cost];
  }
  return best;
}

/** Where the keyboard comes in: the start, or what comes first. @param {import("./doc.js").GraphDoc} doc */
export function firstNode(doc) {
  const nodes = [...doc.nodes.values()];
  return nodes.find((node) => node.role === "START") ?? nodes[0] ?? null;
}
