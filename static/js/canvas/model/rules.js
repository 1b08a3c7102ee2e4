/**
 * What may be drawn, and what is wrong with a drawing. The same cases as the server's, from
 * tests/vectors/graph_rules.json.
 */

import { fill, gettext } from "../text.js";
import { full, leadsNowhere } from "./dataflow.js";
import { roleOf } from "./kinds.js";
import { knotsOf, reachFrom } from "./walk.js";

/** @typedef {{code: string, message: string, nodes: string[], edges: string[], severity: "error" | "warning"}} Problem */

/** What is found here; whatever else is wrong only the server can know. */
export const CODES = new Set([
  "not_an_object",
  "no_start",
  "many_starts",
  "no_end",
  "many_ends",
  "duplicate_node_id",
  "duplicate_edge",
  "self_loop",
  "unknown_source",
  "unknown_target",
  "start_has_parent",
  "end_has_child",
  "cycle",
  "unreachable",
  "dead_end",
  "no_job",
  "duplicate_name",
]);
const WARNINGS = new Set(["unreachable", "dead_end", "duplicate_name"]);
const LONGEST_ID = 64;
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** @returns {Problem} */
function problem(code, message, nodes = [], edges = []) {
  return { code, message, nodes, edges, severity: WARNINGS.has(code) ? "warning" : "error" };
}

/**
 * @param {any} graph parsed EMR Graph JSON
 * @param {"emr" | "plain"} profile whether it keeps the rules of EMR, or those of any graph
 * @returns {Problem[]}
 */
export function findProblems(graph, profile = "emr") {
  if (!isWellFormed(graph))
    return [problem("not_an_object", gettext("This is not a drawing: nodes and edges are missing."))];
  const drawing = indexed(graph.nodes ?? [], graph.edges ?? []);
  const anyGraph = [...duplicates(drawing), ...looseEdges(drawing)];
  if (profile === "plain") return [...anyGraph, ...cycles(drawing)];
  return [
    ...endPoints(drawing),
    ...anyGraph,
    ...wrongWay(drawing),
    ...cycles(drawing),
    ...outOfTheWay(drawing),
    ...withoutJob(drawing),
    ...sameNames(drawing),
  ];
}

function isWellFormed(graph) {
  if (!isObject(graph)) return false;
  const { nodes = [], edges = [] } = graph;
  if (!Array.isArray(nodes) || !Array.isArray(edges)) return false;
  const hasId = (node) =>
    isObject(node) && typeof node.id === "string" && node.id && node.id.length <= LONGEST_ID;
  return nodes.every(hasId) && edges.every(isObject);
}

function indexed(allNodes, allEdges) {
  const byId = new Map();
  const twice = new Set();
  for (const raw of allNodes) {
    if (byId.has(raw.id)) twice.add(raw.id);
    else byId.set(raw.id, { id: raw.id, raw, role: roleOf(raw), outgoing: [], incoming: [] });
  }
  const edges = allEdges.map((raw) => ({
    id: raw.id,
    raw,
    source: byId.get(raw.source) ?? null,
    target: byId.get(raw.target) ?? null,
  }));
  for (const edge of edges) {
    if (!edge.source || !edge.target) continue;
    edge.source.outgoing.push(edge);
    edge.target.incoming.push(edge);
  }
  const nodes = [...byId.values()];
  const ofRole = (role) => nodes.filter((node) => node.role === role);
  return { nodes, edges, twice, starts: ofRole("START"), ends: ofRole("END") };
}

const idsOf = (list) => list.map((item) => item.id);
const edgeIds = (edges) => edges.map((edge) => edge.id).filter((id) => typeof id === "string");

function* endPoints({ starts, ends }) {
  if (!starts.length) yield problem("no_start", gettext("There is no start node."));
  if (starts.length > 1)
    yield problem("many_starts", gettext("There is more than one start node."), idsOf(starts));
  if (!ends.length) yield problem("no_end", gettext("There is no end node."));
  if (ends.length > 1) yield problem("many_ends", gettext("There is more than one end node."), idsOf(ends));
}

function* duplicates({ twice, edges }) {
  for (const id of twice) yield problem("duplicate_node_id", gettext("Two nodes have the same id."), [id]);
  const byId = grouped(edges, (edge) => edge.id);
  for (const [id, same] of byId) {
    if (typeof id === "string" && same.length > 1) {
      yield problem("duplicate_edge", gettext("Two edges have the same id."), [], [id]);
    }
  }
  const joined = edges.filter((edge) => edge.source && edge.target && edge.source !== edge.target);
  for (const same of grouped(joined, (edge) => JSON.stringify([edge.source.id, edge.target.id])).values()) {
    if (same.length < 2) continue;
    const [{ source, target }] = same;
    yield problem(
      "duplicate_edge",
      gettext("These nodes are connected twice."),
      [source.id, target.id],
      edgeIds(same),
    );
  }
}

