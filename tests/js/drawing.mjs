/** Small drawings for tests: `draw("s>a a>b b>e")`, where s is the start and e the end. */

import { GraphDoc } from "../../static/js/canvas/model/doc.js";

/** @param {string} links pairs of node names @param {object} [more] keys put on every node */
export function graphOf(links, more = {}) {
  const pairs = links
    .split(/\s+/)
    .filter(Boolean)
    .map((link) => link.split(">"));
  const names = [...new Set(pairs.flat().filter(Boolean))];
  const nodes = names.map((id, index) => ({
    id,
    index,
    type: "node",
    x: index * 200,
    y: index * 80,
    size: id === "s" || id === "e" ? "80*34" : "170*34",
    label: id,
    attribute:
      id === "s"
        ? { type: "START" }
        : id === "e"
          ? { type: "END" }
          : { type: "JOB", jobId: "FJ-1", jobType: "SHELL" },
    ...more,
  }));
  const edges = pairs
    .filter(([, target]) => target)
    .map(([source, target], i) => ({
      id: source + target,
      index: names.length + i,
      source,
      target,
      sourceAnchor: 1,
      targetAnchor: 0,
    }));
  return { nodes, edges };
}

export const draw = (links, more) => new GraphDoc(graphOf(links, more));
