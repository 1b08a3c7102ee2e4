"""One run: its drawing with live states, its nodes, its time line, its events, its result."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.engine.states import ENDED, State
from apps.engine.wiring import topological_order
from apps.flows.approvals import pending_approvals
from apps.flows.models import STATES, Attempt, NodeRun, Run
from apps.flows.queries import is_ended, run_nodes, states_text
from apps.flows.views.node import node_panel
from apps.flows.views.reach import run_of
from apps.flows.views.rows import result_context
from apps.flows.why import why_run
from apps.lib.htmx import page_or_fragment
from apps.projects.access import can

NODES_A_PAGE = 200
BARS = 300
EVENTS = 200
APPROVALS = 5
#: What is worth a look first.
TROUBLE = (State.FAILED, State.KILL_FAILED, State.RETRYING)


def detail(request: HttpRequest, run: int) -> HttpResponse:
    found = run_of(request, run)
    context = {
        **_summary(request, found),
        "drawing": _drawing(found),
        "states": states_text(found),
        "tab": "nodes",
        **_nodes(found, request),
        **_opened(request, found),
    }
    return render(request, "flows/run.html", context)


def head(request: HttpRequest, run: int) -> HttpResponse:
    """The head of the page, again whenever something happened."""
    return render(request, "flows/_run_head.html", _summary(request, run_of(request, run)))


def _summary(request: HttpRequest, run: Run) -> dict[str, Any]:
    may_run = can(request.user, "run", run.project)
    actions = _actions(run, may_run)
    return {
        "may_run": may_run,
        "run": run,
        "project": run.project,
        "flow": run.flow,
        "actions": [action for action in actions if "more" not in action],
        "more_actions": [action for action in actions if "more" in action and not action["refused"]],
        "may_edit": can(request.user, "edit", run.project),
        "took": run_took(run),
        "outer": run.parent if run.parent and can(request.user, "view", run.parent.run.project) else None,
        "run_why": why_run(run),
        "approvals": list(pending_approvals(run)[:APPROVALS]) if run.started_at and not run.ended_at else [],
        "result": _result_node(run),
        "nav": "runs",
    }


def run_took(run: Run) -> timedelta:
    return (run.ended_at or timezone.now()) - run.started_at if run.started_at else timedelta()


def _actions(run: Run, may: bool) -> list[dict[str, str]]:
    """What may be done with the run, and for what may not: why."""
    role = "" if may else _("Your role may look at runs, but not start or stop them.")
    if is_ended(run.state):
        return _again(run, role)
    if run.state == State.SUSPENDED:
        pause = _action(run, "resume", _("Resume"), "play", role)
    else:
        early = "" if run.state == State.RUNNING else _("Only a running run can be suspended.")
        pause = _action(run, "suspend", _("Suspend"), "pause", role or early)
    going = _("The run is still going on: kill it first.")
    return [
        pause,
        _action(run, "kill", _("Kill"), "square", role),
        _action(run, "rerun", _("Rerun"), "rotate-cw", role or going),
    ]


def _again(run: Run, role: str) -> list[dict[str, str]]:
    again = _action(run, "rerun", _("Rerun"), "rotate-cw", role)
    latest = _action(run, "rerun", _("Rerun with the latest content"), "refresh-cw", role)
    latest |= {"name": "rerun_latest", "url": f"{latest['url']}?latest=1", "more": "1"}
    if run.state == State.SUCCEEDED:
        return [again, latest]
    failed = _action(run, "rerun", _("Rerun failed"), "redo-dot", role)
    failed |= {"name": "rerun_failed", "url": f"{failed['url']}?failed=1"}
    both = {**latest, "label": _("Rerun failed with the latest content"), "url": f"{latest['url']}&failed=1"}
    return [failed, again, {**both, "name": "rerun_failed_latest"}, latest]


def _action(run: Run, name: str, label: str, icon: str, refused: str) -> dict[str, str]:
    url = reverse(f"flows:{name}", args=[run.ref])
    return {"name": name, "url": url, "label": label, "icon": icon, "refused": refused}


def _drawing(run: Run) -> dict[str, Any]:
    return {"version": run.revision.number, "text": run.revision.drawing, "problems": []}


def _opened(request: HttpRequest, run: Run) -> dict[str, Any]:
    """The node whose panel is open: the one asked for, else the one in trouble."""
    asked = request.GET.get("node", "")
    nodes = run.node_runs.select_related("host", "cluster", "job", "frozen")
    if asked.isdigit():
        node_run = nodes.filter(ordinal=int(asked)).first()
    elif run.flow_id is None:
        node_run = nodes.exclude(job=None).first() or nodes.first()
    else:
        node_run = nodes.filter(state__in=TROUBLE).order_by("-state").first()
    if node_run is None:
        return {"node_run": None, **_counts(run)}
    node_run.run = run
    return node_panel(node_run, request)


def _counts(run: Run) -> dict[str, Any]:
    """How many nodes are in each state, in the order of the states."""
    found: dict[str, int] = {}
    for state in NodeRun.objects.filter(run=run).values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return {"counts": [(state, found[state]) for state, _word in STATES if state in found]}


def overview(request: HttpRequest, run: int) -> HttpResponse:
    """The panel when no node is chosen."""
    found = run_of(request, run)
    return render(request, "flows/_run_overview.html", {**_summary(request, found), **_counts(found)})


def _tab(run: Run, name: str) -> dict[str, Any]:
    return {
        "run": run,
        "project": run.project,
        "nav": "runs",
        "tab": name,
        "fragment": f"flows/_run_{name}.html",
    }


def nodes(request: HttpRequest, run: int) -> HttpResponse:
    found = run_of(request, run)
    context = {**_tab(found, "nodes"), **_nodes(found, request)}
    return page_or_fragment(request, "flows/run_tab.html", "flows/_run_nodes.html", context)


def _nodes(run: Run, request: HttpRequest) -> dict[str, Any]:
    """A page of nodes in the order in which they can run, so that no row moves while they do."""
    chosen = request.GET.get("state", "")
    first = int(offset) if (offset := request.GET.get("from", "")).isdigit() else 0
    order = topological_order([node["children"] for node in run.revision.nodes])
    if chosen in dict(STATES):
        wanted = set(run.node_runs.filter(state=chosen).values_list("ordinal", flat=True))
        order = [ordinal for ordinal in order if ordinal in wanted]
    shown = order[first : first + NODES_A_PAGE]
    place = {ordinal: index for index, ordinal in enumerate(shown)}
    window = sorted(run_nodes(run).filter(ordinal__in=shown), key=lambda node: place[node.ordinal])
    now = timezone.now()
    longest = max((_took(node, now) for node in window), default=timedelta()) or timedelta(seconds=1)
    listed = [
        {
            "node": node,
            "took": _took(node, now),
            "share": round(100 * _took(node, now) / longest),
            # "exit code 3" says no more than the column for it.
            "plain": node.reason.startswith("exit code"),
        }
        for node in window
    ]
    after = first + NODES_A_PAGE if len(order) > first + NODES_A_PAGE else None
    return {"nodes": listed, "state": chosen, "first": first, "after": after, "now": now}


def _took(node: NodeRun, now: datetime) -> timedelta:
    return (node.ended_at or now) - node.started_at if node.started_at else timedelta()


def gantt(request: HttpRequest, run: int) -> HttpResponse:
    found = run_of(request, run)
    context = {**_tab(found, "gantt"), **_bars(found)}
    return page_or_fragment(request, "flows/run_tab.html", "flows/_run_gantt.html", context)


def _bars(run: Run) -> dict[str, Any]:
    """A bar for each attempt, placed in percent of the time the run has taken so far."""
    now = timezone.now()
    start = run.started_at or run.created_at
    span = max(((run.ended_at or now) - start).total_seconds(), 0.001)
    attempts = (
        Attempt.objects.filter(node_run__run=run, started_at__gte=start - timedelta(seconds=1))
        .select_related("node_run")
        .order_by("started_at", "id")[: BARS + 1]
    )
    rows: dict[int, dict[str, Any]] = {}
    for attempt in list(attempts)[:BARS]:
        node = attempt.node_run
        row = rows.setdefault(node.ordinal, {"node": node, "bars": []})
        left = max(0.0, (attempt.started_at - start).total_seconds()) / span
        width = ((attempt.ended_at or now) - attempt.started_at).total_seconds() / span
        row["bars"].append(
            {
                "attempt": attempt,
                "state": attempt.end or node.state,
                "left": f"{100 * left:.3f}",
                "width": f"{100 * min(width, 1 - left):.3f}",
                "took": (attempt.ended_at or now) - attempt.started_at,
            }
        )
    ticks = [{"at": timedelta(seconds=span * part / 4), "left": part * 25} for part in range(5)]
    return {"bars": list(rows.values()), "ticks": ticks, "cut": len(attempts) > BARS, "span": span}


def events(request: HttpRequest, run: int) -> HttpResponse:
    found = run_of(request, run)
    listed = list(found.events.select_related("node_run").order_by("-seq")[:EVENTS])
    context = {**_tab(found, "events"), "events": listed, "most": EVENTS}
    return page_or_fragment(request, "flows/run_tab.html", "flows/_run_events.html", context)


def _result_node(run: Run) -> int | None:
    """The ordinal of the last node that ran something, if there is exactly one: its log is the result."""
    compiled = run.revision.nodes
    last = {
        ordinal
        for ordinal, node in enumerate(compiled)
        if node["kind"] not in ("START", "END")
        and all(compiled[child]["kind"] == "END" for child in node["children"])
    }
    return last.pop() if len(last) == 1 else None


def result(request: HttpRequest, run: int) -> HttpResponse:
    """What the last node of the run printed."""
    found = run_of(request, run)
    ordinal = _result_node(found)
    node_run = found.node_runs.filter(ordinal=ordinal).first() if ordinal is not None else None
    ended = node_run is not None and node_run.state in ENDED
    context = {**_tab(found, "result"), "node_run": node_run, "ended": ended}
    if node_run is not None:
        node_run.run = found
        context |= result_context(node_run)
    return page_or_fragment(request, "flows/run_tab.html", "flows/_run_result.html", context)
