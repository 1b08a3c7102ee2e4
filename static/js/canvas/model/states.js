/** The states a node of a run can be in, one character each on the wire. */

import { gettext } from "../text.js";

/** character -> name, as in the style sheet and the icons */
export const STATES = {
  w: "waiting",
  r: "ready",
  R: "running",
  t: "retrying",
  s: "suspended",
  x: "stopping",
  S: "succeeded",
  k: "skipped",
  F: "failed",
  K: "killed",
  X: "kill_failed",
};

export const STATE_NAMES = Object.values(STATES);

/** @param {string} name */
export function stateWord(name) {
  const words = {
    waiting: gettext("Waiting"),
    ready: gettext("Ready"),
    running: gettext("Running"),
    retrying: gettext("Retrying"),
    suspended: gettext("Suspended"),
    stopping: gettext("Stopping"),
    succeeded: gettext("Succeeded"),
    skipped: gettext("Skipped"),
    failed: gettext("Failed"),
    killed: gettext("Killed"),
    kill_failed: gettext("Kill failed"),
  };
  return words[name] ?? "";
}
