/**
 * Our own small pictures on a 16 × 16 field, as layers of paths, so that the SVG and the
 * bitmap draw the same. `paper` layers take the colour of the card they lie on.
 */

/** @typedef {{d: string, fill?: boolean, width?: number, dash?: number[], paper?: boolean, faint?: boolean}} Layer */

const RING = "M8 2.6a5.4 5.4 0 1 0 0 10.8 5.4 5.4 0 0 0 0-10.8z";
const DISC = "M8 1.6a6.4 6.4 0 1 0 0 12.8A6.4 6.4 0 0 0 8 1.6z";
const SQUARE =
  "M4.2 2.4h7.6a1.8 1.8 0 0 1 1.8 1.8v7.6a1.8 1.8 0 0 1-1.8 1.8H4.2a1.8 1.8 0 0 1-1.8-1.8V4.2a1.8 1.8 0 0 1 1.8-1.8z";

/** @type {Record<string, Layer[]>} */
export const KIND_ICONS = {
  graph: [
    { d: "M5.3 5.1 7 9.6M5.9 4.1h4.3M10.9 5.2 8.7 9.6" },
    { d: "M4.4 2.6a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3zM11.6 2.6a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3zM7.8 9.8a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 0 1 0-3.6z" },
  ],
  source: [
    { d: "M2.6 4.2c0-1 1.8-1.8 4-1.8s4 .8 4 1.8-1.8 1.8-4 1.8-4-.8-4-1.8zM2.6 4.2v6.4c0 1 1.6 1.8 3.6 1.8M10.6 4.2v2.6" },
    { d: "M8.2 11h5.4M11.4 8.8l2.2 2.2-2.2 2.2" },
  ],
  target: [
    { d: "M5.4 4.2c0-1 1.8-1.8 4-1.8s4 .8 4 1.8-1.8 1.8-4 1.8-4-.8-4-1.8zM13.4 4.2v6.4c0 1-1.6 1.8-3.6 1.8M5.4 4.2v2.6" },
    { d: "M2.4 11h5.4M5.6 8.8 7.8 11l-2.2 2.2" },
  ],
  columns: [{ d: "M2.6 3h10.8v10H2.6zM6.2 3v10M9.8 3v10" }],
  filter: [{ d: "M2.6 3h10.8L9.4 8v4.6l-2.8-1.4V8z" }],
  join: [
    { d: "M6.2 3.8a4.2 4.2 0 1 0 0 8.4 4.2 4.2 0 0 0 0-8.4zM9.8 3.8a4.2 4.2 0 1 0 0 8.4 4.2 4.2 0 0 0 0-8.4z" },
  ],
  union: [{ d: "M2.8 2.8h10.4v4H2.8zM2.8 9.2h10.4v4H2.8z" }],
  sum: [{ d: "M11.8 4.6V3H4.2L8.4 8l-4.2 5h7.6v-1.6" }],
  clean: [{ d: "M5.8 5.8h7.4v7.4H5.8zM2.8 10.2V2.8h7.4M7.8 9.5h3.4" }],
  shell: [{ d: "M3 4.5 6.5 8 3 11.5M8.5 11.5H13" }],
  python: [
    { d: "M6.2 2.6c-1.5 0-2 .8-2 1.9v1.6c0 1.1-.6 1.9-1.5 1.9.9 0 1.5.8 1.5 1.9v1.6c0 1.1.5 1.9 2 1.9" },
    { d: "M9.8 2.6c1.5 0 2 .8 2 1.9v1.6c0 1.1.6 1.9 1.5 1.9-.9 0-1.5.8-1.5 1.9v1.6c0 1.1-.5 1.9-2 1.9" },
  ],
  spark: [{ d: "M9 2 3.6 9H8l-1 5 5.4-7H8z" }],
  stream: [
    {
      d: "M2 4.6c2-1.7 4-1.7 6 0s4 1.7 6 0M2 8.2c2-1.7 4-1.7 6 0s4 1.7 6 0M2 11.8c2-1.7 4-1.7 6 0s4 1.7 6 0",
    },
  ],
  sql: [
    {
      d: "M3 4.3C3 3.1 5.2 2.2 8 2.2s5 .9 5 2.1-2.2 2.1-5 2.1-5-.9-5-2.1zM3 4.3v7.4c0 1.2 2.2 2.1 5 2.1s5-.9 5-2.1V4.3M3 8c0 1.2 2.2 2.1 5 2.1S13 9.2 13 8",
    },
  ],
  http: [
    {
      d: "M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2zM2.4 8h11.2M8 2.2c1.8 1.7 2.6 3.6 2.6 5.8S9.8 12.1 8 13.8C6.2 12.1 5.4 10.2 5.4 8S6.2 3.9 8 2.2z",
    },
  ],
  data: [{ d: "M3 5.4h9.6M10.2 3l2.4 2.4-2.4 2.4M13 10.6H3.4M5.8 8.2 3.4 10.6l2.4 2.4" }],
  batch: [{ d: "M8 2.4 13.6 5.4 8 8.4 2.4 5.4zM2.4 8 8 11l5.6-3M2.4 10.6 8 13.6l5.6-3" }],
  gate: [{ d: "M8 2.2 13.8 8 8 13.8 2.2 8z" }, { d: "M8 6.4v3.2", width: 1.6 }],
  wait: [{ d: "M8 3.4a5.2 5.2 0 1 0 0 10.4A5.2 5.2 0 0 0 8 3.4zM8 8.6l1.9-1.9M6.4 1.8h3.2" }],
  approval: [{ d: "M6.2 2.6a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM1.8 13.4c0-2.4 2-3.6 4.4-3.6s4.4 1.2 4.4 3.6M10.6 7l1.5 1.5 2.6-2.8" }],
  branch: [{ d: "M8 2.2v3.2c0 2.4-4.4 2.2-4.4 5v3M8 5.4c0 2.4 4.4 2.2 4.4 5v3M1.9 11.7l1.7 1.7 1.7-1.7M10.7 11.7l1.7 1.7 1.7-1.7" }],
  merge: [{ d: "M3.6 2.4v3c0 2.6 4.4 2.4 4.4 5v3.2M12.4 2.4v3c0 2.6-4.4 2.4-4.4 5M6.3 11.9 8 13.6l1.7-1.7" }],
  flow: [{ d: "M6 2.4h4v3.2H6zM2.2 10.4h4v3.2h-4zM9.8 10.4h4v3.2h-4zM8 5.6V8M4.2 10.4V8h7.6v2.4" }],
  job: [{ d: "M8 2.2l5 2.9v5.8l-5 2.9-5-2.9V5.1zM3 5.1 8 8l5-2.9M8 8v5.8" }],
  start: [{ d: "M5.2 3.6v8.8L12 8z", fill: true }],
  end: [{ d: "M4.4 13.8V2.8M4.4 3.4c2.6-1.6 4.6 1.4 7.6.2v5.4c-3 1.2-5-1.8-7.6-.2" }],
};

