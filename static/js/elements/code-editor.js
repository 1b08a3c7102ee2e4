/**
 * <code-editor base="/static/django_ace/ace" mode="sh"><textarea name="content">…</textarea></code-editor>
 *
 * The textarea is the field: it works alone, and what is typed into the editor is copied into
 * it at once. The mode can be changed later by the `mode` attribute.
 */

import { hintValues } from "./code-hints.js";

const LIGHT = "ace/theme/github_light_default";
const DARK = "ace/theme/github_dark";
const dark = window.matchMedia("(prefers-color-scheme: dark)");
let loading;

/** Ace is a plain script that makes one global; it is fetched once, when the first editor is shown. */
function load(base) {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `${base}/ace.js`;
    script.onload = () => {
      window.ace.config.set("basePath", base);
      resolve(window.ace);
    };
    script.onerror = reject;
    document.head.append(script);
  });
  return loading;
}

class CodeEditor extends HTMLElement {
  static observedAttributes = ["mode"];

  async connectedCallback() {
    const field = this.querySelector("textarea");
    if (!field || this.editor) return;
    const ace = await load(this.getAttribute("base"));
    if (!this.isConnected) return;
    const place = document.createElement("div");
    field.hidden = true;
    field.after(place);
    this.editor = ace.edit(place, {
      value: field.value,
      mode: `ace/mode/${this.getAttribute("mode") || "text"}`,
      readOnly: field.readOnly || field.matches(":disabled"),
      fontSize: 12.5,
      fontFamily: "var(--mono)",
      showPrintMargin: false,
      useWorker: false,
      useSoftTabs: true,
      tabSize: 2,
      minLines: Number(this.getAttribute("min-lines") ?? 14),
      maxLines: Number(this.getAttribute("max-lines") ?? 34),
      highlightActiveLine: false,
      enableKeyboardAccessibility: true,
    });
    this.editor.renderer.setPadding(12);
    this.editor.renderer.setScrollMargin(8, 8);
    const label = field.labels?.[0]?.textContent ?? field.getAttribute("aria-label");
    if (label) this.editor.textInput.getElement().setAttribute("aria-label", label.trim());
    this.editor.session.on("change", () => {
      field.value = this.editor.getValue();
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    this.stopHints = hintValues(ace, this.editor, this);
    this.#followTheme();
  }

  disconnectedCallback() {
    this.stop?.();
    this.stopHints?.();
    this.editor?.destroy();
    this.editor = undefined;
  }

  attributeChangedCallback(_name, _before, mode) {
    this.editor?.session.setMode(`ace/mode/${mode || "text"}`);
  }

  #followTheme() {
    const root = document.documentElement;
    const apply = () => {
      const theme = root.dataset.theme;
      this.editor?.setTheme(theme === "dark" || (theme !== "light" && dark.matches) ? DARK : LIGHT);
    };
    const watch = new MutationObserver(apply);
    watch.observe(root, { attributeFilter: ["data-theme"] });
    dark.addEventListener("change", apply);
    this.stop = () => {
      watch.disconnect();
      dark.removeEventListener("change", apply);
    };
    apply();
  }
}

customElements.define("code-editor", CodeEditor);
