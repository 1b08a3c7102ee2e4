/** While a loose node is held over an edge, the edge that would be led through it is lit. */

const REACH_PX = 16;

/** @param {any} stage @param {{x: number, y: number} | null} at the node's middle, nothing ends it @returns {any} the edge */
export function aimAtEdge(stage, at) {
  const { appearance } = stage.scene;
  const edge = at && stage.places.edgeAt(at.x, at.y, REACH_PX / Math.max(0.5, stage.camera.zoom));
  const before = stage.doc.edges.get(appearance.aimedEdge);
  if (before === (edge ?? undefined)) return edge;
  appearance.aimedEdge = edge?.id ?? null;
  stage.scene.redraw([], [before, edge].filter(Boolean));
  return edge;
}
