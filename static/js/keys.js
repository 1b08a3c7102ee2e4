/** Keys that work on every page. A page's own keys are its elements' business. */

const PLACES = { f: "flows", j: "jobs", r: "runs", s: "schedule", a: "alerts", c: "clusters", o: "home" };

let afterG = 0;

export function startKeys() {
  document.addEventListener("keydown", onKey);
}

function onKey(event) {
  if (event.defaultPrevented || event.altKey) return;
  if (event.ctrlKey || event.metaKey) return onCommand(event);
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "?") document.getElementById("keys")?.showModal();
  else if (event.key === "/") focusSearch(event);
  else if (event.key === "g") afterG = event.timeStamp;
  else if (event.timeStamp - afterG < 1500 && PLACES[event.key]) goTo(PLACES[event.key]);
}

function onCommand(event) {
  const key = event.key.toLowerCase();
  if (key === "k") {
    event.preventDefault();
    const palette = document.getElementById("palette");
    if (palette && !palette.open) palette.showModal();
  }
  if (key === "s") {
    const form = event.target.closest?.("form[data-saves]") ?? document.querySelector("form[data-saves]");
    if (!form) return;
    event.preventDefault();
    form.requestSubmit();
  }
}

function isTyping(element) {
  return element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);
}

function focusSearch(event) {
  const field = document.querySelector("[data-slash]");
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
}

function goTo(place) {
  afterG = 0;
  document.querySelector(`#rail [data-place="${place}"]`)?.click();
}
