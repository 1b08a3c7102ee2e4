"""Clusters, their hosts, and how a project may use them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from apps.gateways.emr import finding
from apps.gateways.emr.wire import projects as wire
from apps.gateways.emr.wire.paging import read_window, render_page, wrap
from apps.gateways.rpc.frame import Asked, Operation
from apps.projects import actions
from apps.projects.models import Cluster, ClusterSetting


def create_setting(asked: Asked) -> dict[str, Any]:
    """Link a cluster. One that is linked already, as the local one is from the start, takes the settings."""
    project, cluster = finding.project(asked, "manage"), finding.cluster(asked)
    fields = wire.read_cluster_setting(asked.p)
    setting = ClusterSetting.objects.filter(project=project, cluster=cluster).first()
    if setting:
        actions.update_cluster_setting(setting, by=asked.user, **fields)
    else:
        actions.link_cluster(project, cluster, by=asked.user, **fields)
    return {"Data": True}


def modify_setting(asked: Asked) -> dict[str, Any]:
    setting = finding.cluster_setting(asked, finding.project(asked, "manage"))
    actions.update_cluster_setting(setting, by=asked.user, **wire.read_cluster_setting(asked.p))
    return {"Data": True}


def delete_setting(asked: Asked) -> dict[str, Any]:
    setting = finding.cluster_setting(asked, finding.project(asked, "manage"))
    actions.unlink_cluster(setting, by=asked.user)
    return {"Data": True}


def describe_setting(asked: Asked) -> dict[str, Any]:
    reply = wire.render_cluster_setting(finding.cluster_setting(asked, finding.project(asked)))
    del reply["ClusterName"]
    return reply


def list_settings(asked: Asked) -> dict[str, Any]:
    rows = finding.project(asked).cluster_settings.select_related("project", "cluster").order_by("id")
    window = read_window(asked.p)
    items = [wire.render_cluster_setting(row) for row in rows[window.slice]]
    return render_page(window, rows.count(), wrap("ClusterSettings", "ClusterSetting", items))


def list_clusters(asked: Asked) -> dict[str, Any]:
    project = finding.project(asked)
    return _page_of_clusters(asked, Cluster.objects.filter(settings__project=project))


def list_all_clusters(asked: Asked) -> dict[str, Any]:
    return _page_of_clusters(asked, Cluster.objects.all())


def _page_of_clusters(asked: Asked, rows: QuerySet[Cluster]) -> dict[str, Any]:
    window = read_window(asked.p)
    clusters = rows.prefetch_related("hosts").order_by("id")[window.slice]
    items = [wire.render_cluster(row, list(row.hosts.all()), asked.now) for row in clusters]
    return render_page(window, rows.count(), wrap("Clusters", "ClusterInfo", items), "TotalCount")


def list_hosts(asked: Asked) -> dict[str, Any]:
    """The hosts that the project may name."""
    setting = finding.cluster_setting(asked, finding.project(asked))
    hosts = setting.cluster.hosts.order_by("id")
    if setting.hosts:
        hosts = hosts.filter(name__in=setting.hosts)
    return wrap("HostList", "Host", [wire.render_host(host, asked.now) for host in hosts])


def list_all_hosts(asked: Asked) -> dict[str, Any]:
    setting = finding.cluster_setting(asked, finding.project(asked))
    hosts = setting.cluster.hosts.order_by("id")
    return wrap("HostList", "Host", [wire.render_host(host, asked.now) for host in hosts])


OPERATIONS: dict[str, Operation] = {
    "CreateFlowProjectClusterSetting": create_setting,
    "ModifyFlowProjectClusterSetting": modify_setting,
    "DeleteFlowProjectClusterSetting": delete_setting,
    "DescribeFlowProjectClusterSetting": describe_setting,
    "ListFlowProjectClusterSetting": list_settings,
    "ListFlowCluster": list_clusters,
    "ListFlowClusterAll": list_all_clusters,
    "ListFlowClusterHost": list_hosts,
    "ListFlowClusterAllHosts": list_all_hosts,
}
