"""Our states in EMR's words: one for flow instances, one for node instances, one for what runs outside."""

from __future__ import annotations

from collections.abc import Iterable

from apps.engine.states import State
from apps.flows.models import NodeRun, Run
from apps.gateways.rpc.errors import invalid_parameter

FLOW_STATUS: dict[str, str] = {
    State.WAITING: "PREP",
    State.READY: "RUNNING",
    State.RUNNING: "RUNNING",
    State.RETRYING: "RUNNING",
    State.SUSPENDED: "SUSPENDED",
    State.STOPPING: "RUNNING",
    State.SUCCEEDED: "SUCCEEDED",
    State.SKIPPED: "KILLED",
    State.FAILED: "FAILED",
    State.KILLED: "KILLED",
    # Something of it may still be there, so it must not read as KILLED.
    State.KILL_FAILED: "FAILED",
}

NODE_STATUS: dict[str, str] = {
    State.WAITING: "PREP",
    State.READY: "SUBMITTING",
    State.RUNNING: "RUNNING",
    State.RETRYING: "START_RETRY",
    State.SUSPENDED: "PREP",
    State.STOPPING: "RUNNING",
    State.SUCCEEDED: "OK",
    State.SKIPPED: "DONE",
    State.FAILED: "FAILED",
    State.KILLED: "KILLED",
    State.KILL_FAILED: "KILL_FAILED",
}

EXTERNAL_STATUS: dict[str, str] = {
    State.READY: "SUBMITTED",
    State.RUNNING: "RUNNING",
    State.RETRYING: "RUNNING",
    State.STOPPING: "RUNNING",
    State.SUCCEEDED: "SUCCESS",
    State.FAILED: "FAILED",
    State.KILLED: "KILL_SUCCESS",
    State.KILL_FAILED: "KILL_FAILED",
}
#: The reference spells some of them in two ways; both are understood.
_ALIASES = {"FAIL": "FAILED", "KILL_FAIL": "KILL_FAILED"}


def node_status(node: NodeRun, run: Run) -> str:
    # A job that ran alone has nobody else to tell that it was stopped before it started.
    if run.job_id and run.ended_at and node.state == State.WAITING:
        return FLOW_STATUS[run.state]
    # DONE reads as "ended well": a node that never ran because something before it went wrong did not.
    if node.state == State.SKIPPED and node.bad:
        return "PREP"
    return NODE_STATUS[node.state]


def read_flow_statuses(words: Iterable[str]) -> list[str]:
    """The states that a StatusList of flow instances asks for."""
    return _read(words, FLOW_STATUS)


def read_external_statuses(words: Iterable[str]) -> list[str]:
    """The states that a StatusList of node or job instances asks for: it filters ExternalStatus."""
    return _read(words, EXTERNAL_STATUS)


def _read(words: Iterable[str], table: dict[str, str]) -> list[str]:
    states: list[str] = []
    for word in words:
        wanted = _ALIASES.get(word.strip().upper(), word.strip().upper())
        found = [state for state, status in table.items() if status == wanted]
        if not found:
            known = ", ".join(dict.fromkeys(table.values()))
            raise invalid_parameter("StatusList", f"{word} is none of {known}")
        states += found
    return states
