from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.gateways.rest.paging import ByName
from apps.gateways.rest.reach import project_for
from apps.gateways.rest.views.view import ListView, View, given, made
from apps.gateways.rest.wire.projects import FolderWire, MeWire, ProjectWire
from apps.projects.access import visible_projects
from apps.projects.actions import create_project, delete_project, update_project
from apps.projects.models import Folder, Member, Project


class Me(View):
    @extend_schema(responses=MeWire)
    def get(self, request: Request) -> Response:
        """Who is calling, and with which key."""
        me = request.user
        me.projects = Member.objects.filter(user=me).select_related("project").order_by("project__name")
        me.key = request.auth
        return Response(MeWire(me).data)


class Projects(ListView):
    """The projects that the caller is a member of."""

    queryset = Project.objects.none()
    serializer_class = ProjectWire
    pagination_class = ByName

    def get_queryset(self) -> QuerySet[Project]:
        return visible_projects(self.request.user).select_related("owner")

    @extend_schema(request=ProjectWire, responses={201: ProjectWire})
    def post(self, request: Request) -> Response:
        """Make a project; the caller becomes its admin."""
        return made(ProjectWire, create_project(by=request.user, **given(ProjectWire, request)))


class OneProject(View):
    @extend_schema(responses=ProjectWire)
    def get(self, request: Request, project: int) -> Response:
        return Response(ProjectWire(project_for(request.user, project)).data)

    @extend_schema(request=ProjectWire, responses=ProjectWire)
    def patch(self, request: Request, project: int) -> Response:
        found = project_for(request.user, project, "manage")
        fields = given(ProjectWire, request, partial=True)
        return Response(ProjectWire(update_project(found, by=request.user, **fields)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, project: int) -> Response:
        """Delete the project with all it holds. Refused while a run goes on."""
        delete_project(project_for(request.user, project, "manage"), by=request.user)
        return Response(status=204)


class Folders(ListView):
    """The folders of a project's three trees; a root has no parent."""

    queryset = Folder.objects.none()
    serializer_class = FolderWire
    pagination_class = ByName

    def get_queryset(self) -> QuerySet[Folder]:
        project = project_for(self.request.user, self.kwargs["project"])
        return Folder.objects.filter(project=project).select_related("parent")
