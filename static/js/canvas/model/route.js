/**
 * The way of an edge from the lower side of one node to the upper side of another, round
 * the nodes that stand between them, in curves or in right angles.
 */

import { ARROW_LENGTH, curveBetween, pointOn } from "./geometry.js";

/** @typedef {import("./geometry.js").Box} Box */
/** @typedef {import("./geometry.js").Chain} Chain */
/** @typedef {{x: number, top: number, bottom: number}} Stop where a way runs straight down past a row */
/** @typedef {"curved" | "square"} Style */

const CLEAR = 14;
const SPREAD = 7;
const BAND_MARGIN = 6;
const CORNER = 9;
const STUB = 14;
const SAMPLES = 20;
/** More than this between two nodes is a crowd: a way through it would help nobody. */
export const MOST_OBSTACLES = 160;

/**
 * @param {number} x1 @param {number} y1 where it leaves
 * @param {number} x2 @param {number} y2 where it arrives
 * @param {Box[]} boxes what may be in the way
 * @param {{style?: Style, lane?: number}} [options] edges of another lane keep beside each other
 * @returns {Chain}
 */
export function route(x1, y1, x2, y2, boxes, { style = "curved", lane = 0 } = {}) {
  const end = y2 - ARROW_LENGTH;
  if (end <= y1) return style === "square" ? squareBack(x1, y1, x2, end, boxes) : curveBetween(x1, y1, x2, y2);
  const stops = stopsBetween(x1, y1, x2, end, boxes, style, lane);
  if (style === "square") return square(x1, y1, x2, end, stops, lane);
  return stops.length ? curved(x1, y1, x2, end, stops) : curveBetween(x1, y1, x2, y2);
}

/** @returns {Stop[]} */
function stopsBetween(x1, y1, x2, y2, boxes, style, lane) {
  const between = boxes.filter((box) => box.bottom > y1 + 1 && box.top < y2 - 1);
  if (!between.length || between.length > MOST_OBSTACLES) return [];
  const start = { x: x1, top: y1, bottom: y1 };
  const end = { x: x2, top: y2, bottom: y2 };
  if (isFree(start, end, between, style)) return [];
  const stops = [start];
  for (const band of bandsOf(between, y1, y2)) {
    const last = stops.at(-1);
    const middle = (band.top + band.bottom) / 2;
    const ideal = last.x + ((x2 - last.x) * (middle - last.bottom)) / (y2 - last.bottom || 1);
    stops.push({ x: freeNear(ideal, band.boxes, lane), top: band.top, bottom: band.bottom });
  }
  stops.push(end);
  return withoutNeedless(stops, between, style).slice(1, -1);
}

/** What stands beside each other. */
function bandsOf(boxes, y1, y2) {
  const bands = [];
  for (const box of [...boxes].sort((a, b) => a.top - b.top)) {
    const last = bands.at(-1);
    if (last && box.top < last.bottom) {
      last.bottom = Math.max(last.bottom, box.bottom);
      last.boxes.push(box);
    } else bands.push({ top: box.top, bottom: box.bottom, boxes: [box] });
  }
  for (const band of bands) {
    band.top = Math.max(y1, band.top - BAND_MARGIN);
    band.bottom = Math.min(y2, band.bottom + BAND_MARGIN);
  }
  return bands;
}

/** The place nearest to `ideal` that no box covers. */
function freeNear(ideal, boxes, lane) {
  const walls = [];
  for (const box of [...boxes].sort((a, b) => a.left - b.left)) {
    const [left, right] = [box.left - CLEAR, box.right + CLEAR];
    const last = walls.at(-1);
    if (last && left <= last.right) last.right = Math.max(last.right, right);
    else walls.push({ left, right });
  }
  const at = walls.findIndex((wall) => wall.left < ideal && ideal < wall.right);
  if (at < 0) return ideal;
  const { left, right } = walls[at];
  const aside = lane * SPREAD;
  if (ideal - left <= right - ideal) return left - Math.min(aside, room(walls[at - 1]?.right, left));
  return right + Math.min(aside, room(right, walls[at + 1]?.left));
}

const room = (from = -Infinity, to = Infinity) => Math.max(0, to - from);

/** A stop that the way passes freely without is none. */
function withoutNeedless(stops, boxes, style) {
  const kept = [...stops];
  for (let i = 1; i + 1 < kept.length; ) {
    if (isFree(kept[i - 1], kept[i + 1], boxes, style)) kept.splice(i, 1);
    else i++;
  }
  return kept;
}

