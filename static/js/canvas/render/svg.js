const NS = "http://www.w3.org/2000/svg";

/** @param {string} tag @param {Record<string, any>} attributes @param {Element} [parent] */
export function svg(tag, attributes = {}, parent) {
  const element = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  parent?.append(element);
  return element;
}