/** @type {Record<string, Layer[]>} */
export const STATE_ICONS = {
  waiting: [{ d: RING, width: 1.6 }],
  ready: [{ d: RING, width: 2, dash: [0.1, 3.29] }],
  running: [
    { d: RING, width: 2, faint: true },
    { d: "M8 2.6A5.4 5.4 0 0 1 13.4 8", width: 2.2 },
  ],
  retrying: [{ d: "M12.8 6.2A5.2 5.2 0 1 0 13.2 8.8M13.2 2.8v3.6H9.6", width: 1.8 }],
  suspended: [{ d: "M5.5 3.6v8.8M10.5 3.6v8.8", width: 2.6 }],
  stopping: [
    { d: RING, width: 1.8, faint: true },
    { d: "M6 6h4v4H6z", fill: true },
  ],
  succeeded: [
    { d: DISC, fill: true },
    { d: "M5 8.3l2.2 2.2L11 6", width: 1.7, paper: true },
  ],
  skipped: [{ d: "M2.8 11.6V9a3 3 0 0 1 3-3h7M9.8 3l3 3-3 3", width: 1.8 }],
  failed: [
    { d: DISC, fill: true },
    { d: "M5.7 5.7l4.6 4.6M10.3 5.7l-4.6 4.6", width: 1.7, paper: true },
  ],
  killed: [{ d: SQUARE, fill: true }],
  kill_failed: [
    { d: SQUARE, fill: true },
    { d: "M9.6 2.2 6.8 7.4h3L6.6 13.8", width: 1.5, paper: true },
  ],
};

const NS = "http://www.w3.org/2000/svg";

/** One `<symbol>` a picture, for `<use>`. @param {SVGElement} defs @param {string} prefix */
export function defineSymbols(defs, prefix) {
  for (const [group, icons] of [
    ["kind", KIND_ICONS],
    ["state", STATE_ICONS],
  ]) {
    for (const [name, layers] of Object.entries(icons)) {
      const symbol = document.createElementNS(NS, "symbol");
      symbol.id = `${prefix}-${group}-${name}`;
      symbol.setAttribute("viewBox", "0 0 16 16");
      for (const layer of layers) symbol.append(pathOf(layer));
      defs.append(symbol);
    }
  }
}

function pathOf({ d, fill, width = 1.4, dash, paper, faint }) {
  const path = document.createElementNS(NS, "path");
  const ink = paper ? "var(--fc-card)" : "currentColor";
  const attributes = { d, fill: fill ? ink : "none", stroke: fill ? "none" : ink, "stroke-width": width };
  for (const [name, value] of Object.entries(attributes)) path.setAttribute(name, String(value));
  path.setAttribute("stroke-linecap", "round");
  path.setAttribute("stroke-linejoin", "round");
  if (dash) path.setAttribute("stroke-dasharray", dash.join(" "));
  if (faint) path.setAttribute("opacity", "0.28");
  return path;
}

const traced = new Map();

/**
 * The same picture on a 2-D canvas.
 * @param {CanvasRenderingContext2D} context
 * @param {Layer[]} layers
 */
export function drawIcon(context, layers, x, y, size, ink, paper) {
  context.save();
  context.translate(x, y);
  context.scale(size / 16, size / 16);
  context.lineCap = context.lineJoin = "round";
  for (const layer of layers) {
    let path = traced.get(layer.d);
    if (!path) traced.set(layer.d, (path = new Path2D(layer.d)));
    context.globalAlpha = layer.faint ? 0.28 : 1;
    context.fillStyle = context.strokeStyle = layer.paper ? paper : ink;
    context.lineWidth = layer.width ?? 1.4;
    context.setLineDash(layer.dash ?? []);
    if (layer.fill) context.fill(path);
    else context.stroke(path);
  }
  context.restore();
}
