"""The rows that a node left as its result: a table by pages, statement by statement, and a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _

from apps.engine.states import ENDED
from apps.flows.inputs import task_of
from apps.flows.models import NodeRun
from apps.flows.queries import result_rows, statements_of
from apps.flows.views.reach import node_run_of
from apps.jobs.kinds import KINDS
from apps.lib.htmx import page_or_fragment

#: Rows on a page, and rows that are read at once for a file.
PAGE, PIECE = 100, 5000


def rows(request: HttpRequest, run: int, ordinal: int) -> HttpResponse:
    node_run = node_run_of(request, run, ordinal)
    statement, start = _asked(request, node_run)
    context = {
        **result_context(node_run, statement, start),
        "run": node_run.run,
        "node_run": node_run,
        "project": node_run.run.project,
        "flow": node_run.run.flow,
        "title": _("Result"),
        "fragment": "flows/_node_rows.html",
    }
    return page_or_fragment(request, "flows/form.html", "flows/_node_rows.html", context)


def download(request: HttpRequest, run: int, ordinal: int) -> StreamingHttpResponse:
    """All rows of a statement as a CSV file, secrets masked."""
    node_run = node_run_of(request, run, ordinal)
    statement, _start = _asked(request, node_run)
    pieces = _pieces(node_run, statement)
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    name = f"{node_run.run.ref}-{ordinal}-{statement + 1}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def result_context(node_run: NodeRun, statement: int = -1, start: int = 0) -> dict[str, Any]:
    """A page of the rows of one statement, by default the last; nothing when the node left none."""
    counts = statements_of(node_run)
    if not counts:
        kind = KINDS.get(node_run.kind)
        return {"awaits_rows": kind is not None and kind.rows and node_run.state not in ENDED}
    statement = statement if 0 <= statement < len(counts) else len(counts) - 1
    columns, found, _last = result_rows(node_run.run, node_run, start, PAGE, statement)
    if not columns:
        return {}
    count = max(counts[statement], start + len(found))
    return {
        "result_rows": {
            "columns": columns,
            "rows": found,
            "count": count,
            "first": start + 1,
            "last": start + len(found),
            "previous": max(0, start - PAGE),
            "next": start + PAGE,
            "statement": statement,
            "statements": [(index, rows) for index, rows in enumerate(counts)] if len(counts) > 1 else [],
            "path": f"/analytics/{node_run.run_id}/tasks"
            f"/{task_of(node_run.run.revision.nodes, node_run.ordinal)}/",
        }
    }


def _asked(request: HttpRequest, node_run: NodeRun) -> tuple[int, int]:
    """Statement and first row, as far as they are numbers."""
    given = {name: request.GET.get(name, "") for name in ("statement", "start")}
    numbers = {name: int(text) for name, text in given.items() if text.isdecimal() and len(text) < 10}
    return numbers.get("statement", max(0, len(statements_of(node_run)) - 1)), numbers.get("start", 0)


def _pieces(node_run: NodeRun, statement: int) -> Iterator[str]:
    start, was_last = 0, False
    while not was_last:
        columns, found, was_last = result_rows(node_run.run, node_run, start, PIECE, statement)
        text = io.StringIO()
        csv.writer(text).writerows([columns, *found] if not start else found)
        yield text.getvalue()
        start += PIECE
