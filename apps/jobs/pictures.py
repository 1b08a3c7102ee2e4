"""The drawing of a job that is a graph itself."""

from __future__ import annotations

from apps.drawings.actions import new_document, replace_text
from apps.jobs.dataflow.content import nodes_in
from apps.jobs.dataflow.drawing import draw
from apps.jobs.dataflow.reading import Wrong
from apps.jobs.models import Job
from apps.projects.models import User


def draw_job(job: Job, *, by: User | None) -> None:
    """Bring the drawing of a data flow in step with its nodes; other jobs have none."""
    if job.kind != "DATAFLOW":
        return
    try:
        nodes = nodes_in(job.content)
    except Wrong:
        nodes = None  # half-written in an editor: the last picture would lie
    if job.document is None:
        job.document = new_document(job.project, draw(nodes), by=by, kind="dataflow")
        job.save(update_fields=["document"])
    else:
        replace_text(job.document, draw(nodes, job.document.text), by=by, label="Nodes")
