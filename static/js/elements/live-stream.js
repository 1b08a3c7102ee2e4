/** One event stream with the topics of the moment; asks by polling while the stream cannot be had. */

const SILENT = 40_000;
const POLL = 3000;
const RETRY = 30_000;

export class Stream {
  #topics = {};
  #source = null;
  #heard = 0;
  #poll = 0;
  #cut = 0;

  /** @param {(name: string, data: any) => void} tell */
  constructor(tell) {
    this.tell = tell;
    setInterval(() => this.#watchdog(), 10_000);
  }

  /** @param {Record<string, string>} topics each with the cursor it was last seen at, "" for none */
  follow(topics) {
    const same = Object.keys(topics).length === Object.keys(this.#topics).length;
    const known = (topic) => topic in this.#topics && !isBehind(topics[topic], this.#topics[topic]);
    if (same && Object.keys(topics).every(known)) return;
    this.#topics = { ...topics };
    this.#open();
  }

  get #query() {
    const names = Object.keys(this.#topics);
    const cursors = names.filter((name) => this.#topics[name]).map((name) => `${name}:${this.#topics[name]}`);
    return new URLSearchParams({ topics: names.join(","), cursors: cursors.join(",") });
  }

  #open() {
    this.#close();
    if (!Object.keys(this.#topics).length) return;
    const source = new EventSource(`/live/?${this.#query}`);
    this.#source = source;
    this.#heard = Date.now();
    for (const name of ["states", "log", "runs", "drawing", "people"]) {
      source.addEventListener(name, (event) => this.#take(name, JSON.parse(event.data)));
    }
    source.addEventListener("ping", () => (this.#heard = Date.now()));
    source.addEventListener("open", () => (this.#heard = Date.now()));
    source.addEventListener("gone", () => this.#close());
    source.addEventListener("error", () => {
      if (source === this.#source && source.readyState === EventSource.CLOSED) this.#fallBack();
    });
  }

  #close() {
    this.#source?.close();
    this.#source = null;
    clearTimeout(this.#poll);
    this.#poll = 0;
  }

  #take(name, data) {
    this.#heard = Date.now();
    if (name === "states") this.#topics[data.topic] = String(data.seq);
    if (name === "drawing") this.#topics[data.topic] = String(data.version);
    if (name === "log") this.#topics[data.topic] = `${data.attempt}.${data.offset}`;
    this.tell(name, data);
  }

  #fallBack() {
    this.#close();
    this.#cut = Date.now();
    this.#ask();
  }

  async #ask() {
    try {
      const answer = await fetch(`/live/poll/?${this.#query}`, { headers: { Accept: "application/json" } });
      if (answer.ok) for (const { event, data } of (await answer.json()).events) this.#take(event, data);
    } catch {
      // Away: asked again below.
    }
    if (this.#source) return;
    if (Date.now() - this.#cut > RETRY) this.#open();
    else this.#poll = setTimeout(() => this.#ask(), POLL);
  }

  /** A connection can be dead without an error: the server says something every 15 seconds. */
  #watchdog() {
    if (this.#source && Date.now() - this.#heard > SILENT) this.#open();
  }
}

/** Whether a page that comes in at `wanted` would miss what was told until `known`. */
function isBehind(wanted, known) {
  if (wanted === known) return false;
  const [a, b] = [wanted, known].map((cursor) => cursor.split(".").map(Number));
  if (!wanted || !known || a.length !== b.length) return wanted !== known && !wanted;
  return a[0] < b[0] || (a[0] === b[0] && (a[1] ?? 0) < (b[1] ?? 0));
}
