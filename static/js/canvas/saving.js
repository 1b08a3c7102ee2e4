/** Joins the saver to an open drawing: what it hears from the editing, what it tells the page. */

import { Drafts, LEFT_BEHIND_AFTER_MS, RENEW_EVERY_MS } from "./sync/drafts.js";
import { DocumentAddress } from "./sync/http.js";
import { Sync } from "./sync/sync.js";
import { fill, gettext, ngettext } from "./text.js";

/**
 * @param {any} stage
 * @param {{src: string, version: number, signal: AbortSignal, voice: import("./voice.js").Voice, reload: (text?: string) => void, serverProblems: (problems: any[]) => void}} parts
 */
export function saveChanges(stage, { src, version, signal, voice, reload, serverProblems }) {
  const client = newClientId();
  const conflict = ({ refused, since, places, message }) => {
    stage.editing.history.forget(places);
    stage.selection.prune(stage.doc);
    if (!refused.length) return;
    const text = message || conflictText(refused, since);
    voice.warn(text);
    stage.emit("dag:conflict", { message: text, since, refused: refused.map((step) => step.label) });
  };
  const sync = new Sync({
    doc: stage.doc,
    version,
    address: new DocumentAddress(src),
    drafts: new Drafts(src, client, storage()),
    client,
    listener: {
      saved({ version: saved, problems }) {
        stage.emit("dag:saved", { version: saved });
        if (problems) serverProblems(problems);
      },
      dirty: (unsaved) => stage.emit("dag:dirty", { unsaved }),
      conflict,
      failed({ status, message, final }) {
        const text =
          message ||
          (final
            ? gettext("The drawing can not be saved.")
            : gettext("Not saved yet: the server can not be reached. It is tried again."));
        if (final) voice.warn(text);
        else voice.notify(text);
        stage.emit("dag:dirty", { unsaved: sync.pending.length, message: text });
      },
      replaced({ refused, since }) {
        conflict({ refused, since, places: [""] });
        reload();
      },
    },
  });
  stage.editing.onStep((step) => sync.record(step));
  const renewal = setInterval(() => sync.renew(), RENEW_EVERY_MS);
  window.addEventListener("pagehide", () => sync.save({ last: true }), { signal });
  takeUpDrafts(sync, voice);
  // A page that was closed a moment ago may still be saving: what it leaves is known a little later.
  const again = setTimeout(() => takeUpDrafts(sync, voice), LEFT_BEHIND_AFTER_MS);
  signal.addEventListener("abort", () => {
    clearInterval(renewal);
    clearTimeout(again);
    sync.save({ last: true });
    sync.stop();
  });
  return sync;
}

async function takeUpDrafts(sync, voice) {
  const drafts = sync.drafts.takeLeftBehind();
  for (const draft of drafts) await sync.adopt(draft);
  if (drafts.length) voice.notify(gettext("Changes that were not saved last time are here again."));
}

function conflictText(refused, since) {
  const authors = [...new Set(since.map((entry) => entry.author).filter(Boolean))].join(", ");
  const labels = [...new Set(refused.map((step) => step.label))].join(", ");
  const count = refused.length;
  const text = authors
    ? ngettext(
        "%(authors)s changed the same part of this drawing. Your change was not kept: %(labels)s.",
        "%(authors)s changed the same parts of this drawing. Your changes were not kept: %(labels)s.",
        count,
      )
    : ngettext(
        "This drawing was changed elsewhere. Your change was not kept: %(labels)s.",
        "This drawing was changed elsewhere. Your changes were not kept: %(labels)s.",
        count,
      );
  return fill(text, { authors, labels });
}

function storage() {
  try {
    return window.localStorage;
  } catch {
    return null; // switched off in this browser
  }
}

/** `crypto.randomUUID` is missing where the page is not secure. */
function newClientId() {
  const words = crypto.getRandomValues(new Uint32Array(4));
  return [...words].map((word) => word.toString(16).padStart(8, "0")).join("-");
}
