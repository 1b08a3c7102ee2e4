"""What the attempts of this host have on its cluster: it is followed, and gone before "killed" is said."""

from __future__ import annotations

import logging

from django.conf import settings
from django.utils import timezone

from apps.engine.plan import GivenBack, Happening
from apps.flows.claims import Claim
from apps.flows.cluster_jobs import keep
from apps.flows.models import Attempt
from apps.flows.outcomes import still_there
from apps.flows.tries import tries_before
from apps.jobs.kinds import KINDS
from apps.jobs.logs import log_path, tag_of
from apps.jobs.outside import drivers_of
from apps.jobs.outside.lookout import Gone, Lookout, News, Subject
from apps.jobs.wards import Outcome
from apps.projects.models import Cluster, Host

logger = logging.getLogger(__name__)


class Outside:
    """True while an attempt of this host has ended here and is not known to have ended on the cluster."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.lookout = Lookout(patience=settings.HEADRACE_CLUSTER_KILL_GRACE)
        #: Attempts that may have something there, by their key.
        self.subjects: dict[str, Subject] = {}
        #: What is told of an attempt once nothing of it is left, and whether it had run too long.
        self.held: dict[str, tuple[Happening, bool]] = {}
        self.unwritten: dict[str, News] = {}

    def __contains__(self, key: str) -> bool:
        return key in self.held

    def __bool__(self) -> bool:
        return bool(self.held)

    def refresh(self) -> None:
        """Learn where the cluster is asked: its settings may have changed."""
        cluster = Cluster.objects.only("endpoints", "token").filter(pk=self.host.cluster_id).first()
        self.lookout.drivers = drivers_of(cluster.endpoints, cluster.token) if cluster else []

    def watch(self, claim: Claim, run_uid: int) -> None:
        """Follow what an attempt that was started, or is adopted, has on the cluster."""
        kind = KINDS.get(claim.node["kind"])
        if kind is None or not kind.outside or claim.key in self.subjects:
            return
        numbers = [*tries_before(run_uid, claim.ordinal, claim.attempt), claim.attempt]
        self.subjects[claim.key] = Subject(
            tags=tuple(tag_of(run_uid, claim.ordinal, number) for number in numbers),
            log=log_path(run_uid, claim.ordinal, claim.attempt),
            patterns=kind.outside,
        )
        self.lookout.watch(claim.key, self.subjects[claim.key])

    def holds(self, outcome: Outcome, happening: Happening) -> bool:
        """Whether what became of an attempt is told later (`settled`): what it has elsewhere must end too."""
        subject = self.subjects.pop(outcome.key, None)
        if subject is None:
            return False
        if not outcome.is_asked or isinstance(happening, GivenBack):
            self.lookout.let_go(outcome.key)
            return False
        self.held[outcome.key] = happening, outcome.is_overdue
        self.lookout.end(outcome.key, subject)
        return True

    def settled(self) -> list[tuple[int, Happening]]:
        """What can be told by now, with the runs."""
        found = []
        for each in self.lookout.news():
            if isinstance(each, News):
                self.unwritten[each.key] = each
            elif each.key in self.held:
                found.append((int(each.key.partition(".")[0]), self._end(each)))
        return found

    def _end(self, gone: Gone) -> Happening:
        happening, is_overdue = self.held.pop(gone.key)
        if not gone.why:
            return happening
        logger.warning("attempt %s: %s", gone.key, gone.why)
        return still_there(happening, gone.why, is_overdue=is_overdue)

    def write(self) -> None:
        """Write down what was learnt."""
        for key, news in list(self.unwritten.items()):
            run_id, ordinal, token = map(int, key.split("."))
            attempts = Attempt.objects.filter(
                node_run__run_id=run_id, node_run__ordinal=ordinal, token=token
            ).values_list("pk", flat=True)
            for pk in attempts:
                for job in news.jobs:
                    keep(pk, job, news.containers.get(job.id, ()), timezone.now())
            del self.unwritten[key]
