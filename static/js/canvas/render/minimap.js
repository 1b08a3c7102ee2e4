/** The whole drawing at a glance, with the window on it. */

import { grow, within } from "../model/geometry.js";

const WIDTH = 176;
const HEIGHT = 112;
const MARGIN = 8;
const REPAINT_AFTER_MS = 120;
const MOST_EDGES = 3000;

export class Minimap {
  #timer = 0;
  #world = null;

  /** @param {HTMLElement} host @param {import("./scene.js").Scene} scene */
  constructor(host, scene) {
    this.scene = scene;
    this.camera = scene.camera;
    this.root = document.createElement("div");
    this.root.className = "fc-control fc-minimap";
    this.root.setAttribute("aria-hidden", "true");
    this.canvas = document.createElement("canvas");
    this.window = document.createElement("div");
    this.root.append(this.canvas, this.window);
    host.append(this.root);
    this.density = Math.min(2, window.devicePixelRatio || 1);
    this.canvas.width = WIDTH * this.density;
    this.canvas.height = HEIGHT * this.density;
    this.camera.onChange(() => this.#showWindow());
    scene.theme.onChange(() => this.ask());
    scene.appearance.marks.onChange(() => this.ask());
    this.#drag();
  }

  /** Paint again soon. */
  ask() {
    this.#timer ||= setTimeout(() => {
      this.#timer = 0;
      this.paint();
    }, REPAINT_AFTER_MS);
  }

  paint() {
    const { bounds } = this.scene.places;
    this.root.hidden = !bounds;
    if (!bounds) return;
    this.#world = grow(bounds, 20);
    const context = this.canvas.getContext("2d");
    const { zoom, left, top } = this.#scale();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    const scale = zoom * this.density;
    context.setTransform(scale, 0, 0, scale, -left * scale, -top * scale);
    this.#edges(context, zoom);
    this.#nodes(context, zoom);
    this.#showWindow();
  }

  #edges(context, zoom) {
    const { edges } = this.scene.doc;
    if (edges.size > MOST_EDGES) return;
    context.strokeStyle = this.scene.theme.colors["edge-far"];
    context.lineWidth = 0.6 / zoom;
    context.beginPath();
    for (const { source, target } of edges.values()) {
      if (!source || !target) continue;
      context.moveTo(source.x, source.y);
      context.lineTo(target.x, target.y);
    }
    context.stroke();
  }

  #nodes(context, zoom) {
    const { colors } = this.scene.theme;
    const { marks } = this.scene.appearance;
    const least = 2 / zoom;
    for (const node of this.scene.doc.nodes.values()) {
      const state = marks.stateOf(node);
      const wrong = marks.severityOf(node.id) === "error";
      context.fillStyle = wrong
        ? colors.danger
        : state
          ? colors[`state-${state}`]
          : colors[`block-${node.family}`];
      const [w, h] = [Math.max(node.w, least), Math.max(node.h, least)];
      context.fillRect(node.x - w / 2, node.y - h / 2, w, h);
    }
  }

  #scale() {
    const { left, top, right, bottom } = this.#world;
    const zoom = Math.min((WIDTH - 2 * MARGIN) / (right - left), (HEIGHT - 2 * MARGIN) / (bottom - top), 0.2);
    return { zoom, left: (left + right) / 2 - WIDTH / 2 / zoom, top: (top + bottom) / 2 - HEIGHT / 2 / zoom };
  }

  #showWindow() {
    if (!this.#world) return;
    const { zoom, left, top } = this.#scale();
    const seen = this.camera.window();
    const clamp = (value, most) => Math.max(1, Math.min(most - 1, value));
    const x = clamp((seen.left - left) * zoom, WIDTH);
    const y = clamp((seen.top - top) * zoom, HEIGHT);
    const whole = within(this.scene.places.bounds ?? this.#world, seen);
    // When everything is seen a map of it only covers things.
    this.root.classList.toggle("is-needless", whole);
    if (whole) return;
    this.window.style.transform = `translate(${x}px,${y}px)`;
    // A pan changes no size; told to a tenth of a pixel it lays nothing out anew.
    this.window.style.width = `${(clamp((seen.right - left) * zoom, WIDTH) - x).toFixed(1)}px`;
    this.window.style.height = `${(clamp((seen.bottom - top) * zoom, HEIGHT) - y).toFixed(1)}px`;
  }

  #drag() {
    const go = (event) => {
      if (!this.#world || !(event.buttons & 1)) return;
      event.preventDefault();
      event.stopPropagation();
      const { zoom, left, top } = this.#scale();
      const box = this.root.getBoundingClientRect();
      this.camera.centreOn((event.clientX - box.left) / zoom + left, (event.clientY - box.top) / zoom + top);
    };
    this.root.addEventListener("pointerdown", (event) => {
      this.root.setPointerCapture(event.pointerId);
      go(event);
    });
    this.root.addEventListener("pointermove", go);
  }
}
