/** What is known about nodes beside the drawing: run states by ordinal, problems by id. */

import { Remarks } from "./remarks.js";
import { STATES } from "./states.js";

const NAME_OF_CODE = [];
for (const [char, name] of Object.entries(STATES)) NAME_OF_CODE[char.charCodeAt(0)] = name;

export class Marks {
  codes = new Uint8Array(0);
  /** @type {Map<string, import("./rules.js").Problem[]>} */
  problemsOf = new Map();
  /** @type {Set<string>} */
  problemEdges = new Set();
  remarks = new Remarks();
  listeners = new Set();

  /** @param {(ordinals: number[] | null) => void} listener hears which nodes changed, null is all */
  onChange(listener) {
    this.listeners.add(listener);
  }

  get hasStates() {
    return this.codes.length > 0;
  }

  /** @param {{ordinal: number}} node @returns {string} a state's name, or nothing */
  stateOf(node) {
    return NAME_OF_CODE[this.codes[node.ordinal]] ?? "";
  }

  /** @param {string} chars one character a node */
  setAll(chars) {
    this.codes = Uint8Array.from(chars, (char) => char.charCodeAt(0));
    this.#tell(null);
  }

  /** @param {[number, string][]} changes */
  setSome(changes) {
    const highest = changes.reduce((most, [ordinal]) => Math.max(most, ordinal), -1);
    if (highest >= this.codes.length) {
      const longer = new Uint8Array(highest + 1).fill("w".charCodeAt(0));
      longer.set(this.codes);
      this.codes = longer;
    }
    const changed = changes.filter(([ordinal, char]) => this.codes[ordinal] !== char.charCodeAt(0));
    for (const [ordinal, char] of changed) this.codes[ordinal] = char.charCodeAt(0);
    if (changed.length) this.#tell(changed.map(([ordinal]) => ordinal));
  }

  /** @param {import("./rules.js").Problem[]} problems */
  setProblems(problems) {
    this.problemsOf = new Map();
    this.problemEdges = new Set(problems.flatMap((problem) => problem.edges ?? []));
    for (const problem of problems) {
      for (const id of problem.nodes ?? []) {
        const list = this.problemsOf.get(id);
        if (list) list.push(problem);
        else this.problemsOf.set(id, [problem]);
      }
    }
    this.#tell(null);
  }

  /** @param {Parameters<Remarks["take"]>[0]} news */
  remark(news) {
    const changed = this.remarks.take(news);
    if (!changed || changed.length) this.#tell(changed);
  }

  /** @param {string} id @returns {"error" | "warning" | ""} */
  severityOf(id) {
    const problems = this.problemsOf.get(id);
    if (!problems) return "";
    return problems.some((problem) => problem.severity === "error") ? "error" : "warning";
  }

  #tell(ordinals) {
    for (const listener of this.listeners) listener(ordinals);
  }
}