function grouped(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

function* looseEdges({ edges }) {
  for (const edge of edges) {
    if (edge.source && edge.source === edge.target) {
      yield problem("self_loop", gettext("A node can not follow itself."), [edge.source.id], edgeIds([edge]));
    }
    if (!edge.source)
      yield problem(
        "unknown_source",
        gettext("An edge comes from a node that is not there."),
        [],
        edgeIds([edge]),
      );
    if (!edge.target)
      yield problem(
        "unknown_target",
        gettext("An edge leads to a node that is not there."),
        [],
        edgeIds([edge]),
      );
  }
}

function* wrongWay({ starts, ends }) {
  for (const node of starts) {
    if (node.incoming.length) {
      yield problem(
        "start_has_parent",
        gettext("Nothing may come before the start."),
        [node.id],
        edgeIds(node.incoming),
      );
    }
  }
  for (const node of ends) {
    if (node.outgoing.length) {
      yield problem(
        "end_has_child",
        gettext("Nothing may come after the end."),
        [node.id],
        edgeIds(node.outgoing),
      );
    }
  }
}

function* cycles({ nodes, edges }) {
  for (const knot of knotsOf(nodes)) {
    const inside = edges.filter(
      (edge) => knot.has(edge.source) && knot.has(edge.target) && edge.source !== edge.target,
    );
    const members = nodes.filter((node) => knot.has(node));
    yield problem(
      "cycle",
      gettext("These nodes wait for each other in a circle."),
      idsOf(members),
      edgeIds(inside),
    );
  }
}

function* outOfTheWay({ nodes, starts, ends }) {
  if (starts.length) {
    const reached = reachFrom(starts, "down");
    const missed = nodes.filter((node) => !reached.has(node));
    if (missed.length)
      yield problem("unreachable", gettext("No way leads here from the start."), idsOf(missed));
  }
  if (ends.length) {
    const reached = reachFrom(ends, "up");
    const missed = nodes.filter((node) => !reached.has(node));
    if (missed.length)
      yield problem("dead_end", gettext("No way leads from here to the end."), idsOf(missed));
  }
}

function* withoutJob({ nodes }) {
  for (const { id, raw, role } of nodes) {
    const jobId = raw.attribute?.jobId;
    if (role === "JOB" && !(typeof jobId === "string" && jobId)) {
      yield problem("no_job", gettext("No job is chosen for this node."), [id]);
    }
  }
}

function* sameNames({ nodes }) {
  const named = nodes.filter(({ raw, role }) => role === "JOB" && typeof raw.label === "string" && raw.label);
  for (const [name, same] of grouped(named, (node) => node.raw.label)) {
    if (same.length > 1)
      yield problem("duplicate_name", fill(gettext("Several nodes are called “%(name)s”."), { name }), idsOf(same));
  }
}

/**
 * Why an edge may not be drawn, or null when it may.
 * @param {import("./doc.js").NodeRecord} source
 * @param {import("./doc.js").NodeRecord} target
 */
export function refusal(source, target) {
  if (source === target) return gettext("A node can not follow itself.");
  if (source.role === "END") return gettext("Nothing may come after the end.");
  if (target.role === "START") return gettext("Nothing may come before the start.");
  if (leadsNowhere(source)) return gettext("Nothing comes after a target.");
  if (full(target)) {
    return target.incoming.length
      ? gettext("This node has all the tables that it can take.")
      : gettext("Nothing comes before a source.");
  }
  if (source.outgoing.some((edge) => edge.target === target))
    return gettext("These nodes are connected already.");
  if (reachFrom([target], "down").has(source)) return gettext("This would make a circle.");
  return null;
}

/**
 * The nodes an edge from (or, upwards, to) this node may be drawn to.
 * @param {import("./doc.js").GraphDoc} doc
 * @param {import("./doc.js").NodeRecord} node
 * @param {"down" | "up"} direction
 * @returns {Set<string>}
 */
export function legalPartners(doc, node, direction) {
  const down = direction === "down";
  if (node.role === (down ? "END" : "START") || (down ? leadsNowhere(node) : full(node))) return new Set();
  const barred = reachFrom([node], down ? "up" : "down");
  for (const edge of down ? node.outgoing : node.incoming) barred.add(down ? edge.target : edge.source);
  const wrongRole = down ? "START" : "END";
  const legal = [...doc.nodes.values()].filter(
    (other) => other.role !== wrongRole && !barred.has(other) && !(down ? full(other) : leadsNowhere(other)),
  );
  return new Set(legal.map((other) => other.id));
}
