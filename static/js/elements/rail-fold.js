/** <rail-fold>: folds the rail to its icons; a cookie lets the server draw it folded next time. */

const A_YEAR = 365 * 24 * 3600;

class RailFold extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", () => {
      const root = document.documentElement;
      root.dataset.rail = root.dataset.rail === "narrow" ? "wide" : "narrow";
      document.cookie = `rail=${root.dataset.rail}; path=/; max-age=${A_YEAR}; samesite=lax`;
    });
  }
}

customElements.define("rail-fold", RailFold);
