/** The window onto the drawing: screen = world × zoom + offset. */

/** @typedef {import("./geometry.js").Box} Box */

export const NEAREST = 4;
export const FARTHEST = 0.01;
const FIT_MARGIN = 36;

export class Camera {
  zoom = 1;
  offsetX = 0;
  offsetY = 0;
  width = 0;
  height = 0;
  /** How much of the lower edge the controls cover where there is no room beside them. */
  covered = 0;
  listeners = new Set();

  /** @param {(zoomed: boolean) => void} listener */
  onChange(listener) {
    this.listeners.add(listener);
  }

  resize(width, height) {
    // What was in the middle stays in the middle.
    this.offsetX += (width - this.width) / 2;
    this.offsetY += (height - this.height) / 2;
    this.width = width;
    this.height = height;
    this.#tell(false);
  }

  toWorld(x, y) {
    return { x: (x - this.offsetX) / this.zoom, y: (y - this.offsetY) / this.zoom };
  }

  toScreen(x, y) {
    return { x: x * this.zoom + this.offsetX, y: y * this.zoom + this.offsetY };
  }

  /** What is seen, and `pad` screen pixels more on each side. @returns {Box} */
  window(pad = 0) {
    return {
      left: (-this.offsetX - pad) / this.zoom,
      top: (-this.offsetY - pad) / this.zoom,
      right: (this.width - this.offsetX + pad) / this.zoom,
      bottom: (this.height - this.offsetY + pad) / this.zoom,
    };
  }

  panBy(dx, dy) {
    this.offsetX += dx;
    this.offsetY += dy;
    this.#tell(false);
  }

  /** Zoom so that the point under (x, y) on the screen stays there. */
  zoomAt(x, y, factor) {
    const zoom = Math.min(NEAREST, Math.max(FARTHEST, this.zoom * factor));
    const ratio = zoom / this.zoom;
    this.offsetX = x - (x - this.offsetX) * ratio;
    this.offsetY = y - (y - this.offsetY) * ratio;
    this.zoom = zoom;
    this.#tell(true);
  }

  zoomCentre(factor) {
    this.zoomAt(this.width / 2, this.height / 2, factor);
  }

  zoomTo(zoom) {
    this.zoomCentre(zoom / this.zoom);
  }

  centreOn(x, y, zoom = this.zoom) {
    const zoomed = zoom !== this.zoom;
    this.zoom = zoom;
    this.offsetX = this.width / 2 - x * zoom;
    this.offsetY = this.height / 2 - y * zoom;
    this.#tell(zoomed);
  }

  /** @param {Box | null} box */
  fit(box, largest = 1) {
    if (!box || !this.width) return;
    const roomX = Math.max(1, this.width - 2 * FIT_MARGIN);
    const roomY = Math.max(1, this.height - 2 * FIT_MARGIN - this.covered);
    const zoom = Math.min(largest, roomX / (box.right - box.left || 1), roomY / (box.bottom - box.top || 1));
    const lifted = this.covered / 2 / zoom;
    this.centreOn((box.left + box.right) / 2, (box.top + box.bottom) / 2 + lifted, Math.max(FARTHEST, zoom));
  }

  /** Pan only as far as it takes to see the box. @param {Box} box */
  reveal(box, margin = 40) {
    const from = this.toScreen(box.left, box.top);
    const to = this.toScreen(box.right, box.bottom);
    const shift = (low, high, room) => {
      if (high - low > room - 2 * margin) return (room - low - high) / 2;
      return Math.max(0, margin - low) - Math.max(0, high - room + margin);
    };
    const dx = shift(from.x, to.x, this.width);
    const dy = shift(from.y, to.y, this.height);
    if (dx || dy) this.panBy(dx, dy);
  }

  #tell(zoomed) {
    for (const listener of this.listeners) listener(zoomed);
  }
}
