/** The elements of the pages of flows and runs. */

import "./code-editor.js";
import "./flow-compare.js";
import "./flow-editor.js";
import "./flow-palette.js";
import "./flow-people.js";
import "./live.js";
import "./log-tail.js";
import "./new-runs.js";
import "./row-handle.js";
import "./row-list.js";
import "./run-clock.js";
import "./run-figures.js";
import "./run-page.js";
import "./run-replay.js";
