"""Making, renaming, moving and deleting a folder, in a dialog over the tree it belongs to."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.lib.errors import NotFound
from apps.lib.htmx import page_or_fragment
from apps.lib.ids import read
from apps.projects import actions
from apps.projects.access import require
from apps.projects.forms import FolderForm, submit
from apps.projects.models import Folder, Tree
from apps.projects.queries import project_for
from apps.projects.views.projects import leave


@login_required
def folder_new(request: HttpRequest, project: int, tree: str) -> HttpResponse:
    found = project_for(request.user, project, "edit")
    if tree not in Tree.values:
        raise NotFound(_("There is no such folder."))
    inside = found.folders.filter(tree=tree, uid=read(request.GET.get("in", ""))).first()
    initial = {"parent": inside or actions.root_folder(found, tree)}
    form = FolderForm(request.POST or None, project=found, tree=tree, initial=initial)
    if request.method == "POST" and submit(
        form, lambda: actions.create_folder(found, tree=tree, by=request.user, **form.cleaned_data)
    ):
        return leave(request, _tree_page(form.cleaned_data["parent"]))
    context = {"project": found, "form": form, "tree": tree}
    status = 422 if form.errors else 200
    return page_or_fragment(request, "projects/folder.html", "projects/_folder.html", context, status)


@login_required
def folder_edit(request: HttpRequest, folder: int) -> HttpResponse:
    found = _folder_for(request, folder)
    initial = {"name": found.name, "parent": found.parent}
    form = FolderForm(request.POST or None, project=found.project, tree=found.tree, initial=initial)
    if request.method == "POST" and submit(
        form, lambda: actions.update_folder(found, by=request.user, **form.cleaned_data)
    ):
        return leave(request, _tree_page(found))
    context = {"project": found.project, "form": form, "folder": found, "tree": found.tree}
    status = 422 if form.errors else 200
    return page_or_fragment(request, "projects/folder.html", "projects/_folder.html", context, status)


@login_required
@require_POST
def folder_delete(request: HttpRequest, folder: int) -> HttpResponse:
    found = _folder_for(request, folder)
    parent = found.parent or found
    actions.delete_folder(found, by=request.user)
    return redirect(_tree_page(parent))


def _folder_for(request: HttpRequest, uid: int) -> Folder:
    folder = Folder.objects.select_related("project", "parent").filter(uid=uid).first()
    if folder is None:
        raise NotFound(_("There is no such folder."))
    require(request.user, "edit", folder.project)
    return folder


def _tree_page(folder: Folder) -> str:
    """The page that shows this folder's tree."""
    name = "flows:list" if folder.tree == Tree.FLOW else "jobs:list"
    try:
        page = reverse(name, args=[folder.project.ref])
    except NoReverseMatch:
        return reverse("projects:home", args=[folder.project.ref])
    return f"{page}?folder={folder.ref}"
