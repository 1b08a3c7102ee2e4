/** The settings of the jobs that a drawing names: read once, changed at once, saved soon. */

import { csrfToken } from "./http.js";

const QUIET_MS = 500;

export class JobSettings {
  /** By job, as the server names them. @type {Record<string, any>} */
  values = {};
  choices = {};
  limits = {};
  /** @type {Record<string, Record<string, any>>} */
  #pending = {};
  #timer = 0;
  #sending = false;

  /** @param {string} url @param {{changed: () => void, failed: (message: string) => void, saved: (unsaved: boolean) => void}} listener */
  constructor(url, listener) {
    this.url = url;
    this.listener = listener;
  }

  async read() {
    const answer = await fetch(this.url, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok) return;
    const { jobs, choices, limits } = await answer.json();
    Object.assign(this, { values: jobs, choices, limits });
    this.listener.changed();
  }

  /**
   * @param {Record<string, Record<string, any>>} changes
   * @returns {Record<string, Record<string, any>>} what takes them back
   */
  set(changes) {
    const before = {};
    for (const [job, fields] of Object.entries(changes)) {
      if (!this.values[job]) continue;
      before[job] = {};
      for (const [field, value] of Object.entries(fields)) {
        before[job][field] = this.values[job][field];
        this.values[job][field] = value;
        (this.#pending[job] ??= {})[field] = value;
      }
    }
    this.listener.changed();
    this.listener.saved(true);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#save(), QUIET_MS);
    return before;
  }

  async #save() {
    if (this.#sending || !Object.keys(this.#pending).length) return;
    const sent = this.#pending;
    this.#pending = {};
    this.#sending = true;
    const answer = await fetch(this.url, {
      method: "POST",
      headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
      body: JSON.stringify({ jobs: sent }),
    }).catch(() => null);
    this.#sending = false;
    if (answer?.ok) {
      this.listener.saved(Object.keys(this.#pending).length > 0);
    } else {
      const body = await answer?.json().catch(() => null);
      this.listener.failed(body?.message ?? "");
      await this.read(); // what the server has is what is shown
    }
    if (Object.keys(this.#pending).length) this.#timer = setTimeout(() => this.#save(), QUIET_MS);
  }
}
