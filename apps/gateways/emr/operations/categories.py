"""The three trees of a project: folders, and jobs and flows as entries in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from apps.flows.models import Flow
from apps.gateways.emr import finding
from apps.gateways.emr.wire import categories as wire
from apps.gateways.emr.wire.ids import spell_id
from apps.gateways.emr.wire.paging import Window, read_window, render_page, wrap
from apps.gateways.rpc.errors import invalid_parameter, missing_parameter
from apps.gateways.rpc.frame import Asked, Operation
from apps.jobs.models import Job
from apps.lib.errors import NotFound
from apps.projects import actions
from apps.projects.models import Folder, Project, Tree

TREES = tuple(Tree.values)
#: All that an entry shows; contents and drawings stay in the database.
SHOWN = ("uid", "project", "name", "created_at", "modified_at", "folder", "folder__uid", "folder__tree")


def create_category(asked: Asked) -> dict[str, Any]:
    project, name = finding.project(asked, "edit"), asked.p.need("Name")
    folder = actions.create_folder(
        project, tree=_tree(asked), name=name, parent=_parent(asked, project), by=asked.user
    )
    return {"Id": spell_id("folder", folder)}


def modify_category(asked: Asked) -> dict[str, Any]:
    project = finding.project(asked, "edit")
    folder = finding.folder(project, asked.p.need("Id"))
    name = asked.p.text("Name")
    actions.update_folder(folder, name=name or None, parent=_parent(asked, project), by=asked.user)
    return {"Data": True}


def delete_category(asked: Asked) -> dict[str, Any]:
    folder = finding.folder(finding.project(asked, "edit"), asked.p.need("Id"))
    actions.delete_folder(folder, by=asked.user)
    return {"Data": True}


def describe_category(asked: Asked) -> dict[str, Any]:
    project, text = finding.project(asked), asked.p.need("Id")
    uid = finding.uid_of("folder", text)
    for rows in _entries(project):
        if entry := rows.filter(uid=uid).first():
            return _render(entry, project)
    raise NotFound(f"There is no category {text} in project {project.name}.")


def describe_tree(asked: Asked) -> dict[str, Any]:
    project, tree = finding.project(asked), _tree(asked)
    folders = list(project.folders.filter(tree=tree))
    root = _tree_root(asked, folders)
    inside: dict[int, list[Folder]] = {}
    for folder in folders:
        if folder.parent_id is not None:
            inside.setdefault(folder.parent_id, []).append(folder)
    files: dict[int, list[Job | Flow]] = {}
    for rows in (project.jobs, project.flows):
        for file in rows.filter(folder__tree=tree).only(
            "uid", "project", "name", "created_at", "modified_at", "folder"
        ):
            files.setdefault(file.folder_id, []).append(file)
    return {"Data": wire.render_tree(root, project, inside, files, asked.p.text("Keyword") or "")}


def _tree_root(asked: Asked, folders: list[Folder]) -> Folder:
    text = asked.p.text("CategoryId")
    uid = finding.uid_of("folder", text) if text else None
    for folder in folders:
        if folder.uid == uid or (not text and folder.parent_id is None):
            return folder
    raise invalid_parameter("CategoryId", f"{text} is not a folder of this tree")


def list_categories(asked: Asked) -> dict[str, Any]:
    project, window = finding.project(asked), read_window(asked.p)
    folders, jobs, flows = _entries(project)
    sources: Sequence[QuerySet[Any]] = (folders, jobs, flows)
    if parent := asked.p.text("ParentId"):
        folder = finding.folder(project, parent)
        sources = (folders.filter(parent=folder), jobs.filter(folder=folder), flows.filter(folder=folder))
    elif asked.p.flag("Root"):
        sources = (folders.filter(parent=None),)
    total, rows = _page_of(sources, window)
    items = [_render(row, project) for row in rows]
    return render_page(window, total, wrap("Categories", "Category", items))


def _entries(project: Project) -> tuple[QuerySet[Folder], QuerySet[Job], QuerySet[Flow]]:
    return (
        project.folders.select_related("parent").order_by("id"),
        project.jobs.select_related("folder").only(*SHOWN).order_by("id"),
        project.flows.select_related("folder").only(*SHOWN).order_by("id"),
    )


def _page_of(sources: Sequence[QuerySet[Any]], window: Window) -> tuple[int, list[Any]]:
    """One page of several querysets laid end to end."""
    rows: list[Any] = []
    total = 0
    for source in sources:
        count = source.count()
        first = max(0, window.start + len(rows) - total)
        if first < count and len(rows) < window.size:
            rows += source[first : first + window.size - len(rows)]
        total += count
    return total, rows


def _render(entry: wire.Entry, project: Project) -> dict[str, Any]:
    return wire.render_category(entry, project, entry.parent if isinstance(entry, Folder) else entry.folder)


def _tree(asked: Asked) -> str:
    tree = asked.p.choice("Type", TREES)
    if tree is None:
        raise missing_parameter("Type")
    return tree


def _parent(asked: Asked, project: Project) -> Folder | None:
    text = asked.p.text("ParentId")
    return finding.folder(project, text) if text and text != wire.ROOT_PARENT else None


OPERATIONS: dict[str, Operation] = {
    "CreateFlowCategory": create_category,
    "ModifyFlowCategory": modify_category,
    "DeleteFlowCategory": delete_category,
    "DescribeFlowCategory": describe_category,
    "DescribeFlowCategoryTree": describe_tree,
    "ListFlowCategory": list_categories,
}
