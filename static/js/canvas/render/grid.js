/** The dotted ground. A layer one period larger than the window, moved and never repainted by a pan. */

const STEP = 24;
const CLOSEST_DOTS = 12;
/** From farther away the dots say nothing, and moving them is what costs most. */
const DOTS_FROM_ZOOM = 0.35;
const ZOOM_RESTS_MS = 140;

const within = (value, period) => ((value % period) + period) % period;

export class Grid {
  #restTimer = 0;

  /** @param {HTMLElement} host @param {import("../model/camera.js").Camera} camera */
  constructor(host, camera) {
    this.camera = camera;
    this.layer = document.createElement("div");
    this.layer.className = "fc-grid";
    host.prepend(this.layer);
    camera.onChange((zoomed) => this.show(zoomed));
  }

  show(zoomed = false) {
    const { zoom } = this.camera;
    const seen = zoom >= DOTS_FROM_ZOOM;
    if (seen !== this.seen) this.layer.hidden = !(this.seen = seen);
    if (!seen) return;
    let period = STEP * zoom;
    while (period < CLOSEST_DOTS) period *= 2;
    const scale = period / (this.period ?? Infinity);
    if (zoomed && scale > 0.5 && scale < 2) this.#stretch(period, scale);
    else this.#paint(period);
  }

  /** While a hand zooms the picture is scaled, and painted anew when it rests. */
  #stretch(period, scale) {
    const margin = Math.ceil(this.period);
    const shift = (offset) => within(offset + margin - period / 2, period) - period;
    const { offsetX, offsetY } = this.camera;
    this.layer.style.transform = `translate(${shift(offsetX)}px,${shift(offsetY)}px)scale(${scale})`;
    clearTimeout(this.#restTimer);
    this.#restTimer = setTimeout(() => this.show(), ZOOM_RESTS_MS);
  }

  #paint(period) {
    if (period !== this.period) {
      this.period = period;
      this.layer.style.backgroundSize = `${period}px ${period}px`;
      this.layer.style.inset = `-${Math.ceil(period)}px`;
    }
    // The dot is in the middle of a tile, so half a period brings one onto the origin. Whole
    // pixels are copied, parts of them would be computed.
    const shift = (offset) => Math.round(within(offset + period / 2, period) - (Math.ceil(period) - period));
    const { offsetX, offsetY } = this.camera;
    this.layer.style.transform = `translate(${shift(offsetX)}px,${shift(offsetY)}px)`;
  }
}
