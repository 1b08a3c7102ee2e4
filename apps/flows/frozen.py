"""What flows are frozen as now: looked up as long as nothing of them changed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Count, Max

from apps.flows.models import Flow, FlowJob, Revision
from apps.flows.revisions import check_built, deployed, freeze_flow
from apps.flows.routes import default_clusters
from apps.lib.errors import DomainError
from apps.projects.models import Cluster

#: What each flow was frozen as, by all that freezing looks at. Filled when it is committed.
_current: dict[tuple[Any, ...], Revision] = {}
CURRENT_KEPT = 10_000


def current(flows: Sequence[Flow]) -> dict[int, Revision | DomainError]:
    """What a schedule runs of each of the flows now, or why it cannot run; by primary key.

    A flow that was not changed since it was frozen is not looked into again: a thousand of
    them cost two queries. They come with their document, and `published` where they have one.
    """
    marks = _marks(flows)
    found: dict[int, Revision | DomainError] = {}
    for flow in flows:
        mark = marks[flow.pk]
        try:
            check_built(flow)
            if known := deployed(flow) or _current.get(mark):
                found[flow.pk] = known
                continue
            with transaction.atomic():
                found[flow.pk] = revision = freeze_flow(flow, by=None)
        except DomainError as error:
            found[flow.pk] = error
        else:
            transaction.on_commit(partial(_remember, mark, revision))
    return found


def _marks(flows: Sequence[Flow]) -> dict[int, tuple[Any, ...]]:
    """By flow, what is different whenever freezing it could give something else."""
    uses = FlowJob.objects.filter(flow__in=[flow.pk for flow in flows]).values("flow").order_by()
    jobs = {
        row.pop("flow"): tuple(row.values())
        for row in uses.annotate(
            count=Count("pk"), changed=Max("job__modified_at"), resource=Max("job__resources__pk")
        )
    }
    clusters = default_clusters(flow.project_id for flow in flows)
    newest = Cluster.objects.order_by("-pk").values_list("pk", flat=True).first()
    return {
        flow.pk: (
            *(flow.pk, flow.modified_at, flow.document.version, jobs.get(flow.pk)),
            *(clusters.get(flow.project_id), newest),
        )
        for flow in flows
    }


def _remember(mark: tuple[Any, ...], revision: Revision) -> None:
    while len(_current) >= CURRENT_KEPT:
        del _current[next(iter(_current))]
    _current[mark] = revision
