"""A document of DataWorks as nodes for a drawing that is there already."""

from __future__ import annotations

import json
from typing import Any

from django.db import transaction

from apps.gateways.dataworks.flowspec import SpecError, read_document
from apps.gateways.dataworks.flowspec.model import KINDS, WorkflowSpec
from apps.gateways.dataworks.storing import drawing, settings
from apps.jobs.actions import create_job
from apps.jobs.models import Job
from apps.projects.models import Project, User


@transaction.atomic
def paste_document(project: Project, text: str, *, by: User | None) -> dict[str, Any]:
    """Make the jobs of a document's nodes. The graph they form, as EMR writes graphs. Raises SpecError."""
    document = read_document(text, KINDS, (project.name, str(project.number)))
    jobs: list[Job] = []
    edges: list[tuple[int, int]] = []
    for workflow in document.workflows:
        places = _add_jobs(project, workflow, jobs, by)
        edges += [(places[a], places[b]) for a, b in workflow.edges if a in places and b in places]
    if not jobs:
        raise SpecError("nodes is empty: the document holds no node", "$.spec.nodes")
    graph: dict[str, Any] = json.loads(drawing.draw(jobs, edges))
    return graph


def _add_jobs(project: Project, workflow: WorkflowSpec, jobs: list[Job], by: User | None) -> dict[int, int]:
    """The place in `jobs` of each node's new job, by the node's place in the workflow."""
    places = {}
    for place, node in enumerate(workflow.nodes):
        if node.stands_for:
            continue
        places[place] = len(jobs)
        jobs.append(create_job(project, kind=settings.kind_of(node), by=by, **settings.job_fields(node)))
    return places
