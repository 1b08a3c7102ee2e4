from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.gateways.rest.paging import ByName
from apps.gateways.rest.reach import project_for
from apps.gateways.rest.views.view import ListView, View, given, made
from apps.gateways.rest.wire.projects import ConnectionWire, FolderWire, MeWire, ProjectWire
from apps.lib.errors import NotFound
from apps.projects.access import Verb, visible_projects
from apps.projects.actions import create_project, delete_project, update_project
from apps.projects.connections import create_connection, delete_connection, update_connection
from apps.projects.models import Connection, Folder, Member, Project


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


class Connections(ListView):
    """The databases that the project's jobs may ask."""

    queryset = Connection.objects.none()
    serializer_class = ConnectionWire
    pagination_class = ByName

    def get_queryset(self) -> QuerySet[Connection]:
        return Connection.objects.filter(project=project_for(self.request.user, self.kwargs["project"]))

    @extend_schema(request=ConnectionWire, responses={201: ConnectionWire})
    def post(self, request: Request, project: int) -> Response:
        """Add a connection."""
        found = project_for(request.user, project, "manage")
        fields = given(ConnectionWire, request)
        return made(ConnectionWire, create_connection(found, by=request.user, **fields))


class OneConnection(View):
    @extend_schema(responses=ConnectionWire)
    def get(self, request: Request, project: int, connection: str) -> Response:
        return Response(ConnectionWire(self._found(request, project, connection, "view")).data)

    @extend_schema(request=ConnectionWire, responses=ConnectionWire)
    def patch(self, request: Request, project: int, connection: str) -> Response:
        found = self._found(request, project, connection, "manage")
        fields = given(ConnectionWire, request, partial=True)
        return Response(ConnectionWire(update_connection(found, by=request.user, **fields)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, project: int, connection: str) -> Response:
        """Remove a connection. Jobs that name it fail from then on."""
        delete_connection(self._found(request, project, connection, "manage"), by=request.user)
        return Response(status=204)

    def _found(self, request: Request, project: int, name: str, verb: Verb) -> Connection:
        of = project_for(request.user, project, verb)
        found = Connection.objects.filter(project=of, name=name).select_related("project").first()
        if found is None:
            raise NotFound(_("There is no such connection in this project."))
        return found
