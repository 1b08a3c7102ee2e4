/**
 * Two canvases in turn: one is shown, and moved by CSS while panning; the other is painted
 * in slices and shown when it is whole.
 */

import { within } from "../model/geometry.js";

export class Bitmap {
  /** @type {{window: any, zoom: number} | null} what is shown */
  shown = null;
  /** @type {{window: any, zoom: number, steps: Iterator<void>} | null} what is being painted */
  #job = null;
  visible = false;

  /** @param {import("./painter.js").Painter} painter */
  constructor(painter) {
    this.painter = painter;
    this.front = newCanvas();
    this.back = newCanvas();
  }

  get busy() {
    return Boolean(this.#job);
  }

  resize(width, height) {
    this.density = Math.min(2, window.devicePixelRatio || 1);
    for (const canvas of [this.front, this.back]) {
      canvas.width = Math.ceil(width * this.density);
      canvas.height = Math.ceil(height * this.density);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    this.forget();
  }

  /** Nothing that was painted is right any more. */
  forget() {
    this.shown = null;
    this.#job = null;
  }

  hide() {
    if (!this.visible) return;
    this.visible = false;
    this.front.style.visibility = this.back.style.visibility = "hidden";
    this.forget();
  }

  /** Does the job under way already cover this? */
  isPainting(zoom, needed) {
    return Boolean(this.#job && this.#job.zoom === zoom && within(needed, this.#job.window));
  }

  /** @param {import("../model/geometry.js").Box} window @param {number} zoom */
  begin(window, zoom, nodes, edges) {
    const context = this.#contextOf(this.back, window, zoom, true);
    this.#job = { window, zoom, steps: this.painter.paint(context, zoom, nodes, edges) };
  }

  /** Paint for so long. @returns {boolean} whether a new picture is shown */
  step(milliseconds) {
    const until = performance.now() + milliseconds;
    while (this.#job) {
      if (this.#job.steps.next().done) {
        this.#swap();
        return true;
      }
      if (performance.now() > until) break;
    }
    return false;
  }

  /** @param {Iterable<any>} nodes whose state changed, at the same place */
  paintOver(nodes) {
    if (!this.shown) return;
    const { window, zoom } = this.shown;
    const context = this.#contextOf(this.front, window, zoom, false);
    context.textBaseline = "middle";
    for (const node of nodes) this.painter.paintOver(context, zoom, node);
  }

  #swap() {
    [this.front, this.back] = [this.back, this.front];
    this.shown = { window: this.#job.window, zoom: this.#job.zoom };
    this.#job = null;
    this.visible = true;
    this.back.style.visibility = "hidden";
    this.front.style.visibility = "visible";
  }

  #contextOf(canvas, window, zoom, clear) {
    const context = canvas.getContext("2d");
    if (clear) {
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.globalAlpha = 1;
      context.clearRect(0, 0, canvas.width, canvas.height);
    }
    const scale = zoom * this.density;
    context.setTransform(scale, 0, 0, scale, -window.left * scale, -window.top * scale);
    return context;
  }
}

function newCanvas() {
  const canvas = document.createElement("canvas");
  canvas.className = "fc-layer";
  canvas.style.visibility = "hidden";
  canvas.setAttribute("aria-hidden", "true");
  return canvas;
}
