/** How a press of keys is written: "Ctrl+Shift+Z", the same on every keyboard. */

/** @param {KeyboardEvent} event */
export function comboOf(event) {
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push("Ctrl");
  if (event.altKey) parts.push("Alt");
  const key = keyOf(event);
  // The sign that Shift makes says it already.
  if (event.shiftKey && (key.length > 1 || /[A-Z0-9]/.test(key))) parts.push("Shift");
  return [...parts, key].join("+");
}

function keyOf({ key, code, altKey, shiftKey }) {
  const letter = /^Key([A-Z])$/.exec(code ?? "")?.[1];
  const digit = /^Digit(\d)$/.exec(code ?? "")?.[1];
  // Alt makes other signs of letters on some systems, and a Korean or Russian keyboard has none of ours.
  if (letter && (altKey || !/^[\x20-\x7e]$/.test(key))) return letter;
  if (digit && shiftKey) return digit;
  if (key === " ") return "Space";
  return key.length === 1 ? key.toUpperCase() : key;
}
