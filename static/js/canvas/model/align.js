/** Nodes in line with each other, or at even distances. */

/** @typedef {import("./geometry.js").Placed & {id: string}} Placed */

const SIDES = {
  left: (box) => ({ x: box.left }),
  right: (box) => ({ x: box.right }),
  center: (box) => ({ x: (box.left + box.right) / 2 }),
  top: (box) => ({ y: box.top }),
  bottom: (box) => ({ y: box.bottom }),
  middle: (box) => ({ y: (box.top + box.bottom) / 2 }),
};
const SHARE = { left: -0.5, right: 0.5, center: 0, top: -0.5, bottom: 0.5, middle: 0 };

/**
 * @param {Placed[]} nodes
 * @param {import("./geometry.js").Box} bounds what holds them
 * @param {keyof typeof SIDES} how
 * @returns {[string, number, number][]}
 */
export function aligned(nodes, bounds, how) {
  const { x, y } = SIDES[how](bounds);
  const share = SHARE[how];
  return nodes.map((node) => [
    node.id,
    x === undefined ? node.x : Math.round(x - share * node.w),
    y === undefined ? node.y : Math.round(y - share * node.h),
  ]);
}

/**
 * The outermost two stay, the gaps between all become the same.
 * @param {Placed[]} nodes
 * @param {"x" | "y"} axis
 * @returns {[string, number, number][]}
 */
export function distributed(nodes, axis) {
  if (nodes.length < 3) return [];
  const size = axis === "x" ? "w" : "h";
  const inOrder = [...nodes].sort((a, b) => a[axis] - b[axis]);
  const [first, last] = [inOrder[0], inOrder.at(-1)];
  const span = last[axis] + last[size] / 2 - (first[axis] - first[size] / 2);
  const gap = (span - inOrder.reduce((sum, node) => sum + node[size], 0)) / (inOrder.length - 1);
  let at = first[axis] - first[size] / 2;
  return inOrder.map((node) => {
    const middle = Math.round(at + node[size] / 2);
    at += node[size] + gap;
    return axis === "x" ? [node.id, middle, node.y] : [node.id, node.x, middle];
  });
}
