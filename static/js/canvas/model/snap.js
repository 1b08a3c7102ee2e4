/** Where a moved box wants to rest: in line with its neighbours, else on a light grid. */

import { overlap } from "./geometry.js";

const GRID = 4;

/** @typedef {{axis: "x" | "y", at: number, from: number, to: number}} Guide */

/**
 * @param {import("./geometry.js").Box} box the moved box, where the pointer put it
 * @param {import("./geometry.js").Box[]} others
 * @param {number} reach how near is near, in world units
 * @returns {{dx: number, dy: number, guides: Guide[]}}
 */
export function snap(box, others, reach) {
  const across = closest(
    lines(box.left, box.right),
    others,
    (other) => lines(other.left, other.right),
    reach,
  );
  const down = closest(lines(box.top, box.bottom), others, (other) => lines(other.top, other.bottom), reach);
  const dx = across ? across.by : toGrid(box.left + box.right);
  const dy = down ? down.by : toGrid(box.top + box.bottom);
  const rested = { left: box.left + dx, right: box.right + dx, top: box.top + dy, bottom: box.bottom + dy };
  const guides = [];
  if (across) guides.push(guideThrough("x", across.at, rested, others));
  if (down) guides.push(guideThrough("y", down.at, rested, others));
  return { dx, dy, guides };
}

const lines = (low, high) => [(low + high) / 2, low, high];

function toGrid(twiceMiddle) {
  const middle = twiceMiddle / 2;
  return Math.round(middle / GRID) * GRID - middle;
}

function closest(own, others, linesOf, reach) {
  let best = null;
  for (const other of others) {
    const theirs = linesOf(other);
    own.forEach((line, i) => {
      // Middles meet middles and sides meet sides; anything else is noise to the eye.
      for (const at of i === 0 ? [theirs[0]] : theirs.slice(1)) {
        const by = at - line;
        if (Math.abs(by) <= reach && (!best || Math.abs(by) < Math.abs(best.by))) best = { by, at };
      }
    });
  }
  return best;
}

function guideThrough(axis, at, box, others) {
  const [low, high, first, last] =
    axis === "x" ? ["left", "right", "top", "bottom"] : ["top", "bottom", "left", "right"];
  const touches = (other) =>
    [other[low], other[high], (other[low] + other[high]) / 2].some((line) => Math.abs(line - at) < 0.5);
  const inLine = others.filter(touches);
  return {
    axis,
    at,
    from: Math.min(box[first], ...inLine.map((other) => other[first])),
    to: Math.max(box[last], ...inLine.map((other) => other[last])),
  };
}

/** @param {import("./geometry.js").Box} box @param {import("./geometry.js").Box[]} others */
export function clashes(box, others) {
  return others.some((other) => overlap(box, other));
}
