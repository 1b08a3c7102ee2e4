"""A run that is repeated with its contents as they are now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from apps.engine.routing import LOCAL
from apps.flows import revisions
from apps.flows.models import NodeRun, Revision, Run
from apps.flows.routes import fleet
from apps.lib.errors import Conflict
from apps.projects.models import Cluster, User

#: What a node run takes over from its compiled node.
TAKEN = {
    "name": "name",
    "kind": "kind",
    "frozen_id": "digest",
    "cluster_id": "cluster",
    "trigger_rule": "rule",
    "on_failure": "on_failure",
    "max_retry": "max_retry",
    "retry_interval": "retry_interval",
    "timeout": "timeout",
}
BATCH = 500


def take_latest(run: Run, *, by: User | None) -> None:
    """Let an ended run be of its flow or job as that is now, in the transaction that repeats it.

    Raises Conflict when the drawing has other nodes or edges by now: the nodes of the run are
    what its history is told of.
    """
    # Whoever steps the run waits here, and finds it changed.
    Run.objects.select_for_update().get(pk=run.pk)
    before, revision = run.revision, _now(run, by)
    if revision.pk == before.pk:
        return
    if _shape(before.nodes) != _shape(revision.nodes):
        raise Conflict(
            _(
                "The drawing has changed since run {ref}: {difference}."
                " Start a new run of the flow, or run this one again as it was."
            ).format(ref=run.ref, difference=_difference(before.nodes, revision.nodes))
        )
    Run.objects.filter(pk=run.pk).update(revision=revision)
    run.revision = revision
    hosts, changed = fleet(), []
    for node_run in run.node_runs.order_by("ordinal"):
        node = revision.nodes[node_run.ordinal]
        if node != before.nodes[node_run.ordinal]:
            for field, key in TAKEN.items():
                setattr(node_run, field, node[key])
            node_run.host_name = hosts.host_name(node["cluster"], node["host"])
            node_run.mode = hosts.mode(node["cluster"], node["host"], node.get("mode", LOCAL))
            changed.append(node_run)
    NodeRun.objects.bulk_update(changed, [*TAKEN, "host_name", "mode"], batch_size=BATCH)


def _now(run: Run, by: User | None) -> Revision:
    if run.flow:
        return revisions.deployed(run.flow) or revisions.freeze_flow(run.flow, by=by)
    if run.job is None:
        raise Conflict(
            _("What run {ref} is of was deleted: it can only be run again as it was.").format(ref=run.ref)
        )
    node = run.revision.nodes[0]
    cluster = Cluster.objects.filter(pk=node["cluster"]).first()
    return revisions.freeze_job(run.job, by=by, cluster=cluster, host_name=node["host"])


def _shape(nodes: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[int]]]:
    return [(node["id"], node["children"]) for node in nodes]


def _difference(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> str:
    old, new = ({node["id"]: node["name"] or node["id"] for node in nodes} for nodes in (before, after))
    added = ", ".join(new[node] for node in new if node not in old)
    gone = ", ".join(old[node] for node in old if node not in new)
    if added and gone:
        return _("added {added} and removed {gone}").format(added=added, gone=gone)
    if added:
        return _("added {added}").format(added=added)
    if gone:
        return _("removed {gone}").format(gone=gone)
    return _("its edges, or the order of its nodes, are others")
