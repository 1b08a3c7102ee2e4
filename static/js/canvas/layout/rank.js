/** Which row a node belongs to. */

/**
 * Edges that close a circle are left out, so that any drawing can be laid out.
 * @param {number} count
 * @param {[number, number][]} edges
 */
export function withoutCycles(count, edges) {
  const out = Array.from({ length: count }, () => []);
  edges.forEach(([source, target], i) => source !== target && out[source].push([target, i]));
  const [UNSEEN, OPEN, DONE] = [0, 1, 2];
  const state = new Uint8Array(count);
  const kept = new Set();
  for (let root = 0; root < count; root++) {
    if (state[root] !== UNSEEN) continue;
    const stack = [[root, 0]];
    state[root] = OPEN;
    while (stack.length) {
      const frame = stack.at(-1);
      const [node, next] = frame;
      if (next === out[node].length) {
        state[node] = DONE;
        stack.pop();
        continue;
      }
      frame[1]++;
      const [target, edge] = out[node][next];
      if (state[target] === OPEN) continue;
      kept.add(edge);
      if (state[target] === UNSEEN) {
        state[target] = OPEN;
        stack.push([target, 0]);
      }
    }
  }
  return edges.filter((_, i) => kept.has(i));
}

/**
 * The longest way from a source; sources are then pulled down to just above their first child.
 * @param {number[][]} children
 * @param {number[][]} parents
 */
export function ranksOf(children, parents) {
  const count = children.length;
  const waiting = parents.map((list) => list.length);
  const order = [];
  const rank = new Int32Array(count);
  for (let node = 0; node < count; node++) if (!waiting[node]) order.push(node);
  for (let at = 0; at < order.length; at++) {
    for (const child of children[order[at]]) {
      rank[child] = Math.max(rank[child], rank[order[at]] + 1);
      if (!--waiting[child]) order.push(child);
    }
  }
  for (const node of [...order].reverse()) {
    if (parents[node].length || !children[node].length) continue;
    rank[node] = Math.min(...children[node].map((child) => rank[child])) - 1;
  }
  return rank;
}
