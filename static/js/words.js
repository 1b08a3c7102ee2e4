/** Translated text. The catalogue is a plain script of Django; without it the English stays. */

export const gettext = (text) => (window.gettext ? window.gettext(text) : text);

export const ngettext = (one, many, count) =>
  window.ngettext ? window.ngettext(one, many, count) : count === 1 ? one : many;

/** `fill("%(count)s runs", {count: 3})` */
export const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => String(values[name]));
