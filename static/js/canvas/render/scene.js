/**
 * Draws the document: as SVG while few nodes are seen, as a bitmap beyond, and keeps the
 * picture still while the camera moves. Both are drawn for a window larger than the screen
 * and only moved by CSS until the camera leaves it. Owns no state of the drawing.
 */

import { grow, intersection, within } from "../model/geometry.js";
import { Appearance } from "./appearance.js";
import { Bitmap } from "./bitmap.js";
import { Painter } from "./painter.js";
import { SvgLayer } from "./svg-layer.js";
import { Theme } from "./theme.js";

const MOST_SVG_NODES = 500;
/** While zooming, more than this many nodes are painted, and mounted when the hand rests. */
const MOST_ZOOMING_NODES = 150;
const MOST_LIFTED_ELEMENTS = 300;
const MOST_TURNING = 30;
const SLICE_MS = 7;
const ZOOM_RESTS_MS = 140;
let scenes = 0;

export class Scene {
  /** Where nodes are shown other than where they are: dragged or animated. @type {Map<any, any>} */
  displaced = new Map();
  painting = false;
  /** Told when nodes are shown elsewhere than before. @type {(() => void) | null} */
  onDisplace = null;
  #base = null;
  #frame = 0;
  #zoomedAt = -Infinity;
  #restTimer = 0;
  #focused = null;
  #stale = false;

