/**
 * What happens on the server, as events on `document`: live:states, live:log, live:runs,
 * live:drawing, live:people.
 *
 * The page says what it watches in its markup: `data-live="run.REF"`, the `topic` of a
 * <log-tail>, the project of the body. One tab holds the one stream for all tabs of this
 * browser (who holds the lock), and passes on what it hears. A stream that is cut is
 * replaced by asking every few seconds, until it can be had again.
 */

import { Stream } from "./live-stream.js";

const NAME = "headrace-live";
const ANNOUNCE = 20_000;
const FORGET = 65_000;
const RUNS_PACE = 1000;

const tab = Math.random().toString(36).slice(2);
const channel = "BroadcastChannel" in window && navigator.locks ? new BroadcastChannel(NAME) : null;
/** What each tab wants: tab -> {topics: {topic: cursor}, at}. Only the leader reads others'. */
const wants = new Map();
const stream = new Stream(onEvent);
let leading = !channel;
let mine = {};

/** Look again at what the page watches. Elements that come and go call it. */
export function refresh() {
  clearTimeout(refresh.timer);
  refresh.timer = setTimeout(() => {
    const found = watched();
    if (Object.keys(found).sort().join() === Object.keys(mine).sort().join()) return;
    mine = found;
    announce();
  }, 50);
}

function watched() {
  const found = {};
  const { project } = document.body.dataset;
  if (project) found[`project.${project}`] = "";
  for (const element of document.querySelectorAll("[data-live]")) {
    found[element.dataset.live] = element.dataset.cursor ?? "";
  }
  for (const log of document.querySelectorAll("log-tail[topic]")) {
    if (log.cursor) found[log.getAttribute("topic")] = log.cursor;
  }
  return found;
}

function announce() {
  wants.set(tab, { topics: mine, at: Date.now() });
  if (leading) apply();
  else channel.postMessage({ type: "want", tab, topics: mine });
}

function apply() {
  const topics = {};
  for (const [name, { topics: wanted, at }] of wants) {
    if (name !== tab && Date.now() - at > FORGET) wants.delete(name);
    else for (const [topic, cursor] of Object.entries(wanted)) topics[topic] = earlier(topics[topic], cursor);
  }
  stream.follow(topics);
}

/** Two tabs at different places of a topic: from where nothing is missed; hearing twice does no harm. */
function earlier(one, other) {
  if (one === undefined || one === other) return other;
  const [a, b] = [one, other].map((cursor) => cursor.split(".").map(Number));
  if (a.length < 2 || b.length < 2) return "";
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]) ? one : other;
}

function onEvent(name, data) {
  channel?.postMessage({ type: "event", name, data });
  hear(name, data);
}

function hear(name, data) {
  if (!(data.topic in mine)) return;
  if (name === "states") mine[data.topic] = String(data.seq);
  if (name === "drawing") mine[data.topic] = String(data.version);
  if (name === "log") mine[data.topic] = `${data.attempt}.${data.offset}`;
  if (name === "runs") paceRuns(data);
  else document.dispatchEvent(new CustomEvent(`live:${name}`, { detail: data }));
}

let latestRuns = null;
let runsTimer = 0;

/** At most one a second, and never without the last. */
function paceRuns(data) {
  latestRuns = data;
  if (runsTimer) return;
  const tell = () => {
    runsTimer = 0;
    if (!latestRuns) return;
    document.dispatchEvent(new CustomEvent("live:runs", { detail: latestRuns }));
    latestRuns = null;
    runsTimer = setTimeout(tell, RUNS_PACE);
  };
  tell();
}

function onMessage({ data: message }) {
  if (message.type === "event" && !leading) hear(message.name, message.data);
  if (message.type === "hello") channel.postMessage({ type: "want", tab, topics: mine });
  if (!leading) return;
  if (message.type === "want") wants.set(message.tab, { topics: message.topics, at: Date.now() });
  if (message.type === "bye") wants.delete(message.tab);
  if (message.type === "want" || message.type === "bye") apply();
}

async function lead() {
  await navigator.locks.request(NAME, () => {
    leading = true;
    channel.postMessage({ type: "hello" });
    announce();
    return new Promise(() => {});
  });
}

if (channel) {
  channel.addEventListener("message", onMessage);
  setInterval(() => (leading ? apply() : announce()), ANNOUNCE);
  window.addEventListener("pagehide", () => channel.postMessage({ type: "bye", tab }));
  window.addEventListener("pageshow", (event) => event.persisted && announce());
  lead();
}
document.addEventListener("htmx:afterSettle", refresh);
// Refreshing a list must not close the menu that is open in it, nor take the field that is typed in.
document.addEventListener("htmx:beforeRequest", (event) => {
  const by = event.detail.requestConfig.triggeringEvent?.type ?? "";
  if (!by.startsWith("live:")) return;
  const { elt } = event.detail;
  if (elt.querySelector("details.menu[open]") || elt.querySelector("input:focus")) event.preventDefault();
});
refresh();
