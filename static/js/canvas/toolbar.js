/** The few buttons that lie on the drawing. */

import { gettext } from "./text.js";

const PATHS = {
  undo: "M5.5 3 2.5 6l3 3M2.8 6H9.5a4 4 0 0 1 0 8H6.5",
  redo: "M10.5 3l3 3-3 3M13.2 6H6.5a4 4 0 0 0 0 8h3",
  "zoom-out": "M3.5 8h9",
  "zoom-in": "M3.5 8h9M8 3.5v9",
  fit: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
  layout: "M6 2.5h4v3H6zM2 10.5h4v3H2zM10 10.5h4v3h-4zM8 5.5V8M4 10.5V8h8v2.5",
};

/** @param {any} stage */
export function addToolbar(stage) {
  const bar = document.createElement("div");
  bar.className = "fc-control fc-toolbar";
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", gettext("Drawing"));
  const edit = stage.editable
    ? [
        button(stage, "undo", gettext("Undo"), "Ctrl+Z"),
        button(stage, "redo", gettext("Redo"), "Ctrl+Y"),
        divider(),
      ]
    : [];
  const zoom = button(stage, "zoom-reset", gettext("Zoom to 100 %"), "0");
  zoom.classList.add("fc-zoom");
  bar.append(
    ...edit,
    button(stage, "zoom-out", gettext("Zoom out"), "-"),
    zoom,
    button(stage, "zoom-in", gettext("Zoom in"), "+"),
    button(stage, "fit", gettext("Show everything"), "F"),
  );
  if (stage.editable) bar.append(divider(), button(stage, "layout", gettext("Arrange"), ""));
  stage.host.append(bar);
  const show = () => {
    const { zoom: level } = stage.camera;
    zoom.textContent = `${level < 0.1 ? (level * 100).toFixed(1) : Math.round(level * 100)}%`;
    for (const [name, step] of [
      ["undo", stage.editing.history.nextUndo],
      ["redo", stage.editing.history.nextRedo],
    ]) {
      bar.querySelector(`[data-does=${name}]`)?.toggleAttribute("disabled", !step);
    }
  };
  stage.camera.onChange(show);
  stage.doc.onChange(() => queueMicrotask(show));
  show();
  return bar;
}

function button(stage, command, words, key) {
  const element = document.createElement("button");
  element.type = "button";
  element.dataset.does = command;
  element.title = key ? `${words} (${key})` : words;
  element.setAttribute("aria-label", words);
  if (PATHS[command])
    element.innerHTML = `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${PATHS[command]}"/></svg>`;
  // A mouse leaves the keyboard where it was, on the drawing.
  element.addEventListener("mousedown", (event) => event.preventDefault());
  element.addEventListener("click", () => stage.command(command));
  return element;
}

function divider() {
  const element = document.createElement("span");
  element.className = "fc-divider";
  return element;
}
