"""Folders, and the entries (FILE) under which jobs and flows lie in them.

An entry has an id of its own kind that is spelt with the digits of what lies there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeAlias, cast

from apps.flows.models import Flow
from apps.gateways.emr.wire.ids import spell_id
from apps.gateways.emr.wire.times import millis
from apps.jobs.models import Job
from apps.projects.models import Folder, Project

Entry: TypeAlias = Folder | Job | Flow

ROOT_PARENT = "root_parent"


def render_category(entry: Entry, project: Project, folder: Folder | None) -> dict[str, Any]:
    """`folder` is where the entry lies: None for the root folders."""
    base = {
        "Id": spell_id("folder", entry),
        "ProjectId": spell_id("project", project),
        "ParentId": spell_id("folder", folder) if folder else ROOT_PARENT,
        "Name": entry.name,
        "GmtCreate": millis(entry.created_at),
        "GmtModified": millis(entry.modified_at),
    }
    if isinstance(entry, Folder):
        return base | {"Type": entry.tree, "CategoryType": "FOLDER"}
    kind = "job" if isinstance(entry, Job) else "flow"
    assert folder is not None
    return base | {
        "Type": folder.tree,
        "CategoryType": "FILE",
        "ObjectType": kind.upper(),
        "ObjectId": spell_id(kind, entry),
    }


def render_tree(
    root: Folder,
    project: Project,
    folders: Mapping[int, list[Folder]],
    files: Mapping[int, list[Job | Flow]],
    keyword: str = "",
) -> str:
    """The tree below `root` as JSON text, from children by the primary key of their folder.

    With a keyword only what carries it in its name is left, and the folders on the way there.
    """
    wanted = keyword.strip().lower()

    def branch(entry: Entry, parent: Folder | None) -> dict[str, Any] | None:
        below: list[Entry] = []
        if isinstance(entry, Folder):
            below = [*folders.get(entry.pk, ()), *files.get(entry.pk, ())]
        children = [made for child in below if (made := branch(child, cast(Folder, entry)))]
        if not children and parent is not None and wanted not in entry.name.lower():
            return None
        node = _lower(render_category(entry, project, parent))
        return {"node": node, "children": children} | ({} if children else {"childrenMap": {}})

    return json.dumps(branch(root, root.parent), ensure_ascii=False, separators=(",", ":"))


def _lower(category: Mapping[str, Any]) -> dict[str, Any]:
    """The tree writes its keys with a small first letter."""
    return {name[0].lower() + name[1:]: value for name, value in category.items()}
