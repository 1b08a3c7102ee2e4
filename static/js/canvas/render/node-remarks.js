/** What is said about a node, drawn at its card: a line below it, a bar in it, a sign and people at its corners. */

import { svg } from "./svg.js";

const SIGNS = { added: "M-3.4 0h6.8M0-3.4v6.8", removed: "M-3.4 0h6.8", changed: "M-3-1.6q1.5-2 3 0t3 0M-3 2.2q1.5-2 3 0t3 0", moved: "M-3.4 0h6.6M.8-2.6 3.4 0 .8 2.6" };
const MOST_PEOPLE = 3;

export class NodeRemarks {
  /** @param {SVGElement} root */
  constructor(root) {
    this.root = root;
    this.parts = {};
  }

  /**
   * @param {{w: number, h: number}} node
   * @param {ReturnType<import("../model/remarks.js").Remarks["of"]>} remark
   */
  show(node, { note, paint, people }) {
    this.#line(node, note);
    this.#bar(node, note);
    this.#sign(node, paint);
    this.#people(node, people);
  }

  #line({ h }, note) {
    const text = this.#part("line", Boolean(note?.text), () => svg("text", { class: "fc-took" }, this.root));
    if (!text) return;
    text.setAttribute("x", 4);
    text.setAttribute("y", h + 11);
    text.classList.toggle("is-late", Boolean(note.late));
    if (text.textContent !== note.text) text.textContent = note.text;
  }

  #bar({ w, h }, note) {
    const bar = this.#part("bar", note?.share !== undefined, () => newBar(this.root));
    if (!bar) return;
    const [ground, done] = bar.children;
    const width = w - 16;
    for (const [rect, length] of [[ground, width], [done, Math.max(2, width * Math.min(1, note.share))]]) {
      rect.setAttribute("x", 8);
      rect.setAttribute("y", h - 4.5);
      rect.setAttribute("height", 2);
      rect.setAttribute("width", length);
    }
  }

  #sign({ w }, paint) {
    const sign = this.#part("sign", Boolean(paint), () => newSign(this.root));
    if (!sign) return;
    sign.setAttribute("class", `fc-sign is-${paint}`);
    sign.setAttribute("transform", `translate(${w - 3},3)`);
    sign.lastChild.setAttribute("d", SIGNS[paint]);
  }

  #people(node, people) {
    const group = this.#part("people", Boolean(people), () => svg("g", { class: "fc-people" }, this.root));
    if (!group) return;
    group.replaceChildren(
      ...people.slice(0, MOST_PEOPLE).map((person, place) => {
        const one = svg("g", { transform: `translate(${6 + place * 16},-1)`, style: `--hue: ${person.hue}` });
        svg("circle", { r: 8.5 }, one);
        svg("text", { y: 0.5 }, one).textContent = person.initials;
        one.classList.toggle("is-editing", person.edits);
        return one;
      }),
    );
  }

  #part(name, wanted, make) {
    if (wanted) return (this.parts[name] ??= make());
    this.parts[name]?.remove();
    this.parts[name] = null;
    return null;
  }
}

function newBar(root) {
  const bar = svg("g", { class: "fc-progress" }, root);
  svg("rect", { rx: 1 }, bar);
  svg("rect", { rx: 1, class: "fc-done" }, bar);
  return bar;
}

function newSign(root) {
  const sign = svg("g", {}, root);
  svg("circle", { r: 7.5 }, sign);
  svg("path", {}, sign);
  return sign;
}
