/**
 * Our unsaved steps on top of what others saved meanwhile. Ours are taken back, theirs are
 * done, ours are done again; a step that no longer applies, or that writes where they wrote,
 * is left out and told: nothing of theirs is ever overwritten unseen. What both removed is
 * simply gone.
 */

import { applyAll, OpError, placesMeet, placesOf } from "../model/ops.js";

/** @typedef {{label: string, ops: any[], inverse: any[]}} Step */

/**
 * @param {import("../model/doc.js").GraphDoc} doc
 * @param {Step[]} ours done on `doc` already
 * @param {any[][]} theirs lists of operations, in order
 * @returns {{kept: Step[], refused: Step[], places: string[]}}
 */
export function rebase(doc, ours, theirs) {
  for (const step of [...ours].reverse()) applyAll(doc, step.inverse);
  for (const ops of theirs) applyAll(doc, ops);
  return redo(doc, ours, theirs);
}

/**
 * Do our steps on a document that holds theirs already.
 * @param {import("../model/doc.js").GraphDoc} doc
 * @param {Step[]} ours
 * @param {any[][]} theirs
 */
export function redo(doc, ours, theirs) {
  const places = theirs.flat().flatMap(placesOf);
  const gone = placesGone(doc, theirs.flat());
  const kept = [];
  const refused = [];
  for (const step of ours) {
    const wanted = withoutWhatIsGone(step.ops, gone);
    const ops = withoutTheirMoves(wanted, places);
    const whole = sameMoves(ops, wanted);
    const inverse = collides(ops, places) ? null : attempt(doc, ops);
    if (!inverse || !whole) refused.push(step);
    if (inverse?.length) kept.push({ ...step, ops, inverse });
  }
  return { kept, refused, places };
}

const isRemoval = ({ op }) => op === "remove_node" || op === "remove_edge";

/** A step that also adds asks for more than that something be gone: it stays whole. */
function withoutWhatIsGone(ops, gone) {
  if (ops.some(({ op }) => op.startsWith("add_"))) return ops;
  return ops.filter((op) => !(isRemoval(op) && gone.has(placesOf(op)[0])));
}

/** What they removed, and did not put back. */
function placesGone(doc, theirs) {
  const left = theirs.filter(
    (op) => isRemoval(op) && !(op.op === "remove_node" ? doc.nodes : doc.edges).has(op.id),
  );
  return new Set(left.flatMap(placesOf));
}

/** A bulk move keeps what nobody else moved. */
function withoutTheirMoves(ops, places) {
  const moved = new Set(places.filter((place) => place.endsWith("/at")));
  const left = ops.map((op) => {
    if (op.op !== "move") return op;
    return { ...op, moves: op.moves.filter(([id]) => !moved.has(`node/${id}/at`)) };
  });
  return left.filter((op) => op.op !== "move" || op.moves.length);
}

function sameMoves(a, b) {
  const count = (ops) => ops.reduce((sum, op) => sum + (op.moves?.length ?? 1), 0);
  return count(a) === count(b);
}

function collides(ops, places) {
  const ours = ops.flatMap(placesOf);
  const theirs = new Set(places);
  // Few places are nested; most are either the same or apart.
  if (ours.some((place) => theirs.has(place))) return true;
  const nested = places.filter((place) => place.split("/").length !== 3 || !place.endsWith("/at"));
  return ours.some((place) => nested.some((other) => placesMeet(place, other)));
}

function attempt(doc, ops) {
  try {
    return applyAll(doc, ops);
  } catch (error) {
    if (error instanceof OpError) return null;
    throw error;
  }
}
