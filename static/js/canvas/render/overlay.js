/** What lies over the drawing while a gesture runs: ports, a new edge, guides, a box. */

import { curveBetween, curvePath, inPort, outPort } from "../model/geometry.js";
import { svg } from "./svg.js";

const PORT_RADIUS = 5;

export class Overlay {
  /** @param {import("./svg-layer.js").SvgLayer} layer @param {any} camera */
  constructor(layer, camera) {
    this.camera = camera;
    const top = layer.top;
    this.guides = svg("g", { class: "fc-guides" });
    layer.world.insertBefore(this.guides, layer.nodeGroup);
    this.box = svg("rect", { class: "fc-box", visibility: "hidden" }, top);
    this.wire = svg(
      "path",
      { class: "fc-wire", visibility: "hidden", "marker-end": `url(#${layer.prefix}-arrow-accent)` },
      top,
    );
    this.lasso = svg("path", { class: "fc-box", visibility: "hidden" }, top);
    this.ends = svg("g", { class: "fc-ports" }, top);
    this.ports = svg("g", { class: "fc-ports" }, top);
    this.portsKey = "";
  }

  /**
   * @param {any} node nothing hides them
   * @param {any} [place] where it is shown
   * @param {"in" | "out" | null} [hot] which the pointer is on
   */
  showPorts(node, place = node, hot = null) {
    const key = node ? `${node.id} ${place.x} ${place.y} ${hot}` : "";
    if (key === this.portsKey) return;
    this.portsKey = key;
    this.ports.replaceChildren();
    if (!node) return;
    for (const [name, at] of [
      ["in", inPort(place)],
      ["out", outPort(place)],
    ]) {
      if (node.role === (name === "in" ? "START" : "END")) continue;
      const classes = name === hot ? "fc-port is-hot" : "fc-port";
      svg(
        "circle",
        { class: classes, cx: at.x, cy: at.y, r: name === hot ? PORT_RADIUS + 1.5 : PORT_RADIUS },
        this.ports,
      );
    }
  }

  /** @param {{x: number, y: number} | null} from @param {{x: number, y: number}} [to] */
  showWire(from, to) {
    this.wire.setAttribute("visibility", from ? "visible" : "hidden");
    if (from) this.wire.setAttribute("d", curvePath(curveBetween(from.x, from.y, to.x, to.y)));
  }

  /** @param {import("../model/geometry.js").Box | null} box */
  showBox(box) {
    this.box.setAttribute("visibility", box ? "visible" : "hidden");
    if (!box) return;
    const attributes = { x: box.left, y: box.top, width: box.right - box.left, height: box.bottom - box.top };
    for (const [name, value] of Object.entries(attributes)) this.box.setAttribute(name, String(value));
  }

  /** @param {{x: number, y: number}[] | null} points */
  showLasso(points) {
    this.lasso.setAttribute("visibility", points ? "visible" : "hidden");
    if (points) this.lasso.setAttribute("d", `M${points.map(({ x, y }) => `${x} ${y}`).join("L")}Z`);
  }

  /** The ends of a chosen edge, by which it is led elsewhere. @param {{x: number, y: number}[]} ends */
  showEnds(ends) {
    this.ends.replaceChildren();
    for (const { x, y } of ends) svg("circle", { class: "fc-port is-end", cx: x, cy: y, r: PORT_RADIUS }, this.ends);
  }

  /** @param {import("../model/snap.js").Guide[]} guides */
  showGuides(guides) {
    this.guides.replaceChildren();
    for (const { axis, at, from, to } of guides) {
      const ends =
        axis === "x"
          ? { x1: at, x2: at, y1: from - 8, y2: to + 8 }
          : { y1: at, y2: at, x1: from - 8, x2: to + 8 };
      svg("line", ends, this.guides);
    }
  }

  clear() {
    this.showWire(null);
    this.showBox(null);
    this.showGuides([]);
    this.showPorts(null);
  }
}
