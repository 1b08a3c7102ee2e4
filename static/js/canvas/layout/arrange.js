/** New places for a whole drawing or a part of it, worked out in a worker. */

/**
 * @param {import("../model/doc.js").GraphDoc} doc
 * @param {import("../model/doc.js").NodeRecord[] | null} [part] nothing is all
 * @returns {Promise<[string, number, number][]>}
 */
export async function arrange(doc, part = null) {
  const nodes = part ?? [...doc.nodes.values()];
  const number = new Map(nodes.map((node, i) => [node, i]));
  const edges = [...doc.edges.values()]
    .filter((edge) => number.has(edge.source) && number.has(edge.target))
    .map((edge) => [number.get(edge.source), number.get(edge.target)]);
  const drawing = { nodes: nodes.map(({ w, h, x }) => ({ w, h, x })), edges };
  const { x, y } = await inWorker(drawing);
  // The first node's corner of the paper stays where it was.
  const [left, top] = nodes.reduce(
    ([l, t], node) => [Math.min(l, node.x), Math.min(t, node.y)],
    [Infinity, Infinity],
  );
  const [least, highest] = [Math.min(...nodes.map((_, i) => x[i])), Math.min(...nodes.map((_, i) => y[i]))];
  return nodes.map((node, i) => [node.id, Math.round(x[i] - least + left), Math.round(y[i] - highest + top)]);
}

function inWorker(drawing) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    const finish = (settle, value) => {
      worker.terminate();
      settle(value);
    };
    worker.addEventListener("message", ({ data }) => finish(resolve, data));
    worker.addEventListener("error", (event) => finish(reject, new Error(event.message || "layout failed")));
    worker.postMessage(drawing);
  });
}
