"""What all views of our API start from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from apps.gateways.rest.body import StrictJSONParser
from apps.lib.errors import DomainError, Invalid, NotFound
from apps.projects.models import Cluster, Folder, Project


class View(APIView):  # type: ignore[misc]
    parser_classes = (StrictJSONParser,)


class ListView(ListAPIView):  # type: ignore[misc]
    """A page of rows. `serializer_class` and `pagination_class` say how, `get_queryset` which."""

    parser_classes = (StrictJSONParser,)


def given(wire: type[Serializer], request: Request, *, partial: bool = False) -> dict[str, Any]:
    """The body as `wire` reads it, or a refusal that names the fields."""
    return checked(wire, request.data, partial=partial)


def checked(wire: type[Serializer], data: Any, *, partial: bool = False) -> dict[str, Any]:
    serializer = wire(data=data, partial=partial)
    serializer.is_valid(raise_exception=True)
    found: dict[str, Any] = serializer.validated_data
    return found


def made(wire: type[Serializer], row: Any) -> Response:
    return Response(wire(row).data, status=201)


def folder_in(project: Project, uid: int) -> Folder:
    folder = project.folders.filter(uid=uid).first()
    if folder is None:
        raise Invalid(_("There is no such folder in this project."), field="folder")
    return folder


def cluster_in(project: Project, uid: int | None) -> Cluster | None:
    if uid is None:
        return None
    cluster = Cluster.objects.filter(uid=uid, settings__project=project).first()
    if cluster is None:
        raise Invalid(_("There is no such cluster, or the project may not use it."), field="cluster")
    return cluster


@contextmanager
def named(names: Mapping[str, str]) -> Iterator[None]:
    """Tell a refused field by its name on the wire."""
    try:
        yield
    except DomainError as error:
        error.field = names.get(error.field, error.field)
        raise


class UnknownAddress(View):
    """Any address below ours that means nothing, in our form instead of a page."""

    permission_classes = ()
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound(_("There is nothing at this address."))

    def get(self, request: Request, **_path: Any) -> Response:
        raise NotImplementedError("never reached")
