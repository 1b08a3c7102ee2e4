"""Processes of attempts that were closed as lost while this host was not heard of.

The run went on without them, perhaps with another attempt elsewhere, so they are ended.
Only such: what a job that ended by itself left running is its own affair.
"""

from __future__ import annotations

import logging
import math
import signal

from django.utils import timezone

from apps.flows.models import Attempt
from apps.flows.recoveries import Recovery, named, note
from apps.jobs.processes import Of, processes_of_jobs, send
from apps.projects.models import Host

logger = logging.getLogger(__name__)

#: Seconds.
SEARCH_FOR = 60.0
WHY = "This host was given up while they ran: their attempts are closed, and do not count any more."


class Orphans:
    """What this host still runs of attempts that are no longer its own."""

    def __init__(self, host: Host, kill_grace: float) -> None:
        self.host = host
        self.kill_grace = kill_grace
        #: Until when there may be some: from the start, and from when the host was given up, for a while.
        self.search_until = math.inf
        #: When each was asked to end, in seconds of the monotonic clock.
        self.asked: dict[Of, float] = {}

    def tend(self, now: float) -> None:
        """Ask them to end, make them end after the grace, and write down what did."""
        if now > self.search_until and not self.asked:
            return
        if self.search_until == math.inf:
            self.search_until = now + SEARCH_FOR
        left = self._find()
        self._tell(self.asked.keys() - left.keys())
        for attempt, pids in left.items():
            late = now - self.asked.setdefault(attempt, now) >= self.kill_grace
            for pid in pids:
                send(attempt, pid, signal.SIGKILL if late else signal.SIGTERM)

    def expect(self) -> None:
        """There may be some, from now on: also what was asked for before, and starts only now."""
        self.search_until = math.inf

    def _find(self) -> dict[Of, list[int]]:
        there = processes_of_jobs()
        lost = Attempt.objects.filter(
            host=self.host, end=Attempt.End.LOST, node_run__run__uid__in={uid for uid, _, _ in there}
        )
        given_up = set(lost.values_list("node_run__run__uid", "node_run__ordinal", "number"))
        return {attempt: pids for attempt, pids in there.items() if attempt in given_up}

    def _tell(self, gone: set[Of]) -> None:
        if not gone:
            return
        attempts = Attempt.objects.filter(node_run__run__uid__in={uid for uid, _, _ in gone})
        runs = [attempt.node_run.run for attempt in attempts.select_related("node_run__run")]
        logger.warning("%d attempts that were given up are ended", len(gone))
        note(
            Recovery.Act.ORPHANS_ENDED,
            WHY,
            now=timezone.now(),
            host=self.host,
            count=len(gone),
            runs=named(runs),
        )
        for attempt in gone:
            del self.asked[attempt]
