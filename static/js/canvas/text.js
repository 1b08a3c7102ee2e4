/** Words for people, through Django's catalog when the page has loaded one. */

/** @param {string} message */
export function gettext(message) {
  return globalThis.gettext ? globalThis.gettext(message) : message;
}

/**
 * @param {string} one
 * @param {string} many
 * @param {number} count
 */
export function ngettext(one, many, count) {
  if (globalThis.ngettext) return globalThis.ngettext(one, many, count);
  return count === 1 ? one : many;
}

/**
 * Fill `%(name)s` places, as Django's own `interpolate` does.
 * @param {string} message
 * @param {Record<string, string | number>} values
 */
export function fill(message, values) {
  return message.replace(/%\((\w+)\)s/g, (place, name) => String(values[name] ?? place));
}
