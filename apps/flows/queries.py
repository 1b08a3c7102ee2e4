"""What the pages and the gateways read of flows and runs. No writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import cast

from django.db.models import Avg, DurationField, ExpressionWrapper, F, OuterRef, Prefetch, QuerySet, Subquery

from apps.engine.states import ENDED, State
from apps.flows.inputs import task_of
from apps.flows.models import Attempt, Flow, NodeRun, Run
from apps.jobs.graphs.results import read_table, result_path, statement_path
from apps.jobs.logs import run_folder
from apps.jobs.masks import masks_for
from apps.jobs.models import Job
from apps.projects.models import Folder, Project

LAST_RUNS = 5
#: Over how long the usual duration of a flow's runs is taken.
USUAL_OVER = timedelta(days=30)
#: One character a state: what the canvas and the event stream speak.
STATE_CHARS: dict[str, str] = {
    State.WAITING: "w",
    State.READY: "r",
    State.RUNNING: "R",
    State.RETRYING: "t",
    State.SUSPENDED: "s",
    State.STOPPING: "x",
    State.SUCCEEDED: "S",
    State.SKIPPED: "k",
    State.FAILED: "F",
    State.KILLED: "K",
    State.KILL_FAILED: "X",
}


def states_text(run: Run) -> str:
    """One character for each node, by ordinal."""
    states = NodeRun.objects.filter(run=run).order_by("ordinal").values_list("state", flat=True)
    return "".join(STATE_CHARS[state] for state in states)


def run_nodes(run: Run) -> QuerySet[NodeRun]:
    return run.node_runs.select_related("host", "cluster", "job").order_by("ordinal")


def project_runs(project: Project) -> QuerySet[Run]:
    """Runs that people or schedules started, newest first (not the runs inside runs)."""
    return (
        Run.objects.filter(project=project, parent=None)
        .select_related("flow", "job", "created_by")
        .defer("params", "flow__source_text", "job__content", "job__source_text")
        .order_by("-id")
    )


def latest_runs(project: Project, count: int = 10) -> list[Run]:
    return list(project_runs(project)[:count])


def job_runs(job: Job) -> QuerySet[NodeRun]:
    """Where and how a job ran, alone or in flows, newest first."""
    return (
        NodeRun.objects.filter(job=job)
        .exclude(state__in=(State.WAITING, State.SKIPPED))
        .select_related("run", "run__flow", "host")
        .order_by("-id")
    )


def flow_list(project: Project) -> QuerySet[Flow]:
    return (
        Flow.objects.filter(project=project)
        .select_related("schedule", "folder", "modified_by")
        .defer("source_text", "params", "alert_rules", "dialect_settings")
        .order_by("name")
    )


def with_last_runs(flows: Iterable[Flow]) -> list[Flow]:
    """The flows with their `last_runs`: each taken from the end of an index, however many there were."""
    flows = list(flows)
    newest = Run.objects.filter(flow=OuterRef("pk"), parent=None).order_by("-id").values("pk")
    places = (Subquery(newest[place : place + 1]) for place in range(LAST_RUNS))
    found = Flow.objects.filter(pk__in=[flow.pk for flow in flows]).order_by().values_list(*places)
    runs = Run.objects.filter(pk__in={pk for row in found for pk in row if pk}).defer("params", "reason")
    last: dict[int | None, list[Run]] = {}
    for run in runs.order_by("-id"):
        last.setdefault(run.flow_id, []).append(run)
    for flow in flows:
        flow.last_runs = last.get(flow.pk, [])  # type: ignore[attr-defined]
    return flows


def folders_below(folders: Iterable[Folder], root: Folder) -> set[int]:
    """The ids of `root` and of all folders under it, from folders already read."""
    children: dict[int | None, list[int]] = {}
    for folder in folders:
        children.setdefault(folder.parent_id, []).append(folder.pk)
    found, todo = set(), [root.pk]
    while todo:
        pk = todo.pop()
        found.add(pk)
        todo += children.get(pk, [])
    return found


def usual_durations(flow_ids: Iterable[int], since: datetime) -> dict[int, timedelta]:
    """How long a flow's run took on average, of those that succeeded since `since`."""
    took = ExpressionWrapper(F("ended_at") - F("started_at"), output_field=DurationField())
    rows = (
        Run.objects.filter(
            flow_id__in=set(flow_ids), state=State.SUCCEEDED, started_at__isnull=False, created_at__gte=since
        )
        .order_by()
        .values_list("flow_id")
        .annotate(usual=Avg(took))
    )
    return {cast(int, flow_id): usual for flow_id, usual in rows if usual is not None}


def first_failures(run_ids: Iterable[int], count: int = 1) -> dict[int, list[NodeRun]]:
    """For each of the runs, the nodes that failed first: at most `count`, of thousands it may be."""
    failed = (
        NodeRun.objects.filter(state__in=(State.FAILED, State.KILL_FAILED))
        .only("run_id", "ordinal", "kind", "name", "node", "attempt", "reason", "exit_code", "ended_at")
        .order_by("ended_at", "ordinal")
    )
    first = Prefetch("node_runs", queryset=failed[:count], to_attr="first_failed")
    runs = Run.objects.filter(pk__in=set(run_ids)).only("pk").order_by().prefetch_related(first)
    return {run.pk: run.first_failed for run in runs}  # type: ignore[attr-defined]


def open_runs(project: Project) -> QuerySet[Run]:
    return Run.objects.filter(project=project, ended_at=None, parent=None)


def attempts_of(node_run: NodeRun) -> QuerySet[Attempt]:
    return node_run.attempts.select_related("host").order_by("number")


def is_ended(state: str) -> bool:
    return state in ENDED


def result_rows(
    run: Run, node_run: NodeRun, start: int, count: int, statement: int | None = None
) -> tuple[list[str], list[list[str]], bool]:
    """Header and rows of what a node left as its result, and whether they are the last; empty for none.

    `statement` is one of those that found rows, from 0; without it the last. Secrets are masked.
    """
    outputs = node_run.outputs or {}
    if node_run.state != State.SUCCEEDED or not outputs.get("result"):
        return [], [], True
    path = result_path(run_folder(run.uid), task_of(run.revision.nodes, node_run.ordinal))
    counts = statements_of(node_run)
    if statement is not None and statement >= len(counts):
        return [], [], True
    if statement is not None and len(counts) > 1:
        path = statement_path(path, statement)
    columns, rows, was_last = read_table(path, start, count)
    masks = masks_for(run.project, run.secret_params)
    return columns, [[masks.text(cell) for cell in row] for row in rows], was_last


def statements_of(node_run: NodeRun) -> list[int]:
    """How many rows each statement of a node found, of those that found some."""
    outputs = node_run.outputs or {}
    result, counts = outputs.get("result"), outputs.get("statements")
    if result and isinstance(counts, list):
        return [count if isinstance(count, int) else 0 for count in counts]
    return [result.get("rows", 0) if isinstance(result, Mapping) else 0] if result else []


def sample_rows(run: Run, node_run: NodeRun, limit: int) -> list[list[str]]:
    """The first rows of what a node left as its result, as text; none when it left none, or not yet."""
    return result_rows(run, node_run, 0, limit)[1]
