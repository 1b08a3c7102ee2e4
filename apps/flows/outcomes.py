"""What the engine is told of an attempt that the shepherd has done with."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from apps.engine.plan import GivenBack, Happening, KillFailed, Reported
from apps.flows.losses import may_run_again
from apps.jobs.supervisor import boot_id
from apps.jobs.wards import Outcome

OVERDUE = "it ran longer than its time limit and was ended"
LOST = "its process is gone and left no result: its supervisor was killed"
REBOOTED = "its host was restarted while it ran, so it left no result"


def happening_of(outcome: Outcome, now: datetime) -> tuple[int, Happening]:
    """The run, and what it is told."""
    run_id, ordinal, token = map(int, outcome.key.split("."))
    return run_id, _happening(run_id, ordinal, token, outcome, now)


def still_there(happening: Happening, why: str, *, is_overdue: bool) -> Happening:
    """What is told of an attempt that was told to end, and of which something may be left elsewhere."""
    if isinstance(happening, KillFailed):
        return replace(happening, reason=f"{happening.reason}; {why}")
    if not isinstance(happening, Reported):
        return happening
    if is_overdue:
        # Another try beside what is left of this one would do the work twice.
        return replace(happening, reason=f"{OVERDUE}; {why}", retryable=False)
    return KillFailed(happening.ordinal, happening.token, why)


def _happening(run_id: int, ordinal: int, token: int, outcome: Outcome, now: datetime) -> Happening:
    status = outcome.status
    if outcome.is_unkillable:
        left = ", ".join(map(str, outcome.left))
        return KillFailed(ordinal, token, f"still there after SIGKILL: processes {left}")
    if outcome.is_lost:
        reason = LOST if status.boot in ("", boot_id()) else REBOOTED
        again = may_run_again(run_id, ordinal)
        return Reported(ordinal, token, None, now, reason, lost=True, retryable=again)
    if outcome.is_withdrawn and not status.reason:
        return GivenBack(ordinal, token)
    if outcome.is_overdue:
        return Reported(ordinal, token, status.exit_code or None, now, OVERDUE)
    return Reported(ordinal, token, status.exit_code, now, status.reason, outputs=outcome.outputs)
