/**
 * `<flow-canvas>`: the only thing a page knows of the editor. It reads a drawing, puts the
 * parts together, and speaks to the page in `dag:` events.
 *
 * Attributes: `drawing` where the text is read first, with its version as ETag; `src` where the
 * document is read and saved; `mode` edit or view; `states` one character a node by ordinal;
 * `label`; `catalog` where more to add is searched; `jobs` where the settings of jobs are;
 * `reader` what turns other text that is pasted into a graph. A child `<script class="drawing">`
 * with {version, text, problems} spares the first request, a `<script class="remarks">` is a
 * first dag:remarks.
 *
 * It tells (bubbling): dag:ready when it obeys, dag:select {ids, nodes}, dag:open {id}, dag:problems {problems},
 * dag:new {kind, x, y}, dag:dirty {unsaved, message}, dag:saved {version}, dag:conflict
 * {message, since, refused}, dag:menu {of, node, edge, nodes, items} to which a page adds
 * {label, keys, act}. It obeys (on the document): dag:command {name}, dag:locate {id},
 * dag:apply {ops, label}, dag:place {kind, jobId, label, x, y}, dag:states {all} or {changes},
 * dag:remarks as model/remarks.js takes them, dag:news {version, ask} when others saved,
 * dag:checked {problems} of the server, dag:fix {problem} to put right what was told to have a `fix`.
 */

/* `profile="plain"` makes it the drawing of a data flow, which has no start, no end and no jobs. */

import { DocumentError, GraphDoc } from "./model/doc.js";
import { fixOf } from "./model/fixes.js";
import { CODES, findProblems } from "./model/rules.js";
import { fillKeySheet } from "./keysheet.js";
import { addToolbar } from "./toolbar.js";
import { DocumentAddress, readText } from "./sync/http.js";
import { saveChanges } from "./saving.js";
import { Stage } from "./stage.js";
import { gettext } from "./text.js";
import { Voice } from "./voice.js";

const CHECK_AFTER_MS = 120;
/** Below this width the tools stand under the drawing, not beside it. */
const NARROW = 640;
const CONTROLS_HEIGHT = 40;

/** What this person likes, in this browser. */
const PREFERENCES = {
  get(name) {
    try {
      return localStorage.getItem(`canvas.${name}`);
    } catch {
      return null; // switched off
    }
  },
  set(name, value) {
    try {
      localStorage.setItem(`canvas.${name}`, value);
    } catch {
      // As above: it holds until the page is left.
    }
  },
};

class FlowCanvas extends HTMLElement {
  static observedAttributes = ["states"];

  connectedCallback() {
    if (this.stage || this.opening) return;
    this.opening = this.#open().finally(() => (this.opening = null));
  }

  disconnectedCallback() {
    // A page that moves the element elsewhere takes it out first.
    queueMicrotask(() => {
      if (!this.isConnected) this.#close();
    });
  }

  attributeChangedCallback(name, before, after) {
    if (name === "states" && after !== null && before !== after) this.stage?.marks.setAll(after);
  }

  get editable() {
    return this.getAttribute("mode") !== "view";
  }