  /**
   * @param {HTMLElement} host
   * @param {{doc: any, places: any, camera: any, marks: any, selection: any}} parts
   */
  constructor(host, { doc, places, camera, marks, selection }) {
    Object.assign(this, { host, doc, places, camera, selection });
    this.placeOf = (node) => this.displaced.get(node) ?? node;
    this.theme = new Theme(host);
    this.appearance = new Appearance(marks, selection);
    this.wayOf = (edge) => places.ways.displaced(edge, this.displaced);
    this.svg = new SvgLayer(this.appearance, this.theme, this.placeOf, this.wayOf, `fc${++scenes}`);
    this.bitmap = new Bitmap(new Painter(this.appearance, this.theme, this.placeOf, this.wayOf));
    host.append(this.bitmap.front, this.bitmap.back, this.svg.root);
    this.theme.onChange(() => this.redraw());
    marks.onChange((ordinals) => this.#showMarks(ordinals));
    selection.onChange(() => this.redraw());
    camera.onChange((zoomed) => this.#follow(zoomed));
  }

  resize() {
    const pad = (this.pad = (window.devicePixelRatio || 1) > 1.25 ? 160 : 320);
    const [width, height] = [this.camera.width + 2 * pad, this.camera.height + 2 * pad];
    this.svg.root.setAttribute("width", width);
    this.svg.root.setAttribute("height", height);
    this.bitmap.resize(width, height);
    this.#base = null;
    this.ask();
  }

  /** Draw before the next frame is shown. */
  ask() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.draw();
    });
  }

  /** The document changed. @param {any} change */
  show(change) {
    for (const node of change.goneNodes) this.displaced.delete(node);
    const disturbed = this.places.ways.takeDisturbed();
    this.redraw(change.nodes, disturbed ? new Set([...change.edges, ...disturbed]) : undefined);
  }

  /** Looks changed, places may have; all of it when nothing is named. */
  redraw(nodes, edges) {
    this.svg.refresh(nodes, edges);
    this.#base = null;
    this.#stale = true;
    this.ask();
  }

  /** Show nodes elsewhere for a while. @param {Map<any, any>} places */
  displace(places) {
    const began = !this.displaced.size || this.displaced.size !== places.size;
    this.displaced = places;
    if (began || (this.painting && places.size > MOST_LIFTED_ELEMENTS)) {
      this.#base = null;
      this.#stale = true;
    }
    this.svg.follow(places.keys());
    this.onDisplace?.();
    this.ask();
  }

  settle() {
    const nodes = [...this.displaced.keys()];
    this.displaced = new Map();
    this.onDisplace?.();
    this.svg.follow(nodes);
    this.#base = null;
    this.#stale = true;
    this.ask();
  }

  /** @param {any} node is an element wherever it is, so that the keyboard can come to it */
  keepFocusable(node) {
    if (this.#focused === node) return;
    this.#focused = node;
    this.svg.makeFocusable(node);
    this.#base = null;
    this.ask();
  }

  /** @param {any} node @returns {SVGElement | undefined} drawn now, to be focused */
  focus(node) {
    this.keepFocusable(node);
    this.draw();
    return this.svg.elementOf(node);
  }

  hover(node) {
    if (this.appearance.hovered === (node?.id ?? null)) return;
    const before = this.doc.nodes.get(this.appearance.hovered);
    this.appearance.hovered = node?.id ?? null;
    this.svg.refresh([before, node].filter(Boolean), []);
    if (this.painting) this.#base = null;
    if (node) this.svg.raise(node);
    this.ask();
  }

  draw() {
    if (!this.camera.width) return;
    if (!this.#covers(this.#base)) this.#anchor();
    this.#put(this.svg.root, this.#base);
    if (!this.painting) return;
    const { bitmap } = this;
    if (this.#stale || !this.#covers(bitmap.shown)) {
      if (this.#stale || !bitmap.isPainting(this.camera.zoom, this.#needed(0))) this.#paint(!bitmap.shown);
    } else if (!bitmap.busy && !this.#covers(bitmap.shown, this.pad / 2)) {
      this.#paint(false);
    }
    if (bitmap.busy) {
      bitmap.step(SLICE_MS);
      if (bitmap.busy) this.ask();
    }
    if (bitmap.shown) this.#put(bitmap.front, bitmap.shown);
  }

  destroy() {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#restTimer);
    this.theme.stop();
  }

  #follow(zoomed) {
    if (zoomed) {
      this.#zoomedAt = performance.now();
      clearTimeout(this.#restTimer);
      this.#restTimer = setTimeout(() => {
        this.#base = null;
        this.ask();
      }, ZOOM_RESTS_MS);
    }
    this.ask();
  }

  get #zooming() {
    return performance.now() - this.#zoomedAt < ZOOM_RESTS_MS - 20;
  }

  /** What must be on the picture: the window, as far as there is a drawing in it. */
  #needed(pad) {
    const { bounds } = this.places;
    const window = this.camera.window(pad);
    return bounds ? intersection(window, grow(bounds, 40)) : window;
  }

  #covers(picture, pad = 0) {
    if (!picture) return false;
    const ratio = picture.zoom / this.camera.zoom;
    // While a zoom gesture runs a picture of another zoom is scaled; it is drawn sharp at rest.
    const sharp = ratio === 1 || (this.#zooming && ratio < 2 && ratio > 0.5);
    return sharp && within(this.#needed(pad), picture.window);
  }

  #put(element, picture) {
    const { zoom, offsetX, offsetY } = this.camera;
    const ratio = zoom / picture.zoom;
    const density = window.devicePixelRatio || 1;
    // Whole pixels are sharp, and are copied rather than computed.
    const whole = (at) => (ratio === 1 ? Math.round(at * density) / density : at);
    const [x, y] = [whole(picture.window.left * zoom + offsetX), whole(picture.window.top * zoom + offsetY)];
    const move = `translate(${x}px,${y}px)`;
    element.style.transform = ratio === 1 ? move : `${move}scale(${ratio})`;
  }

  #anchor() {
    const { camera, svg, places } = this;
    const window = camera.window(this.pad);
    this.#base = { window, zoom: camera.zoom };
    svg.anchor(camera.zoom, window);
    this.painting = this.#mustPaint();
    const nodes = new Set(this.#lifted());
    const edges = new Set();
    for (const node of nodes) for (const edge of [...node.incoming, ...node.outgoing]) edges.add(edge);
    if (this.#focused && this.doc.nodes.has(this.#focused.id)) nodes.add(this.#focused);
    const hovered = this.doc.nodes.get(this.appearance.hovered);
    if (hovered) nodes.add(hovered);
    if (!this.painting) {
      for (const node of places.nodesTouching(window)) nodes.add(node);
      for (const edge of places.edges.search(window)) edges.add(edge);
      this.bitmap.hide();
    }
    const hadFocus = svg.root.contains(document.activeElement);
    svg.hold(nodes, edges);
    // Whoever was on a node that is gone stays on the drawing.
    if (hadFocus && !svg.root.contains(document.activeElement)) {
      queueMicrotask(() => (svg.elementOf(this.#focused) ?? this.host).focus({ preventScroll: true }));
    }
    this.#calmCrowd();
  }

  /** A few turning rings help; hundreds cost more than they tell. */
  #calmCrowd() {
    const { marks } = this.appearance;
    let running = 0;
    for (const node of this.svg.views.keys()) if (marks.stateOf(node) === "running") running++;
    this.host.classList.toggle("is-crowded", running > MOST_TURNING);
  }

  #mustPaint() {
    const most = this.#zooming ? MOST_ZOOMING_NODES : MOST_SVG_NODES;
    if (this.doc.nodes.size <= most) return false;
    return this.places.nodesTouching(this.camera.window()).length > most;
  }

  #lifted() {
    return this.displaced.size <= MOST_LIFTED_ELEMENTS || !this.painting ? [...this.displaced.keys()] : [];
  }

  #paint(now) {
    const window = this.camera.window(this.pad);
    const lifted = new Set(this.#lifted());
    const nodes = this.places.nodesTouching(window).filter((node) => !lifted.has(node));
    const edges = this.places.edges
      .search(window)
      .filter((edge) => !lifted.has(edge.source) && !lifted.has(edge.target));
    this.bitmap.begin(window, this.camera.zoom, nodes, edges);
    this.#stale = false;
    if (now) this.bitmap.step(Infinity);
  }

  #showMarks(ordinals) {
    if (!ordinals) return this.redraw();
    const { nodes } = this.doc.graph;
    const changed = ordinals.map((ordinal) => this.doc.nodes.get(nodes[ordinal]?.id)).filter(Boolean);
    this.svg.refresh(changed, []);
    this.#calmCrowd();
    if (!this.painting) return;
    this.bitmap.paintOver(changed.filter((node) => !this.displaced.has(node)));
    // A picture under way may have passed these nodes already.
    if (this.bitmap.busy) this.#stale = true;
    this.ask();
  }
}
