/** Task ids (`query_1`), by which callers of a flow name its nodes: had once in a drawing. */

/** @typedef {import("./doc.js").GraphDoc} GraphDoc */

const KEY = "headrace";

/** @param {any} raw @returns {string} */
function taskOf(raw) {
  const task = raw?.[KEY]?.task;
  return typeof task === "string" ? task : "";
}

/** The first number after `prefix` that no node has, nor anything in `taken`, which it joins. */
export function freeTask(doc, prefix, taken = new Set()) {
  const used = new Set(doc.graph.nodes.map(taskOf));
  for (let number = 1; ; number++) {
    const task = `${prefix}_${number}`;
    if (used.has(task) || taken.has(task)) continue;
    taken.add(task);
    return task;
  }
}

/** What a copy of `raw` says of itself: the same, with a task id of its own. */
export function declaredAnew(doc, raw, taken) {
  const task = taskOf(raw);
  if (!task) return {};
  return { [KEY]: { ...raw[KEY], task: freeTask(doc, task.replace(/_\d+$/, ""), taken) } };
}
