"""A clock that was put back: what waits for a time that is farther away than anything may wait.

Such a time was written down before the step. It would come an hour late, or a year.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from apps.engine.plan import Woken
from apps.engine.states import State
from apps.flows.admission import LATEST, look_at
from apps.flows.models import NodeRun, Run
from apps.flows.steps import step_each

BATCH = 200
#: Clocks of two hosts may differ by so much.
SLACK = timedelta(seconds=5)


def heed_steps_back(now: datetime) -> None:
    """Wake and look at what was to wait until a time that makes no sense any more."""
    waiting = NodeRun.objects.filter(state=State.RETRYING, wake_at__gt=now + SLACK).order_by("-wake_at")
    rows = list(waiting.values_list("run_id", "ordinal", "wake_at", "retry_interval")[:BATCH])
    step_each(
        (run_id, [Woken(ordinal)])
        for run_id, ordinal, wake_at, interval in rows
        if wake_at and wake_at > now + timedelta(seconds=interval) + SLACK
    )
    held_up = Run.objects.filter(check_at__gt=now + LATEST + SLACK).order_by("-check_at")
    for run_id in list(held_up.values_list("pk", flat=True)[:BATCH]):
        look_at(run_id, now)
