/** Points, boxes and curves. A node's x and y are its centre; edges leave below, enter above. */

/** @typedef {{left: number, top: number, right: number, bottom: number}} Box */
/** @typedef {{x: number, y: number, w: number, h: number}} Placed */
/** @typedef {[number, number, number, number, number, number, number, number]} Curve from, two handles, to */
/** @typedef {number[]} Chain curves one after the other: from, then two handles and a point for each */

const SHORTEST_HANDLE = 24;
const LONGEST_BACKWARD_HANDLE = 120;
/** Room that is left above a target for the head of the arrow. */
export const ARROW_LENGTH = 7;

/** @param {Placed} node @returns {Box} */
export function boxOf({ x, y, w, h }) {
  return { left: x - w / 2, top: y - h / 2, right: x + w / 2, bottom: y + h / 2 };
}

/** @param {Box} a @param {Box} b */
export function overlap(a, b) {
  return a.left <= b.right && a.right >= b.left && a.top <= b.bottom && a.bottom >= b.top;
}

/** @param {Box} inner @param {Box} outer */
export function within(inner, outer) {
  return (
    inner.left >= outer.left &&
    inner.right <= outer.right &&
    inner.top >= outer.top &&
    inner.bottom <= outer.bottom
  );
}

/** @param {Box} box @param {number} by @returns {Box} */
export function grow(box, by) {
  return { left: box.left - by, top: box.top - by, right: box.right + by, bottom: box.bottom + by };
}

/** @param {Box} a @param {Box} b @returns {Box} */
export function intersection(a, b) {
  return {
    left: Math.max(a.left, b.left),
    top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right),
    bottom: Math.min(a.bottom, b.bottom),
  };
}

/** @param {Iterable<Placed>} placed @returns {Box | null} what holds them all */
export function boundsOf(placed) {
  let bounds = null;
  for (const { x, y, w, h } of placed) {
    bounds ??= { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
    bounds.left = Math.min(bounds.left, x - w / 2);
    bounds.top = Math.min(bounds.top, y - h / 2);
    bounds.right = Math.max(bounds.right, x + w / 2);
    bounds.bottom = Math.max(bounds.bottom, y + h / 2);
  }
  return bounds;
}

/** @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 @returns {Box} */
export function boxBetween(x1, y1, x2, y2) {
  return { left: Math.min(x1, x2), top: Math.min(y1, y2), right: Math.max(x1, x2), bottom: Math.max(y1, y2) };
}

/** @param {{x: number, y: number}} point @param {{x: number, y: number}[]} outline closed by itself */
export function isInside({ x, y }, outline) {
  let inside = false;
  outline.forEach((a, i) => {
    const b = outline[(i + 1) % outline.length];
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) inside = !inside;
  });
  return inside;
}

/** @param {Placed} node */
export function outPort({ x, y, h }) {
  return { x, y: y + h / 2 };
}

/** @param {Placed} node */
export function inPort({ x, y, h }) {
  return { x, y: y - h / 2 };
}

/** The line of an edge, ending where its arrow head begins. @returns {Curve} */
export function curveBetween(x1, y1, x2, y2) {
  const end = y2 - ARROW_LENGTH;
  const drop = end - y1;
  // A drawing runs downwards; where an edge runs back up, its loop is kept tight.
  const handle =
    drop > 0
      ? Math.max(SHORTEST_HANDLE, drop / 2)
      : Math.min(LONGEST_BACKWARD_HANDLE, SHORTEST_HANDLE - drop / 2);
  return [x1, y1, x1, y1 + handle, x2, end - handle, x2, end];
}

/** @param {Placed} source @param {Placed} target @returns {Curve} */
export function edgeCurve(source, target) {
  return curveBetween(source.x, source.y + source.h / 2, target.x, target.y - target.h / 2);
}

/** @param {Chain} c */
export function curvePath(c) {
  let path = `M${c[0]} ${c[1]}`;
  for (let i = 2; i < c.length; i += 6)
    path += `C${c[i]} ${c[i + 1]} ${c[i + 2]} ${c[i + 3]} ${c[i + 4]} ${c[i + 5]}`;
  return path;
}

/** @param {Chain} c @returns {Box} what holds it and its handles, with room for the arrow's head */
export function curveBox(c) {
  const box = { left: c[0], top: c[1], right: c[0], bottom: c[1] };
  for (let i = 2; i < c.length; i += 2) {
    box.left = Math.min(box.left, c[i]);
    box.right = Math.max(box.right, c[i]);
    box.top = Math.min(box.top, c[i + 1]);
    box.bottom = Math.max(box.bottom, c[i + 1]);
  }
  box.left -= ARROW_LENGTH;
  box.right += ARROW_LENGTH;
  box.bottom = Math.max(box.bottom, c[c.length - 1] + ARROW_LENGTH);
  return box;
}

/** @param {Chain} c @param {number} t from 0 to 1, over all of its curves */
export function pointOn(c, t) {
  const curves = (c.length - 2) / 6;
  const nth = Math.min(curves - 1, Math.floor(t * curves));
  const i = nth * 6;
  const along = t * curves - nth;
  const u = 1 - along;
  const [a, b, d, e] = [u * u * u, 3 * u * u * along, 3 * u * along * along, along * along * along];
  return {
    x: a * c[i] + b * c[i + 2] + d * c[i + 4] + e * c[i + 6],
    y: a * c[i + 1] + b * c[i + 3] + d * c[i + 5] + e * c[i + 7],
  };
}

/**
 * Where the label of an edge stands: away from the node that it shares with others, where
 * their lines are still together.
 * @param {import("./doc.js").EdgeRecord} edge @param {Chain} way
 */
export function labelSpot({ source, target }, way) {
  if (source.outgoing.length > 1) return pointOn(way, 0.72);
  return pointOn(way, target.incoming.length > 1 ? 0.28 : 0.5);
}

/** How far a point is from a way, near enough for a finger. @param {Chain} c */
export function distanceToCurve(c, x, y, piecesEach = 24) {
  const pieces = (piecesEach * (c.length - 2)) / 6;
  let least = Infinity;
  let from = pointOn(c, 0);
  for (let i = 1; i <= pieces; i++) {
    const to = pointOn(c, i / pieces);
    least = Math.min(least, distanceToSegment(from, to, x, y));
    from = to;
  }
  return least;
}

function distanceToSegment(from, to, x, y) {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const length = dx * dx + dy * dy;
  const along = length ? Math.max(0, Math.min(1, ((x - from.x) * dx + (y - from.y) * dy) / length)) : 0;
  return Math.hypot(x - from.x - along * dx, y - from.y - along * dy);
}
