/** <relative-time><time datetime=… title=exact>3 minutes ago</time></relative-time>: stays true. */

const MONTH = 30 * 24 * 3600;
const UNITS = [
  ["day", 24 * 3600],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];
const shown = new Set();
const words = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "always" });

class RelativeTime extends HTMLElement {
  connectedCallback() {
    shown.add(this);
  }

  disconnectedCallback() {
    shown.delete(this);
  }

  update(now) {
    const time = this.querySelector("time");
    const passed = Math.floor((now - Date.parse(time?.dateTime)) / 1000);
    // What is just now, in the future or long ago stays as the server wrote it.
    if (!(passed >= 5 && passed < MONTH)) return;
    const [unit, size] = UNITS.find(([, seconds]) => passed >= seconds);
    const text = words.format(-Math.floor(passed / size), unit);
    if (time.textContent !== text) time.textContent = text;
  }
}

setInterval(() => {
  if (document.hidden) return;
  const now = Date.now();
  for (const element of shown) element.update(now);
}, 5000);

customElements.define("relative-time", RelativeTime);
