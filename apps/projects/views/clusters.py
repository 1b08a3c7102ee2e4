"""What a project runs on: clusters, their hosts, how busy they are."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from apps.lib.htmx import page_or_fragment
from apps.projects.access import granted
from apps.projects.queries import hosts_with_load, is_silent, linked_clusters, project_for


@login_required
def clusters(request: HttpRequest, project: int) -> HttpResponse:
    found = project_for(request.user, project)
    hosts: dict[int, list[dict[str, object]]] = {}
    for host in hosts_with_load(found):
        share = min(100, round(100 * host.busy / host.slots)) if host.slots else 0
        row = {"host": host, "silent": is_silent(host), "share": share}
        hosts.setdefault(host.cluster_id, []).append(row)
    links = [{"link": link, "hosts": hosts.get(link.cluster_id, [])} for link in linked_clusters(found)]
    context = {"project": found, "granted": granted(request.user, found), "links": links, "nav": "clusters"}
    return page_or_fragment(request, "projects/clusters.html", "projects/_cluster_list.html", context)
