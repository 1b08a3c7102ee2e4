/**
 * The drawing on a 2-D canvas, in slices: a generator that yields often enough for a frame
 * to end in time. The farther away, the less is drawn: cards with words, cards, blocks.
 */

import { ARROW_LENGTH, labelSpot } from "../model/geometry.js";
import { CARDS_FROM_ZOOM, contentOf, CORNER, EDGE_LABEL_WIDTH, ICON, TILE_INSET } from "./appearance.js";
import { drawIcon, KIND_ICONS, STATE_ICONS } from "./icons.js";

const WORDS_FROM_ZOOM = 0.3;
const CURVES_FROM_ZOOM = 0.16;
const EDGES_A_SLICE = 250;
const NODES_A_SLICE = 50;
const BLOCKS_A_SLICE = 2000;
const DIMMED = 0.3;
/** On the screen, in pixels. */
const LEAST_BLOCK = 1.6;
const WIDE = new Set(["selected", "path", "added", "removed"]);

export class Painter {
  /**
   * @param {import("./appearance.js").Appearance} appearance
   * @param {import("./theme.js").Theme} theme
   * @param {(node: any) => {x: number, y: number, w: number, h: number}} placeOf
   * @param {(edge: any) => import("../model/geometry.js").Chain} wayOf
   */
  constructor(appearance, theme, placeOf, wayOf) {
    this.appearance = appearance;
    this.theme = theme;
    this.placeOf = placeOf;
    this.wayOf = wayOf;
  }

  /**
   * @param {CanvasRenderingContext2D} context already in world units
   * @param {number} zoom
   */
  *paint(context, zoom, nodes, edges) {
    yield* this.#edges(context, zoom, edges);
    if (zoom >= WORDS_FROM_ZOOM) this.#edgeLabels(context, edges);
    nodes.sort((a, b) => a.ordinal - b.ordinal);
    if (zoom < CARDS_FROM_ZOOM) yield* this.#blocks(context, zoom, nodes);
    else yield* this.#cards(context, zoom, nodes);
  }

  /** One node over what was painted of it before: its place and size are the same. */
  paintOver(context, zoom, node) {
    if (zoom < CARDS_FROM_ZOOM) {
      context.fillStyle = this.#blockColor(node);
      this.#block(context, zoom, node);
    } else {
      this.#card(context, zoom, node);
    }
  }

