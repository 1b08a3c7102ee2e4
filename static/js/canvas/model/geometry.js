/** Points, boxes and curves. A node's x and y are its centre; edges leave below, enter above. */

/** @typedef {{left: number, top: number, right: number, bottom: number}} Box */
/** @typedef {{x: number, y: number, w: number, h: number}} Placed */
/** @typedef {[number, number, number, number, number, number, number, number]} Curve from, two handles, to */

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

/** @param {Curve} c */
export function curvePath(c) {
  return `M${c[0]} ${c[1]}C${c[2]} ${c[3]} ${c[4]} ${c[5]} ${c[6]} ${c[7]}`;
}

/** @param {Curve} c @returns {Box} */
export function curveBox(c) {
  return {
    left: Math.min(c[0], c[6]) - ARROW_LENGTH,
    top: Math.min(c[1], c[5], c[7]),
    right: Math.max(c[0], c[6]) + ARROW_LENGTH,
    bottom: Math.max(c[3], c[7] + ARROW_LENGTH),
  };
}

/** @param {Curve} c @param {number} t from 0 to 1 */
export function pointOn(c, t) {
  const u = 1 - t;
  const [a, b, d, e] = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t];
  return { x: a * c[0] + b * c[2] + d * c[4] + e * c[6], y: a * c[1] + b * c[3] + d * c[5] + e * c[7] };
}

/** How far a point is from a curve, near enough for a finger. @param {Curve} c */
export function distanceToCurve(c, x, y, pieces = 24) {
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
