"""What a project runs on: clusters, their hosts, how busy they are."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.lib.errors import DomainError
from apps.lib.htmx import page_or_fragment
from apps.projects.access import granted
from apps.projects.hosts import remove_host
from apps.projects.queries import hosts_with_load, is_silent, linked_clusters, project_for


@login_required
def clusters(request: HttpRequest, project: int) -> HttpResponse:
    found = project_for(request.user, project)
    hosts: dict[int, list[dict[str, object]]] = {}
    for host in hosts_with_load(found):
        share = min(100, round(100 * host.busy / host.slots)) if host.slots else 0
        silent = is_silent(host)
        gone = request.user.is_superuser and (silent or host.lost_at is not None) and not host.busy
        row = {"host": host, "silent": silent, "share": share, "removable": gone}
        row["programs"] = ", ".join(sorted(host.programs))
        hosts.setdefault(host.cluster_id, []).append(row)
    links = [{"link": link, "hosts": hosts.get(link.cluster_id, [])} for link in linked_clusters(found)]
    context = {"project": found, "granted": granted(request.user, found), "links": links, "nav": "clusters"}
    return page_or_fragment(request, "projects/clusters.html", "projects/_cluster_list.html", context)


@require_POST
@login_required
def remove(request: HttpRequest, project: int, host: int) -> HttpResponse:
    """Forget a host that is gone: for administrators, as other projects may use it too."""
    found = project_for(request.user, project)
    if not request.user.is_superuser:
        raise Http404
    gone = get_object_or_404(hosts_with_load(found), uid=host)
    try:
        remove_host(gone, by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Host %(name)s is removed.") % {"name": gone.name})
    return redirect("projects:clusters", found.ref)
