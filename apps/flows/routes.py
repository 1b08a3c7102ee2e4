"""What a host serves, and which hosts a node may run on: the rules of `engine.routing` on our rows.

A warden learns what it serves at each sign of life, so that a claim stays one query of one index.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.engine.allowance import Allowance
from apps.engine.routing import LOCAL, YARN, HostRole, may_use, modes_of, route
from apps.jobs.allowed import allowance_of
from apps.projects.models import Cluster, ClusterSetting, Host


@dataclass(frozen=True, slots=True)
class Served:
    """What a host may claim: of its cluster, nodes of these modes, and none of the barred projects."""

    host_id: int
    cluster_id: int
    name: str
    modes: tuple[str, ...] = ()
    barred: frozenset[int] = frozenset()
    #: What projects may use of the cluster, where that is bounded or has defaults.
    allowances: Mapping[int, Allowance] = field(default_factory=dict)

    def takes(self, node: dict[str, Any]) -> bool:
        """Whether a compiled node of a project that may use this host is for it."""
        if node["cluster"] != self.cluster_id or node["host"] not in ("", self.name):
            return False
        mode = node.get("mode", LOCAL)
        return mode in self.modes or bool(mode == YARN and node["host"])


@dataclass(slots=True)
class Fleet:
    """The hosts of all clusters, with their roles."""

    by_cluster: dict[int, list[HostRole]] = field(default_factory=dict)

    def names(self, cluster: int | None) -> list[str]:
        return [host.name for host in self.of(cluster)]

    def of(self, cluster: int | None) -> list[HostRole]:
        return self.by_cluster.get(cluster or 0, [])

    def host_name(self, cluster: int | None, named: str) -> str:
        """The host that a node waits for that names this one: none where there is but one to choose."""
        return named if len(self.of(cluster)) > 1 else ""

    def mode(self, cluster: int | None, named: str, mode: str) -> str:
        """The mode that a node waits in: none where the host that it names settles it."""
        hosts = self.of(cluster)
        if len(hosts) < 2:
            return mode
        return "" if named and named in route(mode, named, hosts).hosts else mode


def served_by(host: Host) -> Served:
    """What the host may claim now: roles and settings can change at any time."""
    roles = dict(Host.objects.filter(cluster=host.cluster_id).values_list("name", "role"))
    settings = list(ClusterSetting.objects.filter(cluster=host.cluster_id))
    return Served(
        host.pk,
        host.cluster_id,
        host.name,
        modes_of(host.role, set(roles.values())),
        frozenset(setting.project_id for setting in settings if not may_use(host.name, roles, setting.hosts)),
        {setting.project_id: allowance_of(setting) for setting in settings},
    )


def fleet(clusters: Collection[int] | None = None) -> Fleet:
    """All hosts, or those of some clusters."""
    rows = Host.objects.order_by("pk")
    if clusters is not None:
        rows = rows.filter(cluster__in=clusters)
    found: dict[int, list[HostRole]] = defaultdict(list)
    for cluster, name, role in rows.values_list("cluster_id", "name", "role"):
        found[cluster].append(HostRole(name, role))
    return Fleet(dict(found))


def default_clusters(projects: Iterable[int]) -> dict[int, int]:
    """Where nodes run that name no cluster: the oldest that the project may use, else the oldest of all."""
    wanted = set(projects)
    links = ClusterSetting.objects.filter(project__in=wanted).order_by("-cluster_id")
    linked = dict(links.values_list("project_id", "cluster_id"))
    if wanted <= linked.keys():
        return linked
    oldest = Cluster.objects.order_by("pk").values_list("pk", flat=True).first()
    return {pk: linked.get(pk) or oldest for pk in wanted if linked.get(pk) or oldest}