  async #open() {
    const given = await this.#read();
    if (!this.isConnected) return;
    if (given) this.#show(given);
  }

  /** @returns {Promise<{version: number, text: string, problems?: any[]} | null>} */
  async #read() {
    const inPage = this.querySelector("script.drawing");
    if (inPage && !this.mustReload) return JSON.parse(inPage.textContent);
    const text = this.getAttribute("drawing");
    const given = text && !this.mustReload ? await readText(text) : null;
    if (given) return given;
    const { status, body } = await new DocumentAddress(this.getAttribute("src")).read();
    if (status === 200) return body;
    this.#fail(body?.message || gettext("The drawing can not be read from the server."));
    return null;
  }

  #show({ version, text, problems = [] }) {
    const doc = this.#parse(text);
    if (!doc) return;
    this.abort = new AbortController();
    const { signal } = this.abort;
    this.classList.add("flow-canvas");
    this.classList.toggle("is-viewing", !this.editable);
    this.setAttribute("role", "application");
    this.setAttribute("aria-label", this.getAttribute("label") || gettext("Workflow drawing"));
    this.setAttribute("aria-roledescription", gettext("drawing"));
    this.voice = new Voice(this);
    this.stage = new Stage(this, doc, {
      editable: this.editable,
      signal,
      emit: (name, detail) => this.#emit(name, detail),
      announce: (words) => this.voice.announce(words),
      notify: (words) => this.voice.notify(words),
      preferences: PREFERENCES,
    });
    this.toolbar = addToolbar(this.stage);
    fillKeySheet(this.stage, signal);
    this.#watchSize(signal);
    this.#watchSelection();
    this.#obey(signal);
    if (this.hasAttribute("states")) this.stage.marks.setAll(this.getAttribute("states"));
    const remarks = this.querySelector("script.remarks");
    if (remarks) this.stage.marks.remark(JSON.parse(remarks.textContent));
    this.version = version;
    this.serverProblems = problems;
    if (this.editable) this.#edit(version, signal);
    this.#emit("dag:ready", {});
  }

  #parse(text) {
    try {
      const doc = GraphDoc.parse(text);
      doc.profile = this.getAttribute("profile") === "plain" ? "plain" : "emr";
      return doc;
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error;
      this.#fail(gettext("This drawing can not be shown: its text is not a graph."));
      return null;
    }
  }

  #edit(version, signal) {
    this.#check();
    let timer = 0;
    this.stage.doc.onChange((change) => {
      this.#hint();
      if (!change.structural && !change.nodes.size) return;
      clearTimeout(timer);
      timer = setTimeout(() => this.#check(), CHECK_AFTER_MS);
    });
    this.#hint();
    const src = this.getAttribute("src");
    if (!src) return;
    this.sync = saveChanges(this.stage, {
      src,
      version,
      signal,
      voice: this.voice,
      reload: () => this.#reload(),
      serverProblems: (found) => this.#checkedByServer(found),
    });
  }

  #checkedByServer(problems) {
    this.serverProblems = problems;
    this.#check();
  }

  /** Our own rules at once, and what only the server can know as it last said. */
  #check() {
    if (!this.stage) return;
    const ours = findProblems(this.stage.doc.graph, this.stage.doc.profile);
    const theirs = this.serverProblems.filter((problem) => !CODES.has(problem.code));
    const found = [...ours, ...theirs];
    const problems = this.editable ? found.map((one) => ({ ...one, fix: fixOf(one, this.stage.doc)?.label })) : found;
    const key = JSON.stringify(problems);
    if (key === this.problemsKey) return;
    this.problemsKey = key;
    this.problems = problems;
    this.stage.marks.setProblems(problems);
    this.#emit("dag:problems", { problems });
  }

  #hint() {
    const empty = ![...this.stage.doc.nodes.values()].some((node) => node.role === "JOB");
    if (empty && !this.hint) {
      this.hint = document.createElement("p");
      this.hint.className = "fc-hint";
      this.hint.textContent =
        this.stage.doc.profile === "plain"
          ? gettext("Drag a source onto the drawing to begin, then pull a line from its lower edge to what comes next.")
          : gettext(
              "Drag a job or a kind onto the drawing to begin, or pull a line from a node’s lower edge to where the next one belongs. The key A does it too.",
            );
      this.append(this.hint);
    }
    if (this.hint) this.hint.hidden = !empty;
  }

  #watchSize(signal) {
    let fitted = false;
    const measure = () => {
      if (!this.stage || !this.clientWidth) return;
      this.stage.camera.covered = this.clientWidth < NARROW ? CONTROLS_HEIGHT : 0;
      this.stage.camera.resize(this.clientWidth, this.clientHeight);
      if (!fitted) this.stage.fit();
      fitted = true;
      this.stage.grid.show();
      this.stage.scene.resize();
    };
    const observer = new ResizeObserver(measure);
    observer.observe(this);
    signal.addEventListener("abort", () => observer.disconnect());
    measure();
    this.stage.scene.draw();
  }

  #watchSelection() {
    const { selection, doc } = this.stage;
    let before = "";
    const tell = () => {
      const { chosen: nodes } = this.stage;
      const ids = nodes.map((node) => node.id);
      const key = ids.length === 1 ? `${ids[0]} ${nodes[0].label}` : ids.join(" ");
      if (key === before) return;
      before = key;
      const told = nodes.map(({ id, ordinal, label, kind, jobId }) => ({ id, ordinal, label, kind, jobId }));
      this.#emit("dag:select", { ids, nodes: told });
    };
    selection.onChange(tell);
    doc.onChange(() => queueMicrotask(() => this.stage && tell()));
    this.stage.listen("focusin", (event) => {
      const id = event.target instanceof Element ? event.target.closest(".fc-node")?.dataset.id : null;
      if (id) selection.focusOn(id);
    });
  }

  /** What a page may ask of every drawing on it. @param {AbortSignal} signal */
  #obey(signal) {
    const { stage } = this;
    const orders = {
      "dag:command": ({ name }) => stage.command(name),
      "dag:locate": ({ id }) => stage.locate(id),
      // Whoever asks finds the hits in what it asked with.
      "dag:find": (asked) => asked.nodes.push(...stage.finder.named(asked.text)),
      "dag:apply": ({ ops, label }) => stage.edit(label ?? gettext("Change"), ops),
      "dag:place": (item) => stage.palette.placeMade(item),
      "dag:states": ({ all, changes }) => {
        if (typeof all === "string") stage.marks.setAll(all);
        if (changes) stage.marks.setSome(changes);
      },
      "dag:checked": ({ problems }) => this.#checkedByServer(problems),
      "dag:fix": ({ problem }) => {
        const fix = fixOf(problem, stage.doc);
        if (fix) stage.edit(fix.label, fix.ops);
      },
      "dag:remarks": (news) => stage.marks.remark(news),
      "dag:news": ({ version, ask }) => {
        if (this.sync) this.sync.catchUp(version, ask);
        else if (version > this.version) this.#reload();
      },
    };
    for (const [name, act] of Object.entries(orders)) {
      document.addEventListener(name, (event) => act(event.detail ?? {}), { signal });
    }
  }

  #reload() {
    this.#close();
    this.mustReload = true;
    this.connectedCallback();
  }

  #close() {
    this.abort?.abort();
    this.stage?.destroy();
    this.stage = null;
    this.hint = null;
    for (const child of [...this.children]) if (!child.matches("script")) child.remove();
  }

  #fail(message) {
    const note = document.createElement("p");
    note.className = "fc-hint is-failure";
    note.setAttribute("role", "alert");
    note.textContent = message;
    this.classList.add("flow-canvas");
    this.append(note);
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }
}

customElements.define("flow-canvas", FlowCanvas);
