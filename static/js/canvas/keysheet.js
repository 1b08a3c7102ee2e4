/** The drawing's keys on the page's help sheet, from the one list of actions. */

import { ACTIONS } from "./actions.js";

const SIGNS = { Delete: "Del", ArrowUp: "↑", ContextMenu: "Menu" };

/** @param {any} stage @param {AbortSignal} signal */
export function fillKeySheet(stage, signal) {
  const sheet = document.querySelector('[data-part="drawing-keys"]');
  if (!sheet) return;
  const made = [];
  for (const { label, keys = [], edits } of Object.values(ACTIONS)) {
    if (!keys.length || (edits && !stage.editable)) continue;
    const term = document.createElement("dt");
    // A key that is a sign of its own may be the plus that joins the others.
    for (const key of keys[0].split(/\+(?=.)/)) {
      const cap = document.createElement("kbd");
      cap.textContent = SIGNS[key] ?? key;
      term.append(cap, " ");
    }
    const meaning = document.createElement("dd");
    meaning.textContent = label();
    made.push(term, meaning);
  }
  sheet.append(...made);
  signal.addEventListener("abort", () => made.forEach((element) => element.remove()));
}
