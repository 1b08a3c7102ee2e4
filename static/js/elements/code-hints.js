/** What an expression in a code editor is for the date that is looked up beside it, under the pointer. */

const EXPRESSION = /\$\{[^{}]*\}|\$\[[^[\]]*\]/g;

/**
 * @param {any} ace
 * @param {any} editor
 * @param {Element} place the form around it may hold the table of values
 */
export function hintValues(ace, editor, place) {
  const { HoverTooltip } = ace.require("ace/tooltip");
  const { Range } = ace.require("ace/range");
  const tooltip = new HoverTooltip();
  tooltip.setDataProvider((event) => {
    const { row, column } = event.getDocumentPosition();
    const found = expressionAt(editor.session.getLine(row), column);
    const said = found && valueOf(place.closest("form"), found.text);
    if (!said) return tooltip.hide();
    tooltip.showForRange(editor, new Range(row, found.start, row, found.end), hint(found.text, said), event);
  });
  tooltip.addToEditor(editor);
  return () => tooltip.destroy();
}

/** @param {string} line @param {number} column @returns {{text: string, start: number, end: number} | null} */
export function expressionAt(line, column) {
  for (const { 0: text, index: start } of line.matchAll(EXPRESSION)) {
    const end = start + text.length;
    if (start <= column && column <= end) return { text, start, end };
  }
  return null;
}

/** The row of the expression in the table beside the editor, as the server said it. */
function valueOf(form, text) {
  const rows = [...(form?.querySelectorAll(".lab-rows tr") ?? [])];
  return rows.find((row) => row.querySelector("th code")?.textContent === text);
}

function hint(text, row) {
  const [value, source] = row.querySelectorAll("td");
  const shown = document.createElement("div");
  shown.className = "code-hint";
  const name = document.createElement("code");
  name.textContent = text;
  const full = value.querySelector("[title]")?.title;
  const said = document.createElement(full ? "strong" : "span");
  said.textContent = full || value.textContent.trim();
  const whose = document.createElement("small");
  whose.textContent = source.textContent.trim();
  shown.append(name, said, whose);
  return shown;
}
