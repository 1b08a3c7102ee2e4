"""The drawing of a job that is a graph itself: kept in step with its content, whichever is edited."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.drawings.actions import apply_operations, new_document, replace_text
from apps.drawings.models import Document
from apps.drawings.queries import problems_of
from apps.engine.graph import Problem
from apps.jobs.dataflow.checking import Fault, check_nodes
from apps.jobs.dataflow.content import content_of, drawable_nodes
from apps.jobs.dataflow.drawing import draw, nodes_of
from apps.jobs.dataflow.reading import Wrong
from apps.jobs.models import Job
from apps.lib.errors import Invalid
from apps.projects.models import User

KIND = "DATAFLOW"
#: What a fault is called as a problem of a drawing.
UNFINISHED, WRONG = "dataflow_unfinished", "dataflow_wrong"


def draw_job(job: Job, *, by: User | None) -> None:
    """Bring the drawing of a data flow in step with its nodes; other jobs have none."""
    if job.kind != KIND:
        return
    nodes = nodes_or_none(job.content)
    if job.document is None:
        job.document = new_document(job.project, draw(nodes), by=by, kind="dataflow")
        job.save(update_fields=["document"])
    else:
        replace_text(job.document, draw(nodes, job.document.text), by=by, label="Nodes")


def nodes_or_none(content: str) -> list[dict[str, Any]]:
    """The nodes of a content; none when it is not readable: the last picture of them would lie."""
    try:
        return drawable_nodes(content)
    except Wrong:
        return []


@transaction.atomic
def edit_drawing(document: Document, *, by: User | None, **change: Any) -> Document:
    """Apply operations (see `apply_operations`) and, if a job owns the drawing, say the same in it."""
    apply_operations(document, by=by, **change)
    _take_over(document, by=by)
    return document


@transaction.atomic
def replace_drawing(document: Document, text: str, *, by: User | None, **change: Any) -> Document:
    """Replace the whole drawing, as `edit_drawing` changes it."""
    replace_text(document, text, by=by, **change)
    _take_over(document, by=by)
    return document


def _take_over(document: Document, *, by: User | None) -> None:
    """The row of the drawing is locked since it was changed, so the job's cannot overtake it."""
    job = Job.objects.filter(document=document, kind=KIND).first()
    if job is None:
        return
    before = nodes_or_none(job.content)
    try:
        nodes = nodes_of(document.text, before)
    except Wrong as wrong:
        raise Invalid(wrong.translated(), field="ops") from None
    if nodes != before:
        changed = Job.objects.filter(pk=job.pk)
        content = content_of(nodes, job.content)
        changed.update(content=content, modified_by=by, modified_at=timezone.now())


def problems_in(document: Document) -> list[Problem]:
    """What is wrong with the drawing, and with what the job that owns it makes of it."""
    found = problems_of(document)
    if document.kind != "dataflow":
        return found
    try:
        return [*found, *node_problems(nodes_of(document.text))]
    except Wrong as wrong:
        return [*found, Problem(WRONG, wrong.translated())]


def node_problems(nodes: Sequence[dict[str, Any]]) -> Iterator[Problem]:
    for fault in check_nodes(nodes).faults:
        yield _problem(nodes, fault)


def _problem(nodes: Sequence[dict[str, Any]], fault: Fault) -> Problem:
    code = UNFINISHED if fault.unfinished else WRONG
    severity = "warning" if fault.unfinished else "error"
    if fault.place is None:
        return Problem(code, fault.message, severity=severity)  # type: ignore[arg-type]
    node = nodes[fault.place]
    message = _("“%(node)s”: %(what)s") % {"node": node.get("name") or node.get("id"), "what": told(fault)}
    return Problem(code, message, (str(node.get("id", "")),), severity=severity)  # type: ignore[arg-type]


def told(fault: Fault) -> str:
    """A fault as a sentence, with the field it speaks of where the sentence does not say."""
    if fault.unfinished:
        return _("Too few tables lead to it.") if fault.path else _("It does not lead to a target yet.")
    where = fault.path.replace("[", " ").replace("]", "").replace(".", " ")
    return f"{where}: {fault.message}" if where and fault.path != "parentNodeIds" else fault.message
