"""Was anything lost, did anything run twice?

It holds together what users were told, what the database says and what the jobs wrote.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from django.db.models import Count, Max, Min, Q

from apps.engine.states import ENDED
from apps.flows.models import Attempt, NodeRun, Run, RunEvent
from apps.jobs import shepherd
from apps.jobs.logs import status_path
from apps.jobs.models import Job
from apps.jobs.supervisor import read_status
from apps.lib.ids import spell
from tests.chaos import ledger
from tests.chaos.ledger import BEHAVIOURS, Line

#: The events that end an attempt; a retry that is called off ends for the second time.
ENDS = ("node.succeeded", "node.erred", "node.failed", "node.killed", "node.kill_failed")
#: Seconds that no job takes, on whatever machine.
LONGEST = 60.0


@dataclass
class Verdict:
    runs: Counter[str] = field(default_factory=Counter)
    nodes: int = 0
    attempts: Counter[str] = field(default_factory=Counter)
    lines: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    #: What is wrong without being either.
    wrong: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.wrong)

    def __str__(self) -> str:
        runs = ", ".join(f"{count} {state}" for state, count in self.runs.most_common())
        ends = ", ".join(f"{count} {end}" for end, count in self.attempts.most_common())
        rows = [
            f"  runs {self.runs.total()} ({runs})",
            f"  nodes {self.nodes}, attempts {self.attempts.total()} ({ends}), commands started {self.lines}",
            f"  lost {len(self.lost)}, doubled {len(self.doubled)}, wrong {len(self.wrong)}",
        ]
        for name in ("lost", "doubled", "wrong"):
            rows += [f"    {name}: {what}" for what in getattr(self, name)[:20]]
        return "\n".join(rows)


@dataclass(frozen=True)
class Evidence:
    """What is known from outside."""

    ledger: Path
    accepted: set[int]
    killed: set[int]
    on_full_disk: set[int]
    #: When a shepherd was killed, in seconds since boot: a clock that is not stepped.
    shepherd_kills: list[float]
    #: Flows whose schedule lets no fire be missed.
    every_fire: list[int]
    #: Flows of which no two runs may go on at once.
    alone: list[int] = field(default_factory=list)
    #: Flow, and the flow that must have succeeded before for the same time.
    parents: list[tuple[int, int]] = field(default_factory=list)


def judge(evidence: Evidence) -> Verdict:
    verdict = Verdict(
        runs=Counter(Run.objects.values_list("state", flat=True)),
        nodes=NodeRun.objects.count(),
        attempts=Counter(Attempt.objects.values_list("end", flat=True)),
    )
    written = ledger.read(evidence.ledger)
    verdict.lines = written.total()
    verdict.lost += _lost_runs(evidence)
    _weigh_lines(verdict, written, evidence)
    verdict.wrong += [*_wrong_counters(), *_wrong_events(), *_wrong_kills(evidence), *_broken_policies()]
    verdict.doubled += [*_doubled_results(), *_doubled_fires()]
    verdict.lost += _missed_fires(evidence)
    verdict.wrong += [*_overlaps(evidence), *_forestalled(evidence)]
    return verdict


def _lost_runs(evidence: Evidence) -> Iterator[str]:
    there = set(Run.objects.values_list("uid", flat=True))
    for uid in evidence.accepted - there:
        yield f"run {spell(uid)} was accepted and is not there"
    for run in Run.objects.filter(Q(ended_at__isnull=True) | ~Q(state__in=ENDED)):
        nodes = run.node_runs.exclude(state__in=(*ENDED, "waiting")).values_list("node", "state", "attempt")
        yield f"run {run.ref} has not ended: it is {run.state} with {run.active} active: {list(nodes)}"
    for attempt in Attempt.objects.filter(Q(ended_at__isnull=True) | Q(end="")).select_related("node_run"):
        yield f"{_name(attempt)} has no result"


def _weigh_lines(verdict: Verdict, written: Counter[Line], evidence: Evidence) -> None:
    """Every attempt that ran wrote one line, and every line is of an attempt."""
    unexplained = Counter(written)
    for attempt in Attempt.objects.select_related("node_run__run", "node_run__job"):
        node = attempt.node_run
        line = (spell(node.run.uid), node.node, attempt.number)
        count = unexplained.pop(line, 0)
        if count > 1:
            verdict.doubled.append(f"{_name(attempt)} ran {count} times")
        if not count and attempt.exit_code is not None and attempt.end in ("succeeded", "failed"):
            verdict.lost.append(f"{_name(attempt)} is said to have {attempt.end} and never ran")
        verdict.wrong += _wrong_end(attempt, evidence)
    for line, count in unexplained.items():
        verdict.doubled.append(f"run {line[0]} node {line[1]} ran {count} times as unknown attempt {line[2]}")


def _wrong_end(attempt: Attempt, evidence: Evidence) -> Iterator[str]:
    """An attempt that ended as its job cannot have ended."""
    node = attempt.node_run
    full = node.run.uid in evidence.on_full_disk
    if attempt.end == "lost":
        if not full and not _was_orphaned(attempt, evidence):
            yield f"{_name(attempt)} is lost, and no shepherd died: {attempt.reason}{_status(attempt)}"
    elif attempt.end in ("succeeded", "failed") and not full:
        assert node.job
        expected = BEHAVIOURS[node.job.name].exit_code(attempt.number)
        if attempt.exit_code != expected:
            yield (
                f"{_name(attempt)} ({node.job.name}) {attempt.end} with exit code {attempt.exit_code}"
                f" instead of {expected}: {attempt.reason}{_status(attempt)}"
            )


def _was_orphaned(attempt: Attempt, evidence: Evidence) -> bool:
    """Whether a shepherd died while the attempt ran, or about when it was to start."""
    node = attempt.node_run
    status = read_status(status_path(node.run.uid, node.ordinal, attempt.number))
    if status is None or not status.pid:
        return bool(evidence.shepherd_kills)
    began = status.ticks[0] / shepherd.TICKS_A_SECOND
    return any(began - 1 < at < began + LONGEST for at in evidence.shepherd_kills)


def _status(attempt: Attempt) -> str:
    node = attempt.node_run
    path = status_path(node.run.uid, node.ordinal, attempt.number)
    return f" [{path.read_text()!r}]" if path.exists() else " [no status file]"


def _wrong_counters() -> Iterator[str]:
    """What a run says of its nodes, and a node of its attempts."""
    failed, ended = (
        Count("node_runs", Q(node_runs__state="failed")),
        Count("node_runs", Q(node_runs__state__in=ENDED)),
    )
    for run in Run.objects.annotate(nodes=Count("node_runs"), of_ended=ended, of_failed=failed):
        said = (run.total, run.ended, run.failed, run.active)
        found = (run.nodes, run.of_ended, run.of_failed, 0)
        if run.ended_at and said != found:
            yield f"run {run.ref} says (total, ended, failed, active) {said}, and it is {found}"
    nodes = NodeRun.objects.annotate(tries=Count("attempts"), last=Max("attempts__number"))
    for node in nodes.filter(run__ended_at__isnull=False).select_related("run"):
        if node.attempt != node.tries or node.attempt != (node.last or 0):
            yield f"node {node.node} of {node.run.ref} is at attempt {node.attempt}; there are {node.tries}"
        if node.state not in ENDED | {"waiting"}:
            yield f"node {node.node} of {node.run.ref} is {node.state} in a run that ended"
        if node.attempt and node.state in ("succeeded", "failed"):
            last = node.attempts.get(number=node.last).end
            if (last == "succeeded") != (node.state == "succeeded"):
                yield f"node {node.node} of {node.run.ref} is {node.state}, its last attempt {last}"


def _wrong_events() -> Iterator[str]:
    """The events of a run are numbered without a gap, and the last one is its end."""
    runs = Run.objects.annotate(count=Count("events"), last=Max("events__seq"))
    for run in runs:
        if not run.count == run.last == run.seq:
            yield f"run {run.ref} is at event {run.seq}; there are {run.count}, up to {run.last}"
        last = RunEvent.objects.filter(run=run, seq=run.last).first()
        if run.ended_at and last and last.kind != f"run.{run.state}":
            yield f"run {run.ref} is {run.state}, its last event {last.kind}: something came after its end"


def _wrong_kills(evidence: Evidence) -> Iterator[str]:
    for run in Run.objects.filter(uid__in=evidence.killed).exclude(state__in=("killed", "kill_failed")):
        yield f"run {run.ref} was killed and is {run.state}"


def _broken_policies() -> Iterator[str]:
    """What may run at most once did not run again after it was lost (but by a user's wish)."""
    for attempt in Attempt.objects.filter(
        end="lost", node_run__job__loss_policy=Job.Loss.AT_MOST_ONCE, node_run__run__generation=1
    ).select_related("node_run__run"):
        if attempt.node_run.attempts.filter(number__gt=attempt.number).exists():
            yield f"{_name(attempt)} was lost, may not run twice, and was tried again"


def _doubled_results() -> Iterator[str]:
    """An attempt ends once; and a node succeeds once each time its run is run."""
    ends: dict[tuple[int, int], list[str]] = defaultdict(list)
    for node, detail, kind in RunEvent.objects.filter(kind__in=ENDS).values_list(
        "node_run", "detail", "kind"
    ):
        if detail and detail.get("attempt"):
            ends[node, detail["attempt"]].append(kind)
    for (node, number), kinds in ends.items():
        if len(kinds) > 1 and sorted(kinds)[:2] not in (
            ["node.erred", "node.failed"],  # no more tries: the run was ending
            ["node.erred", "node.killed"],
        ):
            yield f"attempt {number} of node run {node} ended as {kinds}"
    succeeded = Count("attempts", Q(attempts__end="succeeded"))
    for node_run in NodeRun.objects.annotate(wins=succeeded).select_related("run"):
        if node_run.wins > node_run.run.generation:
            yield f"node {node_run.node} of {node_run.run.ref} succeeded {node_run.wins} times"


def _doubled_fires() -> Iterator[str]:
    fires = Run.objects.filter(trigger="schedule").values("flow", "nominal_at").annotate(n=Count("id"))
    for row in fires.filter(n__gt=1):
        yield f"flow {row['flow']} fired {row['n']} times for {row['nominal_at']}"


def _missed_fires(evidence: Evidence) -> Iterator[str]:
    """A schedule that lets nothing be missed, each minute: there is a run of every minute."""
    for flow in evidence.every_fire:
        fires = Run.objects.filter(flow=flow, trigger="schedule")
        span = fires.aggregate(first=Min("nominal_at"), last=Max("nominal_at"))
        if span["first"] is None:
            continue
        minutes = 1 + (span["last"] - span["first"]) // timedelta(minutes=1)
        if fires.count() != minutes:
            yield f"flow {flow} fired {fires.count()} times in {minutes} minutes"


def _overlaps(evidence: Evidence) -> Iterator[str]:
    """By the order in which it was written down: clocks were stepped."""
    for flow in evidence.alone:
        going: set[int] = set()
        events = RunEvent.objects.filter(run__flow=flow, node_run=None).order_by("id")
        for run, kind, state in events.values_list("run", "kind", "state"):
            if kind == "run.started":
                going.add(run)
            elif state in ENDED:
                going.discard(run)
            if len(going) > 1:
                yield f"runs {sorted(going)} of flow {flow} went on at once"
                going.clear()


def _forestalled(evidence: Evidence) -> Iterator[str]:
    """Runs that began before the run of their parent for the same time had succeeded."""
    for flow, parent in evidence.parents:
        won = RunEvent.objects.filter(run__flow=parent, kind="run.succeeded")
        ends = dict(won.values_list("run__nominal_at", "id"))
        begun = RunEvent.objects.filter(run__flow=flow, kind="run.started", run__generation=1)
        for event, run in ((event, event.run) for event in begun.select_related("run")):
            if ends.get(run.nominal_at, event.pk) >= event.pk:
                yield f"run {run.ref} began before its parent of {run.nominal_at} had succeeded"


def _name(attempt: Attempt) -> str:
    node = attempt.node_run
    return f"attempt {attempt.number} of node {node.node} of run {spell(node.run.uid)}"
