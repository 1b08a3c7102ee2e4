"""Numbers about the nodes of one run: how long they took, usually take, and when all will be over."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apps.engine.forecast import Forecast, Progress, forecast, usual
from apps.engine.states import ENDED, State
from apps.flows.models import NodeRun, Run, RunEvent
from apps.flows.queries import STATE_CHARS, states_text
from apps.flows.revisions import compiled

#: Past runs that tell what is usual, and how many node runs are read for it at most.
PAST_RUNS = 10
PAST_NODES = 20_000
#: A replay of more events than this is cut: 10,000 nodes have some 40,000.
EVENTS = 100_000


def usual_durations(run: Run) -> dict[str, float]:
    """How many seconds each node usually takes, by its id, from the flow's latest runs that succeeded."""
    if run.flow_id is None:
        return {}
    count = max(1, min(PAST_RUNS, PAST_NODES // max(run.total, 1)))
    past = Run.objects.filter(flow=run.flow_id, state=State.SUCCEEDED, pk__lt=run.pk).order_by("-id")
    ids = list(past.values_list("pk", flat=True)[:count])
    rows = (
        NodeRun.objects.filter(run__in=ids, state=State.SUCCEEDED)
        .order_by()
        .values_list("node", "started_at", "ended_at")[:PAST_NODES]
    )
    durations: dict[str, list[float]] = {}
    for node, started_at, ended_at in rows:
        if started_at and ended_at:
            durations.setdefault(node, []).append((ended_at - started_at).total_seconds())
    return {node: found for node, spans in durations.items() if (found := usual(spans)) is not None}


def figures(run: Run, now: datetime) -> dict[str, Any]:
    """What the drawing of a run shows beside states; times are seconds since the run began.

    `nodes` has [ordinal, started, ended, usual, retries, most retries] of each node that runs something.
    """
    began = run.started_at or run.created_at
    past = usual_durations(run)
    graph = compiled(run.revision_id, run.revision.digest).graph
    progress = [Progress(0.0, 0.0, 0.0)] * len(graph)
    listed = []
    rows = NodeRun.objects.filter(run=run).order_by("ordinal")
    columns = ("ordinal", "node", "state", "started_at", "ended_at", "retries", "max_retry")
    for ordinal, node, state, started_at, ended_at, retries, most in rows.values_list(*columns):
        started, ended = _since(began, started_at), _since(began, ended_at)
        if graph[ordinal].instant:
            progress[ordinal] = Progress(started, ended, 0.0)
            continue
        over = ended if state in ENDED else None
        progress[ordinal] = Progress(started, over, past.get(node))
        if started is not None or node in past:
            listed.append([ordinal, started, over, past.get(node), retries, most])
    return {
        "now": _since(began, run.ended_at or now),
        "over": run.ended_at is not None,
        "nodes": listed,
        **_outlook(run, progress, [spec.children for spec in graph], _since(began, run.ended_at or now)),
    }


def _outlook(run: Run, progress: list[Progress], children: list[Any], now: float | None) -> dict[str, Any]:
    found: Forecast = forecast(children, progress, now or 0.0)
    usually = forecast(children, [Progress(usual=node.usual) for node in progress], 0.0)
    known = any(node.ended is None and node.usual for node in progress)
    return {
        "finish": found.finish if run.ended_at is None and known else None,
        "usual": usually.finish or None,
        "path": found.path,
        "unknown": found.unknown,
    }


def _since(began: datetime, at: datetime | None) -> float | None:
    return None if at is None else max(0.0, round((at - began).total_seconds(), 3))


def history(run: Run, now: datetime) -> dict[str, Any]:
    """The run as it went: [seconds, ordinal, state] of each change, for a replay.

    Of a run that went again this is the latest time; what stayed as it was is so from the beginning.
    """
    began = run.started_at or run.created_at
    moves = RunEvent.objects.filter(run=run, node_run__isnull=False).exclude(state="").order_by("seq")
    rows = list(moves.values_list("at", "node_run__ordinal", "state")[: EVENTS + 1])
    before = {ordinal: STATE_CHARS[state] for at, ordinal, state in rows if at < began}
    changes = [[_since(began, at), ordinal, STATE_CHARS[state]] for at, ordinal, state in rows if at >= began]
    moved = {ordinal for _, ordinal, _ in changes}
    at_last = states_text(run)
    kept = [
        [0.0, ordinal, char]
        for ordinal, char in before.items()
        if ordinal not in moved and at_last[ordinal] == char
    ]
    return {
        "span": max(_since(began, run.ended_at or now) or 0.0, 0.001),
        "over": run.ended_at is not None,
        "nodes": run.total,
        "cut": len(rows) > EVENTS,
        "changes": kept + changes[:EVENTS],
    }
