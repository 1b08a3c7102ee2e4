"""What a project's runs go to: its clusters, and the hosts of these."""

from __future__ import annotations

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.gateways.rest.paging import ByName
from apps.gateways.rest.reach import project_for
from apps.gateways.rest.views.view import ListView, View
from apps.gateways.rest.wire.clusters import ClusterWire, HostWire
from apps.lib.errors import Denied, NotFound
from apps.projects.hosts import remove_host
from apps.projects.models import Cluster, Host, Project
from apps.projects.queries import hosts_with_load


class Clusters(ListView):
    """The clusters that the project may use, each with what its jobs may ask of it."""

    queryset = Cluster.objects.none()
    serializer_class = ClusterWire
    pagination_class = ByName

    def get_queryset(self) -> QuerySet[Cluster]:
        return _clusters_of(project_for(self.request.user, self.kwargs["project"]))


class OneCluster(View):
    @extend_schema(responses=ClusterWire)
    def get(self, request: Request, project: int, cluster: int) -> Response:
        found = _clusters_of(project_for(request.user, project)).filter(uid=cluster).first()
        if found is None:
            raise NotFound(_("There is no such cluster, or the project may not use it."))
        return Response(ClusterWire(found).data)


class Hosts(ListView):
    """The hosts of the project's clusters, with how busy they are."""

    queryset = Host.objects.none()
    serializer_class = HostWire
    pagination_class = ByName

    def get_queryset(self) -> QuerySet[Host]:
        project = project_for(self.request.user, self.kwargs["project"])
        return hosts_with_load(project).select_related("cluster")


class OneHost(View):
    @extend_schema(responses=HostWire)
    def get(self, request: Request, project: int, host: int) -> Response:
        return Response(HostWire(self._found(request, project, host)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, project: int, host: int) -> Response:
        """Forget a host that is gone. For administrators; refused while it works or has attempts."""
        found = self._found(request, project, host)
        if not request.user.is_superuser:
            raise Denied(_("Other projects may use this host too: only an administrator may remove it."))
        remove_host(found, by=request.user)
        return Response(status=204)

    def _found(self, request: Request, project: int, uid: int) -> Host:
        hosts = hosts_with_load(project_for(request.user, project)).select_related("cluster")
        host = hosts.filter(uid=uid).first()
        if host is None:
            raise NotFound(_("There is no such host in the clusters of this project."))
        return host


def _clusters_of(project: Project) -> QuerySet[Cluster]:
    limits = {f"allowed_{what}": F(f"settings__{what}") for what in ("users", "hosts", "queues")}
    return Cluster.objects.filter(settings__project=project).annotate(
        default_user=F("settings__default_user"), default_queue=F("settings__default_queue"), **limits
    )
