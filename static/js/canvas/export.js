/** The drawing, or what is chosen of it, as a picture of its own. */

import { ARROW_LENGTH, boundsOf, boxOf, curvePath, grow, labelSpot } from "./model/geometry.js";
import { frameOf } from "./model/notes.js";
import { contentOf, CORNER, EDGE_LABEL_WIDTH, ICON, labelOf, TILE_INSET } from "./render/appearance.js";
import { KIND_ICONS, STATE_ICONS } from "./render/icons.js";
import { gettext } from "./text.js";

const MARGIN = 32;
const NOTE_LINE = 19;
/** Browsers draw no canvas larger than about this. */
const LARGEST_PX = 12_000;

/** @param {any} stage */
export function saveAsSvg(stage) {
  const { text } = pictureOf(stage);
  download(stage, new Blob([text], { type: "image/svg+xml" }), "svg");
}

/** @param {any} stage */
export async function saveAsPng(stage) {
  const { text, width, height } = pictureOf(stage);
  const url = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const scale = Math.min(2, LARGEST_PX / width, LARGEST_PX / height);
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    download(stage, blob, "png");
  } catch {
    stage.notify(gettext("The picture could not be made."));
  } finally {
    URL.revokeObjectURL(url);
  }
}

function download(stage, blob, ending) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  const name = stage.host.getAttribute("label") || gettext("drawing");
  link.download = `${name.replace(/[^\p{L}\p{N} _.-]/gu, "_")}.${ending}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  stage.announce(gettext("The picture is saved."));
}

/** @returns {{text: string, width: number, height: number}} an SVG file that needs nothing else */
export function pictureOf(stage) {
  const chosen = stage.chosen;
  const part = chosen.length > 1 ? new Set(chosen) : null;
  const nodes = part ? chosen : [...stage.doc.nodes.values()];
  const edges = [...stage.doc.edges.values()].filter(
    ({ source, target }) => source && target && (!part || (part.has(source) && part.has(target))),
  );
  const groups = stage.notes.groups.filter((group) => !part || group.nodes.every((node) => part.has(node)));
  const notes = part ? [] : stage.notes.notes;
  const middle = ({ left, top, right, bottom }) => ({
    x: (left + right) / 2,
    y: (top + bottom) / 2,
    w: right - left,
    h: bottom - top,
  });
  const box = grow(
    boundsOf([
      ...nodes,
      ...groups.map((group) => middle(frameOf(group))),
      ...notes.map(({ x, y, w, h }) => ({ x: x + w / 2, y: y + h / 2, w, h })),
    ]),
    MARGIN,
  );
  const [width, height] = [Math.ceil(box.right - box.left), Math.ceil(box.bottom - box.top)];
  const { theme } = stage.scene;
  const family = getComputedStyle(stage.host).fontFamily;
  const text = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${box.left} ${box.top} ${width} ${height}" font-family="${escape(family)}">`,
    `<rect x="${box.left}" y="${box.top}" width="${width}" height="${height}" fill="${theme.colors.ground}"/>`,
    ...groups.map((group) => groupMarkup(group, stage)),
    ...notes.map((note) => noteMarkup(note, stage)),
    ...edges.map((edge) => edgeMarkup(stage.places.ways.of(edge), theme.colors)),
    ...edges.filter((edge) => edge.label).map((edge) => edgeLabelMarkup(edge, stage)),
    ...nodes.map((node) => nodeMarkup(node, stage)),
    "</svg>",
  ].join("\n");
  return { text, width, height };
}

function groupMarkup(group, stage) {
  const { left, top, right, bottom } = frameOf(group);
  const { borderColor, backgroundColor } = getComputedStyle(stage.notes.ground.elementOf(group.id));
  return (
    `<rect x="${left}" y="${top}" width="${right - left}" height="${bottom - top}" rx="12" fill="${backgroundColor}" stroke="${borderColor}" stroke-width="1.5"/>` +
    words(group.title, left + 12, top + 20, stage.scene.theme.colors.text, 'font-size="12.5" font-weight="600"')
  );
}

