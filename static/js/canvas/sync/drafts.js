/**
 * Steps that are not saved yet, kept where a crash of the tab does not reach them. Each open
 * page writes its own draft; one that nobody has renewed for a while was left behind.
 */

export const LEFT_BEHIND_AFTER_MS = 12000;
export const RENEW_EVERY_MS = 5000;

/** @typedef {{version: number, client: string, sent: number, steps: any[]}} Draft */

export class Drafts {
  /**
   * @param {string} address of the document
   * @param {string} client this page
   * @param {Storage | null} storage
   * @param {() => number} clock
   */
  constructor(address, client, storage, clock = () => Date.now()) {
    this.prefix = `headrace.draft:${address}:`;
    this.key = this.prefix + client;
    this.storage = storage;
    this.clock = clock;
  }

  /** @param {Draft} draft @returns {boolean} whether it could be kept */
  keep(draft) {
    try {
      this.storage?.setItem(this.key, JSON.stringify({ ...draft, at: this.clock() }));
      return Boolean(this.storage);
    } catch {
      return false;
    }
  }

  drop() {
    this.storage?.removeItem(this.key);
  }

  /** Drafts of pages that are gone, the oldest first; they are this page's now. @returns {Draft[]} */
  takeLeftBehind() {
    if (!this.storage) return [];
    const keys = Array.from({ length: this.storage.length }, (_, i) => this.storage.key(i));
    const found = [];
    for (const key of keys) {
      if (!key?.startsWith(this.prefix) || key === this.key) continue;
      const draft = read(this.storage.getItem(key));
      if (draft && this.clock() - draft.at < LEFT_BEHIND_AFTER_MS) continue;
      this.storage.removeItem(key);
      if (draft?.steps?.length) found.push(draft);
    }
    return found.sort((a, b) => a.at - b.at);
  }
}

function read(text) {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return null;
  }
}
