/** The few buttons that lie on the drawing. */

import { ACTIONS } from "./actions.js";
import { ICONS } from "./icons.js";
import { gettext } from "./text.js";

/** @param {any} stage */
export function addToolbar(stage) {
  const bar = document.createElement("div");
  bar.className = "fc-control fc-toolbar";
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", gettext("Drawing"));
  const edit = stage.editable
    ? [
        button(stage, "undo"),
        button(stage, "redo"),
        divider(),
      ]
    : [];
  const zoom = button(stage, "zoom-reset");
  zoom.classList.add("fc-zoom");
  bar.append(
    ...edit,
    button(stage, "zoom-out"),
    zoom,
    button(stage, "zoom-in"),
    button(stage, "fit"),
  );
  if (stage.editable) bar.append(divider(), button(stage, "layout"), button(stage, "table"));
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
  // Panning tells every frame, and nothing here follows it.
  stage.camera.onChange((zoomed) => zoomed && show());
  stage.doc.onChange(() => queueMicrotask(show));
  show();
  return bar;
}

function button(stage, command) {
  const { label, keys = [] } = ACTIONS[command];
  const [words, key] = [label(), keys[0]];
  const element = document.createElement("button");
  element.type = "button";
  element.dataset.does = command;
  element.title = key ? `${words} (${key})` : words;
  element.setAttribute("aria-label", words);
  if (ICONS[command])
    element.innerHTML = `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${ICONS[command]}"/></svg>`;
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
