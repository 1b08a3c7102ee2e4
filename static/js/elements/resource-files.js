/**
 * Choosing files for a job: the folder button of a row opens the stores in the dialog, and what is
 * picked there (`data-picks`) becomes the row's address. Rows themselves are a <row-list>.
 */

import "./row-list.js";

let asked = null;

document.addEventListener("click", (event) => {
  const browse = event.target.closest("[data-browses]");
  if (browse) {
    asked = browse.closest("[data-row]");
    return;
  }
  const picked = event.target.closest("[data-picks]");
  if (!picked || !asked?.isConnected) return;
  const path = asked.querySelector("input");
  path.value = picked.dataset.picks;
  picked.closest("dialog")?.close();
  path.dispatchEvent(new Event("input", { bubbles: true }));
  path.focus();
});

// htmx does not see what a script copies from a template.
document.addEventListener("input", (event) => {
  if (!event.target.matches?.("row-list.resource-files")) return;
  window.htmx.process(event.target);
});
