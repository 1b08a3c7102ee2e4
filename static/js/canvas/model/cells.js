/** The drawing as a table: what each cell shows, and what a text typed into it changes. */

import { ableOps } from "./commands.js";

/**
 * @typedef {object} Column
 * @property {string} id
 * @property {"text" | "number" | "choice" | "flag" | "fixed"} type
 * @property {"node" | "job"} of whose value it is: a job's is shared by all that use it
 * @property {string[]} [path] in the node
 * @property {[string, string][]} [choices]
 * @property {number} [max]
 */

/** @type {Column[]} */
const COLUMNS = [
  { id: "label", type: "text", of: "node", path: ["label"] },
  { id: "kind", type: "fixed", of: "node" },
  { id: "enabled", type: "flag", of: "node" },
  { id: "host", type: "text", of: "node", path: ["config", "hostName"] },
];
const OF_JOBS = ["run_as", "max_retry", "retry_interval", "max_running_seconds", "fail_act"];

/** @param {{choices?: Record<string, [string, string][]>, limits?: Record<string, number>} | null} jobs nothing: no jobs are known */
export function columnsOf(jobs) {
  if (!jobs) return COLUMNS;
  const settings = OF_JOBS.map((id) => {
    const choices = jobs.choices?.[id];
    if (id === "run_as") return { id, type: "text", of: "job" };
    return choices ? { id, type: "choice", of: "job", choices } : { id, type: "number", of: "job", max: jobs.limits?.[id] };
  });
  return [...COLUMNS, ...settings];
}

/** A job's id without its prefix. @param {{jobId: string}} node */
export const jobOf = (node) => node.jobId.split("-").pop();

/** The text that is edited. @param {any} node @param {Column} column @param {Record<string, any>} jobs settings by job */
export function valueOf(node, column, jobs) {
  if (column.id === "kind") return node.kind;
  if (column.id === "enabled") return node.disabled ? "" : "1";
  if (column.of === "job") return String(jobs[jobOf(node)]?.[column.id] ?? "");
  const value = column.path.reduce((inner, key) => inner?.[key], node.raw);
  return value === undefined || value === null ? "" : String(value);
}

/** @param {any} node @param {Column} column @param {Record<string, any>} jobs */
export function isFixed(node, column, jobs) {
  return column.type === "fixed" || (column.of === "job" && !jobs[jobOf(node)]);
}

/**
 * @param {{node: any, column: Column, text: string}[]} edits
 * @param {Record<string, any>} jobs
 * @returns {{ops: any[], jobs: Record<string, Record<string, any>>, refused: {node: any, column: Column, text: string}[]}}
 */
export function changesOf(edits, jobs) {
  const found = { ops: [], jobs: {}, refused: [] };
  for (const edit of edits) {
    const { node, column, text } = edit;
    if (isFixed(node, column, jobs) || text === valueOf(node, column, jobs)) continue;
    const value = read(column, text);
    if (value === undefined) found.refused.push(edit);
    else if (column.id === "enabled") found.ops.push(...ableOps([node], !value));
    else if (column.of === "job") (found.jobs[jobOf(node)] ??= {})[column.id] = value;
    else found.ops.push({ op: "set", of: "node", id: node.id, path: column.path, value });
  }
  return found;
}

/** @returns {any} nothing when the text is no value of that column */
function read(column, text) {
  const trimmed = text.trim();
  if (column.type === "flag") return ["1", "true", "yes", "✓"].includes(trimmed.toLowerCase());
  if (column.type === "choice") {
    const wanted = trimmed.toLowerCase();
    const choice = column.choices.find(([value, word]) => [value, word].some((one) => one.toLowerCase() === wanted));
    return choice?.[0];
  }
  if (column.type === "number") {
    const number = Number(trimmed || 0);
    return Number.isInteger(number) && number >= 0 && number <= (column.max ?? Infinity) ? number : undefined;
  }
  return trimmed;
}

/** Rows of cells as spreadsheets exchange them. @param {string} text @returns {string[][]} */
export function fromTabs(text) {
  return text
    .replace(/\r\n?/g, "\n")
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => line.split("\t"));
}

/** @param {string[][]} rows */
export function toTabs(rows) {
  return rows.map((row) => row.map((cell) => cell.replace(/[\t\n]/g, " ")).join("\t")).join("\n");
}
