/** Laying out takes a while: it is done beside the page. */

import { layered } from "./layered.js";

self.addEventListener("message", ({ data }) => {
  const { x, y } = layered(data);
  self.postMessage({ x, y });
});
