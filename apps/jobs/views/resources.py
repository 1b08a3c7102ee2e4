"""The files of a project's stores: what is there, taken out, put in and removed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.jobs import storing
from apps.jobs.looking import looks_at
from apps.jobs.models import Resource
from apps.jobs.object_response import ObjectResponse
from apps.jobs.shelves import Shelf, shelf_of, shelves_of, told
from apps.jobs.storage import Found, Page, check_key
from apps.jobs.storage_forms import FolderNameForm
from apps.lib.errors import DomainError
from apps.lib.htmx import page_or_fragment
from apps.lib.pages import STATUS
from apps.projects.access import Verb, granted
from apps.projects.forms import submit
from apps.projects.models import Project
from apps.projects.queries import project_for
from apps.projects.views.projects import leave

#: So many jobs are named that use a file.
NAMED_JOBS = 5


@dataclass(frozen=True, slots=True)
class Where:
    """The folder of a store that a request is about."""

    project: Project
    shelves: list[Shelf]
    shelf: Shelf
    folder: str

    @property
    def query(self) -> str:
        return urlencode({"store": self.shelf.ref, "path": self.folder})

    @property
    def url(self) -> str:
        return f"{reverse('jobs:resources', args=[self.project.ref])}?{self.query}"

    def key(self, name: str) -> str:
        return f"{self.folder}/{name}" if self.folder else name

    @property
    def crumbs(self) -> list[tuple[str, str]]:
        """The folders on the way, each with its path."""
        parts = self.folder.split("/") if self.folder else []
        return [(part, "/".join(parts[: place + 1])) for place, part in enumerate(parts)]


@login_required
@require_GET
def resources(request: HttpRequest, project: int) -> HttpResponse:
    where = _where(request, project)
    context = _listing(request, where) | {"nav": "resources", "most": settings.HEADRACE_MAX_UPLOAD_BYTES}
    return page_or_fragment(request, "jobs/resources.html", "jobs/_resources.html", context)


@login_required
@require_GET
def pick(request: HttpRequest, project: int) -> HttpResponse:
    """The same in a dialog, from which a job takes one."""
    context = _listing(request, _where(request, project))
    return page_or_fragment(request, "jobs/pick_resource.html", "jobs/_pick_resource.html", context)


@login_required
@require_POST
def states(request: HttpRequest, project: int) -> HttpResponse:
    """What is wrong with the files that a form of a job names, as it stands unsaved."""
    found = project_for(request.user, project)
    paths = [path.strip() for path in request.POST.getlist("resources_path") if path.strip()]
    return render(request, "jobs/_resource_states.html", {"looks": list(looks_at(found.pk, paths))})


@login_required
@require_http_methods(["POST", "PUT"])
def upload(request: HttpRequest, project: int) -> HttpResponse:
    """PUT sends one file as the body, with its `name`; POST is the form of the page."""
    where = _where(request, project, "edit")
    if request.method == "PUT":
        return _upload_body(request, where)
    files = request.FILES.getlist("file")
    if not files:
        messages.error(request, _("Choose a file first."))
    for file in files:
        try:
            _upload_file(request, where, file)
        except DomainError as error:
            messages.error(request, f"{file.name}: {error.message}")
            break
    else:
        said = ngettext("%(count)d file is uploaded.", "%(count)d files are uploaded.", len(files))
        if files:
            messages.success(request, said % {"count": len(files)})
    return redirect(where.url)


@login_required
def new_folder(request: HttpRequest, project: int) -> HttpResponse:
    where = _where(request, project, "edit")
    form = FolderNameForm(request.POST or None)
    if request.method == "POST" and submit(
        form,
        lambda: storing.make_folder(where.shelf, where.key(form.cleaned_data["name"]), by=request.user),
    ):
        return leave(request, where.url)
    context = {"project": where.project, "where": where, "form": form, "nav": "resources"}
    status = 422 if form.errors else 200
    return page_or_fragment(
        request, "jobs/resource_folder.html", "jobs/_resource_folder.html", context, status
    )


@login_required
def delete(request: HttpRequest, project: int) -> HttpResponse:
    """Ask first, naming the jobs that list it; then delete a file, or a folder that is empty."""
    where = _where(request, project, "edit")
    name, is_folder = request.GET.get("name", ""), "folder" in request.GET
    key = where.key(name)
    trouble = ""
    if request.method == "POST":
        remove = storing.delete_folder if is_folder else storing.delete_object
        try:
            remove(where.shelf, key, by=request.user)
        except DomainError as error:
            trouble = error.message
        else:
            messages.success(request, _("%(name)s is deleted.") % {"name": name})
            return leave(request, where.url)
    users = Resource.objects.filter(job__project=where.project, path=where.shelf.address(key))
    context = {
        "project": where.project,
        "where": where,
        "name": name,
        "is_folder": is_folder,
        "trouble": trouble,
        "jobs": list(users.values_list("job__name", flat=True)[:NAMED_JOBS]),
        "nav": "resources",
    }
    status = 422 if trouble else 200
    return page_or_fragment(
        request, "jobs/resource_delete.html", "jobs/_resource_delete.html", context, status
    )


@login_required
@require_GET
def download(request: HttpRequest, project: int) -> ObjectResponse:
    where = _where(request, project)
    key = where.key(request.GET.get("name", ""))
    with told():
        opened = where.shelf.store().open(where.shelf.bucket, check_key(key))
    return ObjectResponse(opened, key.rpartition("/")[2])


def _where(request: HttpRequest, project: int, verb: Verb = "view") -> Where:
    found = project_for(request.user, project, verb)
    folder = request.GET.get("path", "").strip("/")
    with told():
        folder = check_key(folder) if folder else ""
    shelves = shelves_of(found)
    return Where(found, shelves, shelf_of(found, request.GET.get("store", ""), shelves), folder)


def _upload_body(request: HttpRequest, where: Where) -> HttpResponse:
    length = request.headers.get("Content-Length", "")
    size = int(length) if length.isdecimal() else None
    try:
        key = where.key(request.GET.get("name", ""))
        address = storing.upload_object(where.shelf, key, request, by=request.user, size=size)
    except DomainError as error:
        return JsonResponse({"message": error.message}, status=STATUS.get(error.code, 400))
    return JsonResponse({"address": address}, status=201)


def _upload_file(request: HttpRequest, where: Where, file: UploadedFile) -> None:
    key = where.key(str(file.name))
    storing.upload_object(where.shelf, key, file, by=request.user, size=file.size)


def _listing(request: HttpRequest, where: Where) -> dict[str, Any]:
    """What is in the folder, or why that cannot be said."""
    page, trouble = Page(), ""
    try:
        page = where.shelf.page(where.folder, request.GET.get("after", ""))
    except DomainError as error:
        trouble = error.message
    return {
        "project": where.project,
        "granted": granted(request.user, where.project),
        "where": where,
        "shelves": where.shelves,
        "folders": [_folder_row(where, name) for name in page.folders],
        "files": [_file_row(where, found) for found in page.objects],
        "after": page.after,
        "trouble": trouble,
    }


def _folder_row(where: Where, name: str) -> dict[str, Any]:
    key = where.key(name)
    return {
        "name": name,
        "query": urlencode({"store": where.shelf.ref, "path": key}),
        "act": f"{where.query}&name={quote(name)}&folder=",
    }


def _file_row(where: Where, found: Found) -> dict[str, Any]:
    name = found.key.rpartition("/")[2]
    return {
        "name": name,
        "size": filesizeformat(found.size),
        "bytes": found.size,
        "modified_at": datetime.fromtimestamp(found.modified / 1e9, UTC),
        "address": where.shelf.address(where.key(name)),
        "act": f"{where.query}&name={quote(name)}",
    }
