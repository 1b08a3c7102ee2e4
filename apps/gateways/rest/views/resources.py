"""The files of a project's stores, and the storages themselves."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.gateways.rest.reach import project_for
from apps.gateways.rest.views.view import View, given, made
from apps.gateways.rest.wire.resources import ListingWire, NewFolderWire, StorageWire, StoredWire
from apps.jobs import storing
from apps.jobs.models import Storage
from apps.jobs.object_response import ObjectResponse
from apps.jobs.shelves import Shelf, shelf_of, told
from apps.jobs.storage import Found, check_key
from apps.lib.errors import NotFound
from apps.projects.access import Verb

_STORE = OpenApiParameter(
    "storage", str, description="The id of a storage; left out, it is the project's own store."
)
_PATH = OpenApiParameter("path", str, required=True, description="The file within the store.")
_BYTES = {"application/octet-stream": OpenApiTypes.BINARY}


class Storages(View):
    @extend_schema(responses=StorageWire(many=True))
    def get(self, request: Request, project: int) -> Response:
        found = project_for(request.user, project)
        return Response(StorageWire(found.storages.all(), many=True).data)

    @extend_schema(request=StorageWire, responses={201: StorageWire})
    def post(self, request: Request, project: int) -> Response:
        found = project_for(request.user, project, "manage")
        return made(
            StorageWire, storing.create_storage(found, by=request.user, **given(StorageWire, request))
        )


class OneStorage(View):
    @extend_schema(responses=StorageWire)
    def get(self, request: Request, project: int, storage: int) -> Response:
        return Response(StorageWire(self._storage(request, project, storage, "view")).data)

    @extend_schema(request=StorageWire, responses=StorageWire)
    def patch(self, request: Request, project: int, storage: int) -> Response:
        """Change what is given; an empty secret leaves the one that is there."""
        found = self._storage(request, project, storage, "manage")
        fields = given(StorageWire, request, partial=True)
        return Response(StorageWire(storing.update_storage(found, by=request.user, **fields)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, project: int, storage: int) -> Response:
        """Forget the storage. What lies in it stays."""
        storing.delete_storage(self._storage(request, project, storage, "manage"), by=request.user)
        return Response(status=204)

    def _storage(self, request: Request, project: int, uid: int, verb: Verb) -> Storage:
        storage = project_for(request.user, project, verb).storages.filter(uid=uid).first()
        if storage is None:
            raise NotFound(_("There is no such storage in this project."))
        return storage


class Resources(View):
    @extend_schema(
        parameters=[
            _STORE,
            OpenApiParameter("folder", str, description="Left out, the top of the store."),
            OpenApiParameter("after", str, description="What the page before ended with."),
        ],
        responses=ListingWire,
    )
    def get(self, request: Request, project: int) -> Response:
        """What lies directly in a folder of a store."""
        shelf = _shelf(request, project, "view")
        page = shelf.page(request.query_params.get("folder", ""), request.query_params.get("after", ""))
        files = [_file(shelf, found) for found in page.objects]
        return Response(ListingWire({"folders": page.folders, "files": files, "after": page.after}).data)

    @extend_schema(parameters=[_STORE], request=NewFolderWire, responses={201: NewFolderWire})
    def post(self, request: Request, project: int) -> Response:
        """Make a folder."""
        folder = given(NewFolderWire, request)
        storing.make_folder(_shelf(request, project, "edit"), folder["path"], by=request.user)
        return made(NewFolderWire, folder)


class Content(View):
    @extend_schema(parameters=[_STORE, _PATH], responses={(200, "application/octet-stream"): bytes})
    def get(self, request: Request, project: int) -> StreamingHttpResponse:
        """The bytes of a file."""
        shelf, path = _shelf(request, project, "view"), _path(request)
        with told():
            opened = shelf.store().open(shelf.bucket, check_key(path))
        return ObjectResponse(opened, path.rpartition("/")[2])

    @extend_schema(parameters=[_STORE, _PATH], request=_BYTES, responses={201: StoredWire})
    def put(self, request: Request, project: int) -> Response:
        """Write the body, as it is, to a file, in place of what may be there."""
        shelf = _shelf(request, project, "edit")
        length = request.headers.get("Content-Length", "")
        size = int(length) if length.isdecimal() else None
        address = storing.upload_object(shelf, _path(request), request, by=request.user, size=size)
        return made(StoredWire, {"address": address})

    @extend_schema(parameters=[_STORE, _PATH], responses={204: None})
    def delete(self, request: Request, project: int) -> Response:
        """Delete a file."""
        storing.delete_object(_shelf(request, project, "edit"), _path(request), by=request.user)
        return Response(status=204)


def _shelf(request: Request, project: int, verb: Verb) -> Shelf:
    return shelf_of(project_for(request.user, project, verb), request.query_params.get("storage", ""))


def _path(request: Request) -> str:
    return str(request.query_params.get("path", ""))


def _file(shelf: Shelf, found: Found) -> dict[str, Any]:
    return {
        "name": found.key.rpartition("/")[2],
        "address": shelf.address(found.key),
        "size": found.size,
        "modified_at": datetime.fromtimestamp(found.modified / 1e9, UTC),
    }
