"""Where the nodes of a drawing would run: clusters and hosts that are not there or not allowed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.engine.drafts import FlowDraft, NodeDraft, Problem
from apps.engine.routing import LOCAL, Refusal, route
from apps.flows.models import Flow
from apps.flows.revisions import clusters_of, default_cluster
from apps.flows.routes import Fleet, fleet
from apps.jobs.models import Job
from apps.lib.errors import Conflict
from apps.projects.models import Cluster, ClusterSetting

#: How many names a sentence lists.
NAMED = 5


@dataclass(frozen=True, slots=True)
class Place:
    """Which cluster a node runs on, by whom it is told, and the host that is named for it."""

    node: NodeDraft
    cluster: int
    host: str
    mode: str


def places_of(flow: Flow, draft: FlowDraft, nodes: Iterable[NodeDraft], jobs: dict[str, Job]) -> list[Place]:
    """Raises Conflict when there is no cluster at all."""
    default, drawn = default_cluster(flow.project_id), clusters_of(draft)
    places = []
    for node in nodes:
        job = jobs.get(node.job)
        cluster = drawn.get(node.cluster) or flow.cluster_id or (job.cluster_id if job else None) or default
        places.append(Place(node, cluster, node.host or flow.host_name, job.mode if job else LOCAL))
    return places


def hosts_for(flow: Flow, node: NodeDraft, job: Job | None) -> tuple[str, ...]:
    """The hosts that the node may name."""
    try:
        [place] = places_of(flow, FlowDraft((node,)), [node], {node.job: job} if job else {})
    except Conflict:
        return ()
    links = ClusterSetting.objects.filter(project=flow.project_id, cluster=place.cluster)
    allowed = links.values_list("hosts", flat=True).first() or []
    hosts = fleet([place.cluster]).of(place.cluster)
    of_mode = route(place.mode, "", hosts, allowed).hosts
    named = (host.name for host in hosts if host.name not in of_mode)
    return (*of_mode, *(name for name in named if route(place.mode, name, hosts, allowed).hosts))


def problems_of_hosts(flow: Flow, draft: FlowDraft, places: Sequence[Place]) -> Iterator[Problem]:
    """A host that is passed over, as the only one of its cluster answers to every name, is a warning."""
    yield from _unknown_clusters(draft, [place.node for place in places])
    names = dict(Cluster.objects.values_list("pk", "name"))
    hosts = fleet({place.cluster for place in places})
    allowed = dict(ClusterSetting.objects.filter(project=flow.project_id).values_list("cluster", "hosts"))
    of_cluster: dict[tuple[str, int], list[str]] = defaultdict(list)
    for place in places:
        if place.cluster not in allowed:
            of_cluster["barred_cluster", place.cluster].append(place.node.id)
        elif not hosts.of(place.cluster):
            of_cluster["empty_cluster", place.cluster].append(place.node.id)
        else:
            yield from _of_host(place, hosts, names[place.cluster], allowed[place.cluster])
    said = {
        "barred_cluster": _(
            "This project may not use cluster {cluster}: allow it in the project's settings."
        ),
        "empty_cluster": _("Cluster {cluster} has no host yet: nothing runs there."),
    }
    for (code, cluster), ids in of_cluster.items():
        yield Problem(code, said[code].format(cluster=names[cluster]), tuple(ids))


def _unknown_clusters(draft: FlowDraft, nodes: Sequence[NodeDraft]) -> Iterator[Problem]:
    known = clusters_of(draft)
    for node in nodes:
        if node.cluster and node.cluster not in known:
            said = _("“{name}” names cluster {cluster}, which is not here: it runs where its flow does.")
            yield Problem(
                "unknown_cluster",
                said.format(name=node.title, cluster=node.cluster),
                (node.id,),
                severity="warning",
            )


def _of_host(place: Place, hosts: Fleet, cluster: str, allowed: list[str]) -> Iterator[Problem]:
    there = hosts.names(place.cluster)
    said = {"name": place.node.title, "host": place.host, "cluster": cluster, "mode": place.mode}
    if len(there) == 1:
        if place.host and place.host not in there:
            text = _("“{name}” names host {host}, which cluster {cluster} does not have: any host runs it.")
            yield Problem("unknown_host", text.format(**said), (place.node.id,), severity="warning")
        return
    way = route(place.mode, place.host, hosts.of(place.cluster), allowed)
    if way.refusal is None:
        return
    code, text = _REFUSED[way.refusal]
    could, may = ", ".join(way.could[:NAMED]), ", ".join(allowed[:NAMED])
    yield Problem(code, _(text).format(**said, could=could, allowed=may), (place.node.id,))


_REFUSED = {
    Refusal.HOST_GONE: (
        "unknown_host",
        gettext_noop(
            "“{name}” names host {host}, which cluster {cluster} does not have: choose one of {could}."
        ),
    ),
    Refusal.HOST_BARRED: (
        "barred_host",
        gettext_noop("“{name}” names host {host}, but this project may only use {allowed} of {cluster}."),
    ),
    Refusal.HOST_OF_OTHER_MODE: (
        "wrong_host",
        gettext_noop("“{name}” names host {host}, a worker, where mode {mode} does not run: choose {could}."),
    ),
    Refusal.ALL_BARRED: (
        "barred_host",
        gettext_noop("“{name}”: mode {mode} runs on {could}, but this project may only use {allowed}."),
    ),
}