function isFree(from, to, boxes, style) {
  const points = style === "square" ? squareSamples(from, to) : curveSamples(from, to);
  return !boxes.some((box) =>
    points.some(
      ([x, y]) => x > box.left - 4 && x < box.right + 4 && y > box.top - 1 && y < box.bottom + 1,
    ),
  );
}

function curveSamples(from, to) {
  const curve = bend(from.x, from.bottom, to.x, to.top);
  return Array.from({ length: SAMPLES + 1 }, (_, i) => {
    const { x, y } = pointOn([from.x, from.bottom, ...curve], i / SAMPLES);
    return [x, y];
  });
}

function squareSamples(from, to) {
  const middle = (from.bottom + to.top) / 2;
  const step = (t, a, b) => a + (b - a) * t;
  return Array.from({ length: SAMPLES + 1 }, (_, i) => i / SAMPLES).flatMap((t) => [
    [from.x, step(t, from.bottom, middle)],
    [step(t, from.x, to.x), middle],
    [to.x, step(t, middle, to.top)],
  ]);
}

/** From one vertical into another. */
function bend(x1, y1, x2, y2) {
  const handle = (y2 - y1) / 2;
  return [x1, y1 + handle, x2, y2 - handle, x2, y2];
}

const straight = (x1, y1, x2, y2) => [
  x1 + (x2 - x1) / 3,
  y1 + (y2 - y1) / 3,
  x2 - (x2 - x1) / 3,
  y2 - (y2 - y1) / 3,
  x2,
  y2,
];

function curved(x1, y1, x2, y2, stops) {
  const chain = [x1, y1];
  let [x, y] = [x1, y1];
  for (const stop of stops) {
    chain.push(...bend(x, y, stop.x, stop.top), ...straight(stop.x, stop.top, stop.x, stop.bottom));
    [x, y] = [stop.x, stop.bottom];
  }
  chain.push(...bend(x, y, x2, y2));
  return chain;
}

function square(x1, y1, x2, y2, stops, lane) {
  const points = [[x1, y1]];
  let [x, y] = [x1, y1];
  for (const stop of [...stops, { x: x2, top: y2, bottom: y2 }]) {
    const shift = Math.min(lane * 4, Math.max(0, (stop.top - y) / 2 - CORNER));
    const middle = (y + stop.top) / 2 - shift;
    if (Math.abs(stop.x - x) > 0.5) points.push([x, middle], [stop.x, middle]);
    [x, y] = [stop.x, stop.bottom];
  }
  points.push([x2, y2]);
  return rounded(points);
}

/** Back up to what stands above: out below, round the side, in from above. */
function squareBack(x1, y1, x2, y2, boxes) {
  const [low, high] = [Math.max(y1, y2) + STUB, Math.min(y1, y2) - STUB];
  const beside = boxes.filter((box) => box.bottom > high && box.top < low).map((box) => box.right);
  const side = Math.max(x1, x2, ...beside) + 2 * STUB;
  return rounded([
    [x1, y1],
    [x1, y1 + STUB],
    [side, y1 + STUB],
    [side, y2 - STUB],
    [x2, y2 - STUB],
    [x2, y2],
  ]);
}

/** A line through points with its corners taken off. @param {number[][]} points @returns {Chain} */
function rounded(points) {
  const chain = [...points[0]];
  for (let i = 1; i < points.length; i++) {
    const [x, y] = points[i];
    const next = points[i + 1];
    const [fromX, fromY] = chain.slice(-2);
    if (!next) {
      chain.push(...straight(fromX, fromY, x, y));
      break;
    }
    const before = Math.hypot(x - fromX, y - fromY);
    const after = Math.hypot(next[0] - x, next[1] - y);
    const cut = Math.min(CORNER, before / 2, after / 2);
    const near = [x - ((x - fromX) / (before || 1)) * cut, y - ((y - fromY) / (before || 1)) * cut];
    const far = [x + ((next[0] - x) / (after || 1)) * cut, y + ((next[1] - y) / (after || 1)) * cut];
    chain.push(...straight(fromX, fromY, near[0], near[1]));
    chain.push((near[0] + 2 * x) / 3, (near[1] + 2 * y) / 3, (far[0] + 2 * x) / 3, (far[1] + 2 * y) / 3, ...far);
  }
  return chain;
}
