"""Hosts that fell silent, and what becomes of the attempts that they had.

Nobody's time of day is compared with anybody else's: a host is heard of when its sign of
life *changes*, and how long it did not is counted on the monotonic clock of whoever watches.
So a clock that steps by an hour loses no host. Time in which the watcher itself did not look
(it was stopped, or the database was away) does not count either.

After `HEADRACE_SILENT_AFTER` seconds a host is silent, and what it runs is in doubt: when it
is heard of again, everything is as it was. After `HEADRACE_LOST_AFTER` it is lost: in one
transaction the host is marked and its attempts are closed as lost. From then on a report
about one of them changes nothing, for its token is no longer the one of the claim; jobs that
may run again are claimed by whoever serves their cluster. A host that comes back ends what
it still runs of them (see `orphans`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.engine.control import HELD_KINDS
from apps.engine.plan import Happening, KillFailed, Reported
from apps.engine.states import State
from apps.flows.aside import REFUSED, left_for_later
from apps.flows.events import HeldRun, Stale, hold, record
from apps.flows.models import BUSY_STATES, NodeRun
from apps.flows.recoveries import Recovery, named, note
from apps.flows.tries import is_all_elsewhere
from apps.jobs.models import Job
from apps.lib.live import announce
from apps.lib.nudge import nudge
from apps.projects.models import Host

#: A look counts for no more silence than this, however long ago the one before was.
LONGEST_STEP = 5.0
STEP_TRIES = 20
MAY_BE_LEFT = "Whether its processes are gone is not known."


@dataclass(slots=True)
class Silence:
    """How long the last sign of life of a host has been the last one."""

    heard: datetime | None
    seconds: float = 0.0


class HostWatch:
    """Looks after the signs of life of all hosts. Any number of processes may have one."""

    def __init__(self) -> None:
        self.silences: dict[int, Silence] = {}
        self.looked_at: float | None = None

    def look(self, now: float) -> None:
        """Look once, at `now` seconds of a monotonic clock."""
        step = 0.0 if self.looked_at is None else min(now - self.looked_at, LONGEST_STEP)
        self.looked_at = now
        for host in Host.objects.filter(heartbeat_at__isnull=False):
            silence = self.silences.get(host.pk)
            if silence is None or silence.heard != host.heartbeat_at:
                self.silences[host.pk] = Silence(host.heartbeat_at)
                continue
            silence.seconds += step
            self._judge(host, silence)
        give_up_ownerless()

    def _judge(self, host: Host, silence: Silence) -> None:
        if silence.seconds >= settings.HEADRACE_LOST_AFTER:
            give_up(host, silence)
            silence.seconds = 0.0
        elif silence.seconds >= settings.HEADRACE_SILENT_AFTER and not (host.silent_at or host.lost_at):
            doubt(host, silence)


def doubt(host: Host, silence: Silence) -> None:
    """Mark the host as silent, unless it was heard of meanwhile or somebody else did so."""
    now = timezone.now()
    why = f"It was not heard of for {silence.seconds:.0f} s."
    with transaction.atomic():
        same = Host.objects.filter(pk=host.pk, heartbeat_at=silence.heard, silent_at__isnull=True)
        if same.update(silent_at=now):
            note(Recovery.Act.HOST_SILENT, why, now=now, host=host, count=_busy(host.pk).count())


def give_up(host: Host, silence: Silence) -> None:
    """Mark the host as lost and close its attempts, unless it was heard of meanwhile."""
    after = f"{silence.seconds:.0f} s"
    for _ in range(STEP_TRIES):
        now = timezone.now()
        try:
            with transaction.atomic():
                # The host's own sign of life waits for this, or was first: then it is not lost.
                found = Host.objects.select_for_update(no_key=True).filter(pk=host.pk).first()
                if found is None or found.heartbeat_at != silence.heard:
                    return
                lost = _close(found.pk, f"its host {host.name} was not heard of for {after}", now)
                if lost or found.lost_at is None:
                    why = f"It was not heard of for {after}. Its attempts are closed as lost."
                    note(Recovery.Act.HOST_LOST, why, now=now, host=host, count=len(lost), runs=_runs(lost))
                Host.objects.filter(pk=found.pk, lost_at__isnull=True).update(lost_at=now)
            return
        except Stale:
            continue


def give_up_ownerless() -> None:
    """Close attempts whose host was deleted: nobody will ever report about them."""
    if not _busy(None).exists():
        return
    now = timezone.now()
    try:
        with transaction.atomic():
            lost = _close(None, "its host was deleted", now)
            if lost:
                why = "Their host was deleted."
                note(Recovery.Act.OWNERLESS, why, now=now, count=len(lost), runs=_runs(lost))
    except Stale:
        pass  # the next look sees what is left


def may_run_again(run_id: int, ordinal: int) -> bool:
    """Whether an attempt that was lost may be followed by another: the job's own choice."""
    nodes = NodeRun.objects.filter(run_id=run_id, ordinal=ordinal).select_related("frozen")
    return _allows_another(nodes.get())


def _close(host_id: int | None, reason: str, now: datetime) -> list[NodeRun]:
    """Let every attempt of the host end as lost, in the current transaction. Raises Stale.

    Those of a run whose step the database refuses stay as they are; returned are the others.
    """
    busy = list(
        _busy(host_id)
        .select_related("frozen", "run")
        .only(
            "ordinal",
            "token",
            "state",
            "kind",
            "frozen__settings",
            "frozen__content",
            "run__uid",
            "run__name",
            "run__project",
        )
    )
    happenings: dict[int, list[Happening]] = defaultdict(list)
    for node in busy:
        happenings[node.run_id].append(_happening(node, reason, now))
    try:
        held = _step_all(happenings, now)
    except REFUSED:
        held = {}
        for run_id in sorted(happenings):
            with left_for_later(f"the loss of what run {run_id} had on a host"):
                held |= _step_all({run_id: happenings[run_id]}, now)
    if held:
        nudge("flows.wake")
        uids = {run.uid for run in held.values()}
        transaction.on_commit(lambda: announce(uids))
    return [node for node in busy if node.run_id in held]


@transaction.atomic
def _step_all(happenings: Mapping[int, list[Happening]], now: datetime) -> dict[int, HeldRun]:
    held = hold(list(happenings))
    for run_id, run in held.items():
        run.advance(happenings[run_id], now)
    record(held.values(), now)
    return held


def _happening(node: NodeRun, reason: str, now: datetime) -> Happening:
    if node.state == State.STOPPING:
        # "Killed" is only said of what is known to be gone.
        return KillFailed(node.ordinal, node.token, f"{reason}. {MAY_BE_LEFT}", lost=True)
    again = _allows_another(node)
    return Reported(node.ordinal, node.token, None, now, reason, lost=True, retryable=again)


def _allows_another(node: NodeRun) -> bool:
    """A job that must not run twice may be tried again where that only goes on with what it has elsewhere."""
    frozen = node.frozen
    return frozen is None or frozen.settings["loss"] == Job.Loss.AT_LEAST_ONCE or is_all_elsewhere(node)


def _busy(host_id: int | None) -> Any:
    nodes = NodeRun.objects.filter(state__in=BUSY_STATES).exclude(kind__in=HELD_KINDS)
    return nodes.filter(host__isnull=True) if host_id is None else nodes.filter(host_id=host_id)


def _runs(nodes: Iterable[NodeRun]) -> list[dict[str, Any]]:
    return named([node.run for node in nodes])
