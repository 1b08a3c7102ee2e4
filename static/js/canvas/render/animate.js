/** Short movements that help the eye follow; none where less motion is wanted. */

const GLIDE_MS = 260;

const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const easeOut = (t) => 1 - (1 - t) ** 3;

/** @param {(progress: number) => void} step @param {() => void} [done] */
function animate(step, done = () => {}) {
  const began = performance.now();
  const frame = () => {
    const t = Math.min(1, (performance.now() - began) / GLIDE_MS);
    step(easeOut(t));
    if (t < 1) requestAnimationFrame(frame);
    else done();
  };
  frame();
}

/**
 * Nodes glide from where they were to where they are.
 * @param {import("./scene.js").Scene} scene
 * @param {Map<string, {x: number, y: number}>} before
 */
export function glide(scene, before) {
  if (still()) return;
  const nodes = [...scene.doc.nodes.values()].filter((node) => before.has(node.id));
  animate(
    (t) => {
      const places = nodes.map((node) => {
        const from = before.get(node.id);
        const at = {
          x: from.x + (node.x - from.x) * t,
          y: from.y + (node.y - from.y) * t,
          w: node.w,
          h: node.h,
        };
        return [node, at];
      });
      scene.displace(new Map(places));
    },
    () => scene.settle(),
  );
}

/** @param {import("../model/camera.js").Camera} camera @param {{x: number, y: number}} target @param {number} zoom */
export function flyTo(camera, target, zoom) {
  if (still()) {
    camera.centreOn(target.x, target.y, zoom);
    return;
  }
  const from = camera.toWorld(camera.width / 2, camera.height / 2);
  const began = camera.zoom;
  animate((t) => {
    const mix = (a, b) => a + (b - a) * t;
    camera.centreOn(mix(from.x, target.x), mix(from.y, target.y), began * (zoom / began) ** t);
  });
}
