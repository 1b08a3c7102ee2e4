"""One node of a run: why it is as it is, its attempts, its parameters, its log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.engine.control import SUB_FLOW_KINDS
from apps.engine.states import CLAIMED
from apps.flows.contexts import RunContext, expander_of, filled_of, run_context, with_inputs
from apps.flows.models import NodeRun, Run
from apps.flows.progress import progress_of, tells_progress
from apps.flows.queries import attempts_of
from apps.flows.views.approvals import asked_context
from apps.flows.views.cluster import cluster_context
from apps.flows.views.node_acts import node_acts
from apps.flows.views.reach import node_run_of
from apps.flows.views.rows import result_context
from apps.flows.why import why_node
from apps.jobs import logs
from apps.jobs.control_forms import FIELDS
from apps.jobs.kinds import JobError
from apps.jobs.log_search import find_lines
from apps.jobs.masks import Masks, masks_for
from apps.projects.access import can, visible_projects

TAIL_LINES = 200
SUB_RUNS = 5
READ_BYTES = 1024 * 1024
LONGEST_SEARCH = 500
#: Counting the lines of this much takes some 50 ms.
COUNTED_BYTES = 64 * 1024 * 1024


def panel(request: HttpRequest, run: int, ordinal: int) -> HttpResponse:
    """The panel; with ?head only its changing part, so that the log under it stays where it is read."""
    node_run = node_run_of(request, run, ordinal)
    fragment = "flows/_node_head.html" if "head" in request.GET else "flows/_node_panel.html"
    return render(request, fragment, node_panel(node_run, request))


def node_panel(node_run: NodeRun, request: HttpRequest) -> dict[str, Any]:
    attempts = list(attempts_of(node_run))
    asked = request.GET.get("attempt", "")
    number = int(asked) if asked.isdigit() else node_run.attempt
    return {
        "run": node_run.run,
        "project": node_run.run.project,
        "node_run": node_run,
        "attempts": attempts,
        "attempt": next((attempt for attempt in attempts if attempt.number == number), None),
        "latest": number == node_run.attempt,
        "why": why_node(node_run),
        "has_log": node_run.kind not in FIELDS,
        "acts": node_acts(node_run) if can(request.user, "run", node_run.run.project) else [],
        "sub_runs": _sub_runs(node_run, request),
        **asked_context(node_run, request),
        **_as_it_ran(node_run),
        **result_context(node_run),
        **cluster_context(node_run, number),
        **_progress(node_run),
    }


def _progress(node_run: NodeRun) -> dict[str, Any]:
    return {"watches_progress": tells_progress(node_run), "progress": progress_of(node_run)}


def progress(request: HttpRequest, run: int, ordinal: int) -> HttpResponse:
    """How far the node is, as it is asked again and again while it runs."""
    node_run = node_run_of(request, run, ordinal)
    context = {"run": node_run.run, "node_run": node_run, **_progress(node_run)}
    return render(request, "flows/_progress.html", context)


def _sub_runs(node_run: NodeRun, request: HttpRequest) -> list[Run]:
    """The runs of another flow that the node is, as far as the reader may see them."""
    if node_run.kind not in SUB_FLOW_KINDS:
        return []
    seen = node_run.children.filter(project__in=visible_projects(request.user))
    return list(seen.only("uid", "name", "state").order_by("-id")[:SUB_RUNS])


def _as_it_ran(node_run: NodeRun) -> dict[str, Any]:
    """The frozen content with its parameters replaced, and each parameter with its value; secrets masked."""
    if node_run.frozen is None or node_run.kind in FIELDS:
        return {"parameters": [], "content": ""}
    masks = masks_for(node_run.run.project, node_run.run.secret_params)
    frozen = node_run.frozen
    values = expander_of(
        _context(node_run), node_run.ordinal, frozen.settings, node_run.kind, node_run.job_id
    )
    content = node_run.frozen.content
    return {
        "parameters": [
            (mention.expression, masks.text(mention.value))
            for mention in values.preview(content)
            if mention.value is not None
        ],
        "content": masks.text(values.expand(content)),
    }


def _context(node_run: NodeRun) -> RunContext:
    """What the run knows, with the node's declared parameters as far as they are known by now."""
    context, ordinal = run_context(node_run.run_id), node_run.ordinal
    node = node_run.run.revision.nodes[ordinal]
    try:
        return with_inputs(context, ordinal, node, filled_of(context, ordinal, node))
    except JobError:
        return context  # the task that fills them has not run, or left nothing


def log(request: HttpRequest, run: int, ordinal: int) -> HttpResponse:
    """A piece of an attempt's log: its last lines, or those that end at byte `before`."""
    node_run = node_run_of(request, run, ordinal)
    number = _number(request, "attempt", node_run.attempt)
    path = logs.log_path(node_run.run.uid, ordinal, number)
    size = logs.size_of(path)
    end = min(_number(request, "before", size), size)
    start = logs.tail_start(path, TAIL_LINES, end)
    masks = masks_for(node_run.run.project, node_run.run.secret_params)
    text, after = logs.tail(path, masks, offset=start, limit=end - start, ended=_is_over(node_run, number))
    return JsonResponse(
        {
            "attempt": number,
            "start": start,
            "offset": after,
            "size": size,
            "line": logs.lines_before(path, start, COUNTED_BYTES),
            "text": text,
            "times": logs.line_times(path, start, after),
            "ended": _is_over(node_run, number),
        }
    )


@require_GET
def find_in_log(request: HttpRequest, run: int, ordinal: int) -> JsonResponse:
    """Lines of an attempt's log that have `q`, from byte `offset` on; whoever wants all asks until `over`."""
    node_run = node_run_of(request, run, ordinal)
    number = _number(request, "attempt", node_run.attempt)
    text = request.GET.get("q", "")[:LONGEST_SEARCH]
    if not text:
        return JsonResponse({"hits": [], "offset": 0, "line": 0, "over": True})
    found = find_lines(
        logs.log_path(node_run.run.uid, ordinal, number),
        masks_for(node_run.run.project, node_run.run.secret_params),
        text,
        offset=_number(request, "offset", 0),
        line=None if request.GET.get("line") == "" else _number(request, "line", 0),
        ended=_is_over(node_run, number),
    )
    return JsonResponse(asdict(found))


def _is_over(node_run: NodeRun, attempt: int) -> bool:
    return attempt < node_run.attempt or node_run.state not in CLAIMED


def download(request: HttpRequest, run: int, ordinal: int) -> StreamingHttpResponse:
    """The whole log of an attempt as a file, masked, in pieces of whole lines."""
    node_run = node_run_of(request, run, ordinal)
    number = _number(request, "attempt", node_run.attempt)
    path = logs.log_path(node_run.run.uid, ordinal, number)
    pieces = _pieces(
        path, masks_for(node_run.run.project, node_run.run.secret_params), _is_over(node_run, number)
    )
    response = StreamingHttpResponse(pieces, content_type="text/plain; charset=utf-8")
    name = f"{node_run.run.ref}-{ordinal}-{number}.log"
    kind = "inline" if "show" in request.GET else "attachment"
    response["Content-Disposition"] = f'{kind}; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _pieces(path: Path, masks: Masks, ended: bool) -> Iterator[str]:
    offset = 0
    while True:
        text, after = logs.tail(path, masks, offset=offset, limit=READ_BYTES, ended=ended)
        if after == offset:
            return
        yield text
        offset = after


def _number(request: HttpRequest, name: str, default: int) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isdigit() and len(text) < 16 else default
