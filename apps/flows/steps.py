"""One step of one run, and the word that it was made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils import timezone

from apps.engine.plan import Happening
from apps.flows.aside import left_for_later
from apps.flows.events import HeldRun, Stale, hold, record
from apps.flows.wake import wake as wake_wardens
from apps.lib.live import announce
from apps.lib.nudge import nudge

#: How often a step is planned anew when others keep changing its run.
STEP_TRIES = 20


def step(run_id: int, happenings: Iterable[Happening]) -> HeldRun | None:
    """One step of one run, planned anew as often as others get in between.

    Returns the run, or None when the happenings changed nothing, or there is no such run any more.
    """
    happenings = list(happenings)
    for _ in range(STEP_TRIES):
        now = timezone.now()
        try:
            with transaction.atomic():
                held = hold([run_id]).get(run_id)
                if held is None:
                    return None
                plan = held.advance(happenings, now)
                record([held], now)
        except Stale:
            continue
        if plan:
            wake([held.uid])
        return held if plan else None
    raise Stale


def step_each(steps: Iterable[tuple[int, Iterable[Happening]]]) -> int:
    """A step of each of these runs; one that cannot be made keeps no other from its own. How many changed."""
    count = 0
    for run_id, happenings in steps:
        with left_for_later(f"the step of run {run_id}"):
            count += step(run_id, happenings) is not None
    return count


def wake(run_uids: Sequence[int]) -> None:
    """Tell the hosts that there is work, and the pages that something changed: hints, both.

    The warden beside this process is told at once, without the way through the broker.
    """
    transaction.on_commit(wake_wardens)
    nudge("flows.wake")
    transaction.on_commit(lambda: announce(run_uids))
