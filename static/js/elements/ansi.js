/** Terminal colours in a line of text, as spans. Everything else a terminal understands is left out. */

const ESCAPE = /\x1b\[([0-9;]*)([A-Za-z])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_]|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f]/g;
const NAMES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

/**
 * @param {string} line
 * @param {Record<string, string>} style what is on from the line before; changed in place
 * @returns {Node[]}
 */
export function render(line, style) {
  // A progress bar rewrites its line: what was written last is what one sees.
  const text = line.slice(line.replace(/\r+$/, "").lastIndexOf("\r") + 1);
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(ESCAPE)) {
    push(nodes, text.slice(at, match.index), style);
    if (match[2] === "m") apply(match[1], style);
    at = match.index + match[0].length;
  }
  push(nodes, text.slice(at), style);
  return nodes;
}

function push(nodes, text, style) {
  if (!text) return;
  const classes = Object.values(style);
  if (!classes.length) return void nodes.push(document.createTextNode(text));
  const span = document.createElement("span");
  span.className = classes.join(" ");
  span.textContent = text;
  nodes.push(span);
}

function apply(codes, style) {
  const list = codes.split(";").map(Number);
  for (let i = 0; i < list.length; i++) {
    const code = list[i];
    if (code === 0) for (const key of Object.keys(style)) delete style[key];
    else if (code === 1) style.weight = "ansi-bold";
    else if (code === 2) style.weight = "ansi-dim";
    else if (code === 22) delete style.weight;
    else if (code === 4) style.line = "ansi-underline";
    else if (code === 24) delete style.line;
    else if (code >= 30 && code <= 37) style.ink = `ansi-${NAMES[code - 30]}`;
    else if (code >= 90 && code <= 97) style.ink = `ansi-${NAMES[code - 90]}`;
    else if (code === 39) delete style.ink;
    else if (code >= 40 && code <= 47) style.ground = `ansi-on-${NAMES[code - 40]}`;
    else if (code === 49) delete style.ground;
    else if (code === 38 || code === 48) i += list[i + 1] === 5 ? 2 : 4;
  }
}
