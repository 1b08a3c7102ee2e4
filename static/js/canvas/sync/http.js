/** The document's address: read it, save operations on a version of it. */

/**
 * @typedef {object} Answer
 * @property {number} status 0 when the server could not be reached
 * @property {any} body
 */

export class DocumentAddress {
  /** @param {string} url */
  constructor(url) {
    this.url = url;
  }

  /** @returns {Promise<Answer>} */
  read() {
    return this.#ask({ headers: { Accept: "application/json" } });
  }

  /**
   * @param {{version: number, ops: any[], label: string, client: string}} step
   * @param {{last?: boolean}} [options] the page is going away: let the request outlive it
   * @returns {Promise<Answer>}
   */
  save({ version, ops, label, client }, { last = false } = {}) {
    return this.#ask({
      method: "PATCH",
      keepalive: last,
      headers: {
        Accept: "application/json",
        "Content-Type": "application/json",
        "If-Match": `"${version}"`,
        "X-CSRFToken": csrfToken(),
      },
      body: JSON.stringify({ ops, label, client }),
    });
  }

  async #ask(options) {
    try {
      const response = await fetch(this.url, { credentials: "same-origin", ...options });
      const isJson = response.headers.get("Content-Type")?.includes("json");
      return { status: response.status, body: isJson ? await response.json() : null };
    } catch {
      return { status: 0, body: null };
    }
  }
}

/**
 * The text of a drawing by itself: packed on its way, and not asked for twice while it is the same.
 * @param {string} url
 * @returns {Promise<{version: number, text: string} | null>}
 */
export async function readText(url) {
  const response = await fetch(url).catch(() => null);
  const version = Number(/"(\d+)"/.exec(response?.headers.get("ETag") ?? "")?.[1]);
  return response?.ok && version ? { version, text: await response.text() } : null;
}

/** From the cookie, or from the page where the cookie is not for scripts. */
export function csrfToken() {
  const cookie = document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/);
  if (cookie) return decodeURIComponent(cookie[1]);
  const field = document.querySelector("input[name=csrfmiddlewaretoken]");
  if (field instanceof HTMLInputElement) return field.value;
  const headers = document.querySelector("[hx-headers]")?.getAttribute("hx-headers") ?? "";
  return headers.match(/"X-CSRFToken"\s*:\s*"([^"]+)"/i)?.[1] ?? "";
}
