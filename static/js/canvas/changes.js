/** What actions change, where that takes more than a line. */

import { arrange } from "./layout/arrange.js";
import { ableOps, moveTo, remove } from "./model/commands.js";
import { boxOf } from "./model/geometry.js";
import { flyTo, glide } from "./render/animate.js";
import { fill, gettext, ngettext } from "./text.js";

const MOST_GLIDING_NODES = 500;

export const jobsOf = (stage) => stage.chosen.filter((node) => node.role === "JOB");

export function place(stage, label, places) {
  const before = new Map(stage.chosen.map((node) => [node.id, { x: node.x, y: node.y }]));
  stage.edit(label, moveTo(stage.doc, places));
  glide(stage.scene, before);
  stage.announce(label);
}

export function disable(stage) {
  const nodes = jobsOf(stage);
  const off = nodes.some((node) => !node.disabled);
  const label = off ? gettext("Disable") : gettext("Enable");
  stage.edit(label, ableOps(nodes, off));
  const said = off
    ? ngettext("%(count)s node disabled.", "%(count)s nodes disabled.", nodes.length)
    : ngettext("%(count)s node enabled.", "%(count)s nodes enabled.", nodes.length);
  stage.announce(fill(said, { count: nodes.length }));
}

export function deleteChosen(stage) {
  const { doc, selection } = stage;
  const count = selection.nodes.size || selection.edges.size;
  const next = stage.chosen.flatMap((node) => node.incoming.map((edge) => edge.source?.id));
  const hadFocus = stage.host.contains(document.activeElement);
  stage.edit(gettext("Delete"), remove(doc, selection.nodes, selection.edges));
  const heir = doc.nodes.get(next.find((id) => doc.nodes.has(id))) ?? doc.nodes.get(selection.focus);
  if (hadFocus && heir) stage.focusNode(heir);
  stage.announce(fill(ngettext("%(count)s removed.", "%(count)s removed.", count), { count }));
}

/** @param {any} stage @param {any[] | null} nodes nothing is all of them */
export async function layOut(stage, nodes) {
  stage.host.setAttribute("aria-busy", "true");
  try {
    const ops = moveTo(stage.doc, await arrange(stage.doc, nodes));
    const before = new Map([...stage.doc.nodes.values()].map((node) => [node.id, { x: node.x, y: node.y }]));
    stage.edit(gettext("Arrange"), ops);
    if (before.size <= MOST_GLIDING_NODES) glide(stage.scene, before);
    if (!nodes) stage.fit();
    stage.announce(gettext("The drawing is arranged."));
  } catch {
    stage.notify(gettext("The drawing could not be arranged."));
  } finally {
    stage.host.removeAttribute("aria-busy");
  }
}

/** Show where a node is. @param {any} stage @param {any} node */
export function flyToNode(stage, node) {
  const { camera } = stage;
  flyTo(camera, node, Math.max(0.8, Math.min(1, camera.zoom)));
  camera.reveal(boxOf(node));
}
