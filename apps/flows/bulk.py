"""One thing done to many runs: first said what it touches, then done, with a result for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from django.utils.translation import gettext as _

from apps.engine.states import ENDED, RUN_TRANSITIONS, State
from apps.flows.models import Dependency, Flow, Run
from apps.flows.runs import kill_run, rerun, resume_run, suspend_run
from apps.lib.errors import DomainError
from apps.projects.models import User

#: So many runs are touched by one request.
MOST = 500
GOING_ON = frozenset(RUN_TRANSITIONS) - ENDED


class Operation(StrEnum):
    KILL = "kill"
    SUSPEND = "suspend"
    RESUME = "resume"
    RERUN = "rerun"
    RERUN_FAILED = "rerun_failed"


DOES: dict[Operation, Callable[..., None]] = {
    Operation.KILL: kill_run,
    Operation.SUSPEND: suspend_run,
    Operation.RESUME: resume_run,
    Operation.RERUN: rerun,
    Operation.RERUN_FAILED: partial(rerun, failed_only=True),
}

#: In which states of a run each makes sense.
FOR: dict[Operation, frozenset[State]] = {
    Operation.KILL: GOING_ON - {State.STOPPING},
    Operation.SUSPEND: frozenset({State.RUNNING}),
    Operation.RESUME: frozenset({State.SUSPENDED}),
    Operation.RERUN: ENDED,
    Operation.RERUN_FAILED: ENDED - {State.SUCCEEDED},
}


@dataclass(frozen=True, slots=True)
class Touched:
    """Runs that the operation is for, those it leaves out and why, and the flows that wait for them."""

    runs: Sequence[Run]
    left_out: Sequence[tuple[Run, str]]
    downstream: Sequence[Flow]


@dataclass(frozen=True, slots=True)
class Result:
    run: Run
    #: Why it was not done; empty when it was.
    refused: str = ""


def what_is_touched(operation: Operation, runs: Iterable[Run]) -> Touched:
    """Nothing is done."""
    touched, left_out = [], []
    for run in runs:
        why = _refusal(operation, State(run.state))
        if why:
            left_out.append((run, why))
        else:
            touched.append(run)
    return Touched(touched, left_out, _downstream(touched))


def do_to_runs(operation: Operation, runs: Iterable[Run], *, by: User) -> list[Result]:
    """Each run in a transaction of its own: one that refuses does not keep the others from it."""
    results = []
    for run in runs:
        try:
            DOES[operation](run, by=by)
        except DomainError as error:
            results.append(Result(run, error.message))
        else:
            results.append(Result(run))
    return results


def _refusal(operation: Operation, state: State) -> str:
    if state in FOR[operation]:
        return ""
    if operation in (Operation.RERUN, Operation.RERUN_FAILED):
        return _("it succeeded") if state in ENDED else _("it is still going on")
    if state in ENDED:
        return _("it is over")
    if operation is Operation.KILL:
        return _("it is being stopped already")
    return _("it is not running") if operation is Operation.SUSPEND else _("it is not suspended")


def _downstream(runs: Sequence[Run]) -> list[Flow]:
    """Flows of any project that wait for the flows of these runs, directly or through others."""
    seen = {run.flow_id for run in runs if run.flow_id}
    level, found = set(seen), set[int]()
    while level:
        rows = Dependency.objects.filter(parent__in=level).values_list("flow_id", flat=True)
        level = set(rows) - seen
        seen |= level
        found |= level
    return list(Flow.objects.filter(pk__in=found).select_related("project"))
