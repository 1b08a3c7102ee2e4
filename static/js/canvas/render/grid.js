/** The dotted ground. A layer one period larger than the window, moved and never repainted by a pan. */

const STEP = 24;
const CLOSEST_DOTS = 12;
/** From farther away the dots say nothing, and moving them is what costs most. */
const DOTS_FROM_ZOOM = 0.35;

export class Grid {
  /** @param {HTMLElement} host @param {import("../model/camera.js").Camera} camera */
  constructor(host, camera) {
    this.camera = camera;
    this.layer = document.createElement("div");
    this.layer.className = "fc-grid";
    host.prepend(this.layer);
    camera.onChange(() => this.show());
  }

  show() {
    const { zoom, offsetX, offsetY } = this.camera;
    const seen = zoom >= DOTS_FROM_ZOOM;
    if (seen !== this.seen) this.layer.hidden = !(this.seen = seen);
    if (!seen) return;
    let period = STEP * zoom;
    while (period < CLOSEST_DOTS) period *= 2;
    if (period !== this.period) {
      this.period = period;
      this.layer.style.backgroundSize = `${period}px ${period}px`;
      this.layer.style.inset = `-${Math.ceil(period)}px`;
    }
    // The dot is in the middle of a tile, so half a period brings one onto the origin.
    const shift = (offset) =>
      ((((offset + period / 2) % period) + period) % period) - (Math.ceil(period) - period);
    // Whole pixels are copied, parts of them would be computed.
    this.layer.style.transform = `translate(${Math.round(shift(offsetX))}px,${Math.round(shift(offsetY))}px)`;
  }
}
