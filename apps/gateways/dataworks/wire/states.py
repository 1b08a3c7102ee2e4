"""Our states in DataWorks' words."""

from __future__ import annotations

from apps.engine.states import State
from apps.flows.models import NodeRun

STATUS: dict[str, str] = {
    State.WAITING: "NotRun",
    State.READY: "WaitResource",
    State.RUNNING: "Running",
    State.RETRYING: "WaitTime",
    State.SUSPENDED: "WaitTime",
    State.STOPPING: "Running",
    State.SUCCEEDED: "Success",
    State.SKIPPED: "Success",
    State.FAILED: "Failure",
    State.KILLED: "Failure",
    State.KILL_FAILED: "Failure",
}


def task_status(node: NodeRun) -> str:
    # Skipped for a branch that was not taken counts as success; skipped for a failure above never ran.
    if node.state == State.SKIPPED and node.bad:
        return "NotRun"
    return STATUS[node.state]


def states_of(status: str) -> list[str]:
    """The states that read as this status; none when there is no such status here."""
    return [state for state, word in STATUS.items() if word.lower() == status.strip().lower()]
