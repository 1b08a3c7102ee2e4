/** What every page does. Behaviour of one part lives in its element; here is what joins them. */

import "./elements/auto-submit.js";
import "./elements/command-palette.js";
import "./elements/copy-button.js";
import "./elements/live.js";
import "./elements/rail-fold.js";
import "./elements/relative-time.js";
import "./elements/resize-handle.js";
import "./elements/theme-toggle.js";
import { toast } from "./elements/toast-list.js";
import { startDialogs } from "./dialogs.js";
import { startKeys } from "./keys.js";
import { gettext } from "./words.js";

startDialogs();
startKeys();

document.addEventListener("toast", (event) => toast(event.detail.text, event.detail.level));

document.addEventListener("htmx:beforeSwap", (event) => {
  const answered = event.detail.xhr.responseURL;
  // The session ended: the sign-in page belongs into the window, not into a fragment.
  if (answered && new URL(answered).pathname.endsWith("/sign-in/")) {
    event.detail.shouldSwap = false;
    window.location.reload();
  }
});

document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  if (xhr.getResponseHeader("HX-Trigger")) return;
  toast(
    xhr.status >= 500
      ? gettext("Something broke on the server. Its log says what.")
      : gettext("The server refused that. Reload the page and try again."),
    "error",
  );
});

let wasCut = false;
document.addEventListener("htmx:sendError", () => {
  if (wasCut) return;
  wasCut = true;
  toast(gettext("The server cannot be reached. What you see may be old."), "error");
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) wasCut = false;
});

// A click anywhere on a row goes where its link goes, unless something else was meant.
document.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-href]");
  if (!row || event.defaultPrevented || event.button !== 0) return;
  if (event.target.closest("a, button, input, select, label, summary, form")) return;
  if (String(window.getSelection())) return;
  if (event.metaKey || event.ctrlKey) window.open(row.dataset.href, "_blank", "noopener");
  else window.location.assign(row.dataset.href);
});

// One box ticks all of its table.
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-picks-all]")) return;
  for (const box of event.target.closest("table").querySelectorAll("tbody .pick input")) box.checked = event.target.checked;
});
