/** Lengths of time as people read them. */

import { fill, gettext } from "../words.js";

/** In its two largest units: 3 m 12 s. @param {number} seconds @returns {string} */
export function words(seconds) {
  const whole = Math.floor(seconds);
  const parts = [
    [Math.floor(whole / 86400), gettext("%(number)s d")],
    [Math.floor(whole / 3600) % 24, gettext("%(number)s h")],
    [Math.floor(whole / 60) % 60, gettext("%(number)s m")],
    [whole % 60, gettext("%(number)s s")],
  ];
  const first = parts.findIndex(([number], index) => number || index === 3);
  const two = parts.slice(first, first + 2).filter(([number], index) => number || index === 0);
  return two.map(([number, unit]) => fill(unit, { number })).join(" ");
}

/** As exact as it matters: 0.4 s, 12 s, 3 m 12 s. @param {number} seconds */
export function shortly(seconds) {
  if (seconds >= 10) return words(Math.round(seconds));
  return fill(gettext("%(number)s s"), { number: Math.max(0, seconds).toFixed(1) });
}
