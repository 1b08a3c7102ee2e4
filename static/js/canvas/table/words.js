/** The heads of the table's columns, and how its parts are made. */

import { gettext } from "../text.js";

export const TITLES = {
  label: () => gettext("Name"),
  kind: () => gettext("Kind"),
  enabled: () => gettext("Runs"),
  host: () => gettext("Host"),
  run_as: () => gettext("Runs as"),
  max_retry: () => gettext("Retries"),
  retry_interval: () => gettext("Retry after, s"),
  max_running_seconds: () => gettext("Time limit, s"),
  fail_act: () => gettext("When it fails"),
};

export function element(tag, role, attributes = {}) {
  const made = document.createElement(tag);
  made.setAttribute("role", role);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
