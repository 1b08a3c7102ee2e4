/** For a problem the change that puts it right, where one is obvious. It reads the document only. */

import { fill, gettext } from "../text.js";
import { connect, placeNode, remove } from "./commands.js";
import { boundsOf } from "./geometry.js";

/** @typedef {import("./doc.js").GraphDoc} GraphDoc */
/** @typedef {{label: string, ops: import("./ops.js").Op[]}} Fix */

const GAP = 106;

/**
 * @param {import("./rules.js").Problem} problem
 * @param {GraphDoc} doc
 * @returns {Fix | null}
 */
export function fixOf(problem, doc) {
  const fix = Object.hasOwn(FIXES, problem.code) ? FIXES[problem.code](problem, doc) : null;
  return fix?.ops.length ? fix : null;
}

const removing = (edges, doc, label = gettext("Remove the edge")) => ({
  label,
  ops: remove(doc, [], edges.filter((id) => doc.edges.has(id))),
});
const removeAll = ({ edges }, doc) => removing(edges, doc);

const FIXES = {
  self_loop: removeAll,
  unknown_source: removeAll,
  unknown_target: removeAll,
  start_has_parent: removeAll,
  end_has_child: removeAll,
  duplicate_edge: ({ edges }, doc) => (edges.length > 1 ? removing(edges.slice(1), doc) : null),
  cycle: ({ edges }, doc) => removing([latestOf(edges, doc)], doc, gettext("Remove the edge drawn last")),
  unreachable: ({ nodes }, doc) => joinToEnds(nodes, doc, "START"),
  dead_end: ({ nodes }, doc) => joinToEnds(nodes, doc, "END"),
  duplicate_name: ({ nodes }, doc) => renamed(nodes, doc),
  unknown_host: ({ nodes }, doc) => unnamed(nodes, doc, "hostName", gettext("Use any host")),
  barred_host: ({ nodes }, doc) => unnamed(nodes, doc, "hostName", gettext("Use any host")),
  wrong_host: ({ nodes }, doc) => unnamed(nodes, doc, "hostName", gettext("Use any host")),
  unknown_cluster: ({ nodes }, doc) => unnamed(nodes, doc, "clusterId", gettext("Use the flow's cluster")),
  no_start: (_, doc) => placed(doc, "START", gettext("Add a start")),
  no_end: (_, doc) => placed(doc, "END", gettext("Add an end")),
};

function unnamed(ids, doc, name, label) {
  const named = ids.filter((id) => doc.nodes.get(id)?.raw.config?.[name]);
  return { label, ops: named.map((id) => ({ op: "set", of: "node", id, path: ["config", name], value: "" })) };
}

function latestOf(edges, doc) {
  const order = new Map(doc.graph.edges.map((raw, place) => [raw.id, place]));
  return edges.reduce((last, id) => ((order.get(id) ?? -1) > (order.get(last) ?? -1) ? id : last), edges[0]);
}

/** From the start to what nothing comes before, or from what nothing comes after to the end. */
function joinToEnds(ids, doc, role) {
  const [end] = [...doc.nodes.values()].filter((node) => node.role === role);
  const other = role === "START" ? "END" : "START";
  const nodes = ids.map((id) => doc.nodes.get(id)).filter((node) => node && node.role !== other);
  const loose = nodes.filter((node) => !(role === "START" ? node.incoming : node.outgoing).length);
  if (!end || !loose.length) return null;
  const taken = loose.flatMap((node) => (role === "START" ? connect(doc, end.id, node.id) : connect(doc, node.id, end.id)));
  return { label: role === "START" ? gettext("Connect to the start") : gettext("Connect to the end"), ops: taken };
}

function renamed([, ...ids], doc) {
  const names = new Set([...doc.nodes.values()].map((node) => node.label));
  const ops = ids.filter((id) => doc.nodes.has(id)).map((id) => {
    const { label } = doc.nodes.get(id);
    let number = 2;
    while (names.has(`${label} ${number}`)) number++;
    const value = `${label} ${number}`;
    names.add(value);
    return { op: "set", of: "node", id, path: ["label"], value };
  });
  return { label: ops.length === 1 ? fill(gettext("Rename to “%(name)s”"), { name: ops[0].value }) : gettext("Number the names"), ops };
}

function placed(doc, kind, label) {
  const nodes = [...doc.nodes.values()];
  const box = nodes.length ? boundsOf(nodes) : { left: 0, right: 0, top: 0, bottom: 0 };
  const y = kind === "START" ? box.top - GAP : box.bottom + GAP;
  return { label, ops: placeNode(doc, { kind }, Math.round((box.left + box.right) / 2), y).ops };
}
