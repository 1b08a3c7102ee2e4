/**
 * Saving: 800 ms after the last change the steps since the last save go out as operations on
 * the version they were made on. One request at a time; a lost answer is recognised by our
 * own mark on what the server tells us happened since.
 */

import { applyAll } from "../model/ops.js";
import { rebase, redo } from "./rebase.js";

const QUIET_MS = 800;
const FIRST_RETRY_MS = 2000;
const LONGEST_RETRY_MS = 30000;

/** @typedef {{label: string, ops: any[], inverse: any[]}} Step */

export class Sync {
  /** Done here, not known to be saved. @type {Step[]} */
  pending = [];
  /** How many of them the request under way, or without an answer, carries. */
  sent = 0;
  sending = false;
  stopped = false;
  #timer = 0;
  #retryAfter = FIRST_RETRY_MS;

  /**
   * @param {object} parts
   * @param {import("../model/doc.js").GraphDoc} parts.doc
   * @param {number} parts.version
   * @param {{save: Function}} parts.address
   * @param {import("./drafts.js").Drafts} parts.drafts
   * @param {string} parts.client
   * @param {{saved: Function, dirty: Function, conflict: Function, failed: Function, replaced: Function}} parts.listener
   */
  constructor({ doc, version, address, drafts, client, listener }) {
    Object.assign(this, { doc, version, address, drafts, client, listener });
  }

  /** @param {Step} step */
  record(step) {
    this.pending.push(step);
    this.#keepDraft();
    this.listener.dirty(this.pending.length);
    this.#saveIn(QUIET_MS);
  }

  /** @param {{last?: boolean}} [options] */
  async save(options) {
    if (this.sending || this.stopped || !this.pending.length) return;
    clearTimeout(this.#timer);
    this.sending = true;
    // What an unanswered request carried goes again alone, so that it can be recognised.
    this.sent ||= this.pending.length;
    this.#keepDraft();
    const batch = this.pending.slice(0, this.sent);
    const answer = await this.address.save(
      {
        version: this.version,
        ops: batch.flatMap((step) => step.ops),
        label: labelOf(batch),
        client: this.client,
      },
      options,
    );
    this.sending = false;
    this.#receive(answer);
  }

  /** Take up steps of a page that is gone. @param {import("./drafts.js").Draft} draft */
  async adopt(draft) {
    if (draft.version === this.version) {
      this.#resume(draft.steps, []);
      return;
    }
    const ops = draft.steps.slice(0, draft.sent || undefined).flatMap((step) => step.ops);
    const { status, body } = await this.address.save({
      version: draft.version,
      ops,
      label: "",
      client: draft.client,
    });
    if (status !== 412) return;
    const theirs = body.since.filter((entry) => entry.client !== draft.client);
    const landed = theirs.length < body.since.length ? draft.sent : 0;
    this.#resume(
      draft.steps.slice(landed),
      theirs.map((entry) => entry.ops),
    );
  }

  /**
   * Others saved: take over what they did, before we save ourselves.
   * @param {number} version that the server is at
   * @param {(since: number) => Promise<{version: number, since: any[]} | null>} ask
   */
  async catchUp(version, ask) {
    if (this.stopped || this.sending || this.sent || version <= this.version) return;
    const { version: mine } = this;
    const news = await ask(mine);
    if (!news || this.stopped || this.sending || this.sent || this.version !== mine) return;
    clearTimeout(this.#timer);
    if (news.since.length) this.#overtaken(news);
    if (this.pending.length) this.#saveIn(QUIET_MS);
  }

  /** Keep the draft ours while there is one. */
  renew() {
    if (this.pending.length) this.#keepDraft();
  }

  stop() {
    clearTimeout(this.#timer);
    this.stopped = true;
  }

  #resume(steps, theirs) {
    const { kept, refused } = redo(this.doc, steps, theirs);
    this.doc.flush();
    for (const step of kept) this.record(step);
    if (refused.length) this.listener.conflict({ refused, since: [], places: [] });
  }

  #receive({ status, body }) {
    if (status === 200) this.#landed(body);
    else if (status === 412) this.#overtaken(body);
    else if (status === 400 || status === 422) this.#rejected(body);
    else if (status === 401 || status === 403 || status === 404 || status === 409) {
      this.listener.failed({ status, message: body?.message ?? "", final: true });
    } else this.#retry(status);
  }

  #landed({ version, problems }) {
    this.pending.splice(0, this.sent);
    this.sent = 0;
    this.version = version;
    this.#retryAfter = FIRST_RETRY_MS;
    this.#keepDraft();
    this.listener.saved({ version, problems: problems ?? null });
    this.listener.dirty(this.pending.length);
    if (this.pending.length) this.#saveIn(QUIET_MS);
  }

  #overtaken({ version, since }) {
    const news = since.filter((entry) => entry.version > this.version);
    const theirs = news.filter((entry) => entry.client !== this.client);
    if (theirs.length < news.length) this.pending.splice(0, this.sent);
    this.sent = 0;
    this.version = version;
    if (theirs.some((entry) => entry.ops.some((op) => op.op === "replace"))) {
      const refused = this.pending;
      this.pending = [];
      this.#keepDraft();
      this.listener.replaced({ refused, since: theirs });
      return;
    }
    const { kept, refused, places } = rebase(
      this.doc,
      this.pending,
      theirs.map((entry) => entry.ops),
    );
    this.pending = kept;
    this.doc.flush();
    this.#keepDraft();
    this.listener.dirty(kept.length);
    this.listener.conflict({ refused, since: theirs, places });
    if (kept.length) this.#saveIn(0);
    else this.listener.saved({ version, problems: null });
  }

  /** The server does not take what we did: our drawing and its are no longer the same. */
  #rejected(body) {
    const refused = this.pending;
    for (const step of [...refused].reverse()) applyAll(this.doc, step.inverse);
    this.pending = [];
    this.sent = 0;
    this.doc.flush();
    this.#keepDraft();
    this.listener.dirty(0);
    this.listener.conflict({ refused, since: [], places: [""], message: body?.message });
  }

  #retry(status) {
    this.listener.failed({ status, message: "", final: false });
    this.#saveIn(this.#retryAfter);
    this.#retryAfter = Math.min(LONGEST_RETRY_MS, this.#retryAfter * 2);
  }

  #saveIn(milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.save(), milliseconds);
  }

  #keepDraft() {
    if (!this.pending.length) {
      this.drafts.drop();
      return;
    }
    const { version, client, sent, pending } = this;
    this.drafts.keep({ version, client, sent, steps: pending });
  }
}

/** @param {Step[]} steps */
function labelOf(steps) {
  const labels = [...new Set(steps.map((step) => step.label))];
  return labels.length > 3 ? `${labels.slice(0, 3).join(", ")} …` : labels.join(", ");
}
