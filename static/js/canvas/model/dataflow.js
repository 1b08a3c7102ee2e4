/** What may come before and after the nodes of a data flow: sources, transforms, targets. */

/** How many tables each takes; a transform that is not named takes one. */
const TABLES = { TRANSFORM_JOIN: 2, TRANSFORM_UNION: Infinity, TRANSFORM_SQL: Infinity };

/** @param {string} kind */
function tablesOf(kind) {
  if (kind.startsWith("SOURCE_")) return 0;
  if (kind.startsWith("TARGET_") || kind.startsWith("TRANSFORM_")) return TABLES[kind] ?? 1;
  return Infinity;
}

/** Whether nothing more can lead to it. @param {import("./doc.js").NodeRecord} node */
export function full(node) {
  return node.incoming.length >= tablesOf(node.kind);
}

/** @param {import("./doc.js").NodeRecord} node */
export function leadsNowhere(node) {
  return node.kind.startsWith("TARGET_");
}
