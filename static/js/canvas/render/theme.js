/** Colours and letters, read from the style sheet so that the bitmap looks like the SVG. */

import { STATE_NAMES } from "../model/states.js";

export const LABEL_SIZE = 12.5;
export const FAMILIES = [
  "graph",
  "shell",
  "source",
  "target",
  "columns",
  "filter",
  "join",
  "union",
  "sum",
  "clean",
  "python",
  "spark",
  "stream",
  "sql",
  "http",
  "data",
  "batch",
  "gate",
  "wait",
  "approval",
  "branch",
  "merge",
  "flow",
  "job",
  "start",
  "end",
];

const NAMES = [
  "ground",
  "card",
  "card-edge",
  "text",
  "text-soft",
  "edge",
  "edge-far",
  "accent",
  "halo",
  "danger",
  "warning",
  "badge",
  "on-badge",
  "paint-added",
  "paint-removed",
  "paint-changed",
  "paint-moved",
];

const context = document.createElement("canvas").getContext("2d");

export class Theme {
  /** @type {Record<string, string>} */
  colors = {};
  listeners = new Set();
  #fitted = new Map();

  /** @param {HTMLElement} host */
  constructor(host) {
    this.host = host;
    this.probe = document.createElement("span");
    this.probe.hidden = true;
    host.append(this.probe);
    this.read();
    const reread = () => this.read();
    this.watcher = new MutationObserver(reread);
    this.watcher.observe(document.documentElement, { attributes: true });
    this.media = matchMedia("(prefers-color-scheme: dark)");
    this.media.addEventListener("change", reread);
    this.stop = () => {
      this.watcher.disconnect();
      this.media.removeEventListener("change", reread);
    };
  }

  /** @param {() => void} listener */
  onChange(listener) {
    this.listeners.add(listener);
  }

  read() {
    const names = [...NAMES, ...STATE_NAMES.map((name) => `state-${name}`)];
    for (const family of FAMILIES) names.push(`kind-${family}`, `tile-${family}`, `block-${family}`);
    // A custom property reads as it was written; a real colour property reads as it is painted.
    const computed = getComputedStyle(this.probe);
    const colors = {};
    for (const name of names) {
      this.probe.style.color = name.startsWith("block-") ? blockColor(name) : `var(--fc-${name})`;
      colors[name] = computed.color;
    }
    const font = `500 ${LABEL_SIZE}px ${getComputedStyle(this.host).fontFamily}`;
    const before = JSON.stringify([this.colors, this.font]);
    if (before === JSON.stringify([colors, font])) return;
    this.colors = colors;
    this.font = font;
    this.#fitted.clear();
    for (const listener of this.listeners) listener();
  }

  /** A label cut to a width, with an ellipsis where it was cut. */
  fit(label, width) {
    const key = `${width}|${label}`;
    let fitted = this.#fitted.get(key);
    if (fitted === undefined) {
      if (this.#fitted.size > 20000) this.#fitted.clear();
      this.#fitted.set(key, (fitted = this.#cut(label, width)));
    }
    return fitted;
  }

  /** @param {string} text */
  widthOf(text) {
    context.font = this.font;
    return context.measureText(text).width;
  }

  #cut(label, width) {
    context.font = this.font;
    if (context.measureText(label).width <= width) return label;
    const letters = [...label];
    let [low, high] = [0, letters.length];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (context.measureText(`${letters.slice(0, middle).join("")}…`).width <= width) low = middle;
      else high = middle - 1;
    }
    return `${letters.slice(0, low).join("").trimEnd()}…`;
  }
}

/** A kind from afar: its hue, on its way to the ground, so that states and problems stand out. */
function blockColor(name) {
  return `color-mix(in oklab, var(--fc-kind-${name.slice(6)}) 68%, var(--fc-ground))`;
}