  *#edges(context, zoom, edges) {
    const { colors } = this.theme;
    const groups = new Map([
      ["", []],
      ["near", []],
      ["selected", []],
      ["wrong", []],
      ["path", []],
      ["moved", []],
      ["changed", []],
      ["added", []],
      ["removed", []],
    ]);
    for (const edge of edges) groups.get(this.appearance.ofEdge(edge)).push(edge);
    const inks = {
      "": zoom < CURVES_FROM_ZOOM ? colors["edge-far"] : colors.edge,
      near: colors.accent,
      selected: colors.accent,
      wrong: colors.danger,
      path: colors.text,
      moved: colors["paint-moved"],
      changed: colors["paint-changed"],
      added: colors["paint-added"],
      removed: colors["paint-removed"],
    };
    context.globalAlpha = this.appearance.connecting ? 0.4 : zoom < CURVES_FROM_ZOOM ? 0.6 : 1;
    for (const [look, group] of groups) {
      context.strokeStyle = context.fillStyle = inks[look];
      context.lineWidth = Math.max(WIDE.has(look) ? 2.2 : 1.5, 0.75 / zoom);
      for (let i = 0; i < group.length; i += EDGES_A_SLICE) {
        this.#lines(context, zoom, group.slice(i, i + EDGES_A_SLICE));
        yield;
      }
    }
    context.globalAlpha = 1;
  }

  #lines(context, zoom, edges) {
    context.beginPath();
    if (zoom < CURVES_FROM_ZOOM) {
      for (const edge of edges) {
        const [from, to] = [this.placeOf(edge.source), this.placeOf(edge.target)];
        context.moveTo(from.x, from.y + from.h / 2);
        context.lineTo(to.x, to.y - to.h / 2);
      }
      context.stroke();
      return;
    }
    const ways = edges.map((edge) => this.wayOf(edge));
    for (const c of ways) {
      context.moveTo(c[0], c[1]);
      for (let i = 2; i < c.length; i += 6)
        context.bezierCurveTo(c[i], c[i + 1], c[i + 2], c[i + 3], c[i + 4], c[i + 5]);
    }
    context.stroke();
    if (zoom < WORDS_FROM_ZOOM) return;
    context.beginPath();
    for (const c of ways) {
      const [x, y] = [c[c.length - 2], c[c.length - 1]];
      context.moveTo(x, y + ARROW_LENGTH);
      context.lineTo(x - 3.2, y - 0.4);
      context.lineTo(x + 3.2, y - 0.4);
    }
    context.fill();
  }

  #edgeLabels(context, edges) {
    const { colors, font } = this.theme;
    Object.assign(context, { font, textAlign: "center", textBaseline: "middle", lineWidth: 5, lineJoin: "round" });
    context.strokeStyle = colors.ground;
    context.fillStyle = colors["text-soft"];
    for (const edge of edges) {
      if (!edge.label) continue;
      const { x, y } = labelSpot(edge, this.wayOf(edge));
      const text = this.theme.fit(edge.label, EDGE_LABEL_WIDTH);
      context.strokeText(text, x, y);
      context.fillText(text, x, y);
    }
    context.textAlign = "start";
  }

  *#blocks(context, zoom, nodes) {
    const byColor = new Map();
    for (const node of nodes) {
      const color = this.#blockColor(node);
      const same = byColor.get(color);
      if (same) same.push(node);
      else byColor.set(color, [node]);
    }
    for (const [color, same] of byColor) {
      context.fillStyle = color;
      for (let i = 0; i < same.length; i++) {
        this.#block(context, zoom, same[i]);
        if (i % BLOCKS_A_SLICE === BLOCKS_A_SLICE - 1) yield;
      }
    }
  }

  #blockColor(node) {
    const { colors } = this.theme;
    const { state, severity, selected, dimmed, legal, remark } = this.appearance.of(node);
    if (selected || legal) return colors.accent;
    if (dimmed) return colors["card-edge"];
    if (remark.paint) return colors[`paint-${remark.paint}`];
    if (severity === "error") return colors.danger;
    if (state) return colors[`state-${state}`];
    return colors[`block-${node.family}`];
  }

  /** From very far a node still is more than a shade between two pixels. */
  #block(context, zoom, node) {
    const { x, y, w, h } = this.placeOf(node);
    const height = Math.max(h, LEAST_BLOCK / zoom);
    context.fillRect(x - w / 2, y - height / 2, w, height);
  }

  *#cards(context, zoom, nodes) {
    context.textBaseline = "middle";
    for (let i = 0; i < nodes.length; i++) {
      this.#card(context, zoom, nodes[i]);
      if (i % NODES_A_SLICE === NODES_A_SLICE - 1) yield;
    }
  }

  #card(context, zoom, node) {
    const { colors } = this.theme;
    const look = this.appearance.of(node);
    const { x, y, w, h } = this.placeOf(node);
    const [left, top] = [x - w / 2, y - h / 2];
    const corner = node.role === "JOB" || node.role === "OTHER" ? CORNER : h / 2;
    context.globalAlpha = look.dimmed ? DIMMED : 1;
    context.fillStyle = colors.card;
    context.beginPath();
    context.roundRect(left + 0.5, top + 0.5, w - 1, h - 1, corner);
    context.fill();
    if (look.state && look.state !== "waiting") {
      context.globalAlpha *= 0.07;
      context.fillStyle = colors[`state-${look.state}`];
      context.fill();
      context.globalAlpha = look.dimmed ? DIMMED : 1;
    }
    context.strokeStyle = this.#cardEdge(look);
    context.lineWidth = Math.max(look.selected || look.legal ? 2 : 1, 0.6 / zoom);
    if (look.disabled) context.setLineDash([5, 4]);
    context.stroke();
    if (look.disabled) context.setLineDash([]);
    if (look.disabled) context.globalAlpha *= 0.55;
    if (zoom < WORDS_FROM_ZOOM) this.#plainContent(context, node, look, left, top);
    else this.#fullContent(context, node, look, left, top);
    context.globalAlpha = 1;
  }

  #cardEdge(look) {
    const { colors } = this.theme;
    if (look.selected || look.legal) return colors.accent;
    if (look.remark.paint) return colors[`paint-${look.remark.paint}`];
    if (look.severity === "error") return colors.danger;
    if (look.state && look.state !== "waiting") return colors[`state-${look.state}`];
    return colors["card-edge"];
  }

  #plainContent(context, node, look, left, top) {
    const { colors } = this.theme;
    const tile = node.h - 2 * TILE_INSET;
    context.fillStyle = look.state ? colors[`state-${look.state}`] : colors[`kind-${node.family}`];
    context.fillRect(left + TILE_INSET, top + TILE_INSET, tile, tile);
    if (tile + 40 > node.w / 2) return;
    context.fillStyle = colors["edge-far"];
    context.fillRect(left + tile + 14, top + node.h / 2 - 3, (node.w - tile - 28) * 0.7, 6);
  }

  #fullContent(context, node, look, left, top) {
    const { colors, font } = this.theme;
    const { w, h } = node;
    const { kindLeft, labelLeft, stateLeft, text, tile } = contentOf(node, look, this.theme);
    if (tile) {
      context.fillStyle = colors[`tile-${node.family}`];
      context.beginPath();
      context.roundRect(left + TILE_INSET, top + TILE_INSET, tile, tile, 5);
      context.fill();
    }
    const iconTop = top + (h - ICON) / 2;
    if (kindLeft !== null) {
      drawIcon(
        context,
        KIND_ICONS[node.family],
        left + kindLeft,
        iconTop,
        ICON,
        colors[`kind-${node.family}`],
        colors.card,
      );
    }
    context.font = font;
    context.fillStyle =
      look.state === "waiting" || look.state === "skipped" ? colors["text-soft"] : colors.text;
    context.fillText(text, left + labelLeft, top + h / 2 + 1);
    if (stateLeft !== null) {
      drawIcon(
        context,
        STATE_ICONS[look.state],
        left + stateLeft,
        iconTop,
        ICON,
        colors[`state-${look.state}`],
        colors.card,
      );
    }
    if (look.severity) this.#badge(context, look.severity, left + w - 3, top + 3);
  }

  #badge(context, severity, x, y) {
    const { colors } = this.theme;
    context.fillStyle = colors[severity === "error" ? "danger" : "badge"];
    context.beginPath();
    context.arc(x, y, 7.5, 0, 7);
    context.fill();
    context.fillStyle = colors["on-badge"];
    context.fillRect(x - 0.8, y - 3.8, 1.6, 4.8);
    context.fillRect(x - 0.8, y + 2.4, 1.6, 1.6);
  }
}
