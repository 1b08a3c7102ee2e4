/** What a node is: its role in the graph, and the family its icon and colour come from. */

/** @typedef {"START" | "END" | "JOB" | "OTHER"} Role */

const FAMILIES = [
  ["source", /^SOURCE_/],
  ["target", /^TARGET_/],
  ["filter", /^TRANSFORM_FILTER/],
  ["join", /^TRANSFORM_JOIN/],
  ["union", /^TRANSFORM_UNION/],
  ["sum", /^TRANSFORM_AGGREGATE/],
  ["clean", /^TRANSFORM_(DROP|FILL)_/],
  ["columns", /^TRANSFORM_/],
  ["graph", /^(NGQL|GRAPH_)/],
  ["wait", /^(CONTROLLER_)?WAIT$/],
  ["approval", /^APPROVAL$/],
  ["branch", /^(CONTROLLER_)?BRANCH$/],
  ["merge", /^(CONTROLLER_)?JOIN$/],
  ["flow", /^SUB_(FLOW|PROCESS)$/],
  ["shell", /^(SHELL|BASH|COMMAND|SSH)/],
  ["python", /^PY/],
  ["spark", /SPARK/],
  ["stream", /FLINK|STREAM|KAFKA/],
  ["sql", /SQL|HIVE|PRESTO|IMPALA|TRINO|KYUUBI/],
  ["http", /HTTP|WEB|REST|API/],
  ["data", /SQOOP|DATA|SYNC|COPY|FTP|IMPORT|EXPORT/],
  ["batch", /^(MR|PIG|MAPREDUCE|HADOOP)/],
  ["gate", /SWITCH|BRANCH|CONDITION|SENSOR|WAIT|APPROV|CLUSTER/],
  ["flow", /FLOW|PLAN/],
];

const SIZES = { START: "80*34", END: "80*34", JOB: "170*34", OTHER: "170*34" };
const SHAPES = { START: "startControlNode", END: "endControlNode" };

/**
 * Decided by `attribute.type` alone; a node without one is a job that still lacks everything.
 * @param {{attribute?: {type?: unknown}}} raw
 * @returns {Role}
 */
export function roleOf(raw) {
  const type = raw.attribute?.type;
  if (type === "START" || type === "END") return type;
  return type === undefined || type === "JOB" ? "JOB" : "OTHER";
}

/**
 * @param {Role} role
 * @param {string} kind
 */
export function familyOf(role, kind) {
  if (role === "START") return "start";
  if (role === "END") return "end";
  const upper = kind.toUpperCase();
  return FAMILIES.find(([, pattern]) => pattern.test(upper))?.[0] ?? "job";
}

/** @param {Role} role */
export function defaultSize(role) {
  return SIZES[role];
}

/**
 * The drawing form EMR gives a kind: HIVE_SQL is `hiveSQLJobNode`.
 * @param {string} kind
 */
export function shapeOf(kind) {
  if (kind in SHAPES) return SHAPES[kind];
  const words = kind
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
  const spelt = words.map((word, i) => {
    if (i === 0) return word;
    return word === "sql" ? "SQL" : word[0].toUpperCase() + word.slice(1);
  });
  return `${spelt.join("")}JobNode`;
}
