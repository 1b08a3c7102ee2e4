/**
 * What a comparison of canvases needs of ours: `window.bench` over `<flow-canvas>`. The page that
 * loads it has a `#host`, our style sheets and `canvas/main.js`.
 */

const host = document.getElementById("host");
let stage;

const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));

window.bench = {
  /** @param {any} graph EMR Graph JSON */
  async load(graph) {
    const canvas = document.createElement("flow-canvas");
    const given = document.createElement("script");
    given.type = "application/json";
    given.className = "drawing";
    given.textContent = JSON.stringify({ version: 1, text: JSON.stringify(graph) });
    canvas.append(given);
    host.append(canvas);
    while (!canvas.stage) await frame();
    stage = canvas.stage;
  },
  setView: (x, y, zoom) => stage.camera.centreOn(x, y, zoom),
  panBy: (dx, dy) => stage.camera.panBy(dx, dy),
  fit: () => stage.fit(),
  zoom: () => stage.camera.zoom,
  pos: (id) => {
    const { x, y } = stage.doc.nodes.get(id);
    return [x, y];
  },
  busy: () => stage.scene.bitmap.busy,
};