function noteMarkup({ id, x, y, w, h, text }, stage) {
  const { borderColor, backgroundColor } = getComputedStyle(stage.notes.ground.elementOf(id));
  const { theme } = stage.scene;
  const lines = wrapped(text, w - 24, theme).slice(0, Math.max(1, Math.floor((h - 16) / NOTE_LINE)));
  const written = lines.map((line, i) => words(line, x + 12, y + 23 + i * NOTE_LINE, theme.colors.text, 'font-size="13"'));
  return `<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="6" fill="${backgroundColor}" stroke="${borderColor}"/>${written.join("")}`;
}

function wrapped(text, width, theme) {
  return text.split("\n").flatMap((paragraph) => {
    const lines = [""];
    for (const word of paragraph.split(" ")) {
      const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
      if (theme.widthOf(longer) * 1.04 <= width || !lines.at(-1)) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    return lines;
  });
}

function edgeMarkup(way, colors) {
  const [x, y] = way.slice(-2);
  const head = `M${x} ${y + ARROW_LENGTH}l-3.4 -7.4h6.8z`;
  return `<path d="${curvePath(way)}" fill="none" stroke="${colors.edge}" stroke-width="1.4"/><path d="${head}" fill="${colors.edge}"/>`;
}

function edgeLabelMarkup(edge, stage) {
  const { theme } = stage.scene;
  const { x, y } = labelSpot(edge, stage.places.ways.of(edge));
  const halo = `text-anchor="middle" paint-order="stroke" stroke="${theme.colors.ground}" stroke-width="5" stroke-linejoin="round"`;
  return words(theme.fit(edge.label, EDGE_LABEL_WIDTH), x, y + 4.5, theme.colors["text-soft"], `font-size="12.5" font-weight="500" ${halo}`);
}

function nodeMarkup(node, stage) {
  const { theme, appearance } = stage.scene;
  const { colors } = theme;
  const look = appearance.of(node);
  const { left, top } = boxOf(node);
  const pill = node.role === "START" || node.role === "END";
  const { kindLeft, labelLeft, stateLeft, tile } = contentOf(node, look, theme);
  const edge = look.state && look.state !== "waiting" ? colors[`state-${look.state}`] : colors["card-edge"];
  const dash = look.disabled ? ' stroke-dasharray="5 4"' : "";
  const iconTop = top + (node.h - ICON) / 2;
  const label = theme.fit(labelOf(node), (stateLeft === null ? node.w - 12 : stateLeft - 6) - labelLeft);
  return [
    `<g${look.disabled ? ' opacity="0.7"' : ""}>`,
    `<rect x="${left + 0.5}" y="${top + 0.5}" width="${node.w - 1}" height="${node.h - 1}" rx="${pill ? node.h / 2 : CORNER}" fill="${colors.card}" stroke="${edge}"${dash}/>`,
    tile &&
      `<rect x="${left + TILE_INSET}" y="${top + TILE_INSET}" width="${tile}" height="${tile}" rx="5" fill="${colors[`tile-${node.family}`]}"/>`,
    kindLeft !== null &&
      icon(KIND_ICONS[node.family], left + kindLeft, iconTop, colors[`kind-${node.family}`], colors.card),
    words(label, left + labelLeft, top + node.h / 2 + 4.5, colors.text, `font-size="12.5" font-weight="${pill ? 600 : 500}"`),
    stateLeft !== null &&
      icon(STATE_ICONS[look.state], left + stateLeft, iconTop, colors[`state-${look.state}`], colors.card),
    "</g>",
  ]
    .filter(Boolean)
    .join("");
}

function icon(layers, x, y, ink, paper) {
  const paths = layers.map(({ d, fill, width = 1.4, dash, paper: onPaper, faint }) => {
    const color = onPaper ? paper : ink;
    const paint = fill ? `fill="${color}"` : `fill="none" stroke="${color}" stroke-width="${width}"`;
    return `<path d="${d}" ${paint}${dash ? ` stroke-dasharray="${dash.join(" ")}"` : ""}${faint ? ' opacity="0.28"' : ""}/>`;
  });
  return `<g transform="translate(${x},${y})scale(${ICON / 16})" stroke-linecap="round" stroke-linejoin="round">${paths.join("")}</g>`;
}

function words(text, x, y, ink, look) {
  return `<text x="${x}" y="${y}" fill="${ink}" ${look}>${escape(text)}</text>`;
}

const SIGNS = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escape = (text) => text.replace(/[&<>"]/g, (sign) => SIGNS[sign]);
