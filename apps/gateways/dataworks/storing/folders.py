"""script.path as folders."""

from __future__ import annotations

from apps.lib.errors import Invalid
from apps.projects.actions import create_folder, root_folder
from apps.projects.models import Folder, Project, User

MAX_DEPTH, LONGEST = 30, 128


def folder_of(project: Project, tree: str, path: str, name: str, by: User | None) -> Folder:
    """The folder that a path means for something called `name`, made where it is missing.

    The path ends with the name, as it should, or is only the folder, as in some documents.
    """
    parts = parts_of(path)
    if parts and parts[-1] == name:
        parts.pop()
    if len(parts) > MAX_DEPTH or any(len(part) > LONGEST for part in parts):
        raise Invalid(
            f"A path has at most {MAX_DEPTH} folders with names of up to {LONGEST} characters.", field="path"
        )
    folder = root_folder(project, tree)
    for part in parts:
        below = Folder.objects.filter(parent=folder, name=part).first()
        folder = below or create_folder(project, tree=tree, name=part, parent=folder, by=by)
    return folder


def parts_of(path: str) -> list[str]:
    return [part for piece in path.split("/") if (part := piece.strip())]


class Paths:
    """The paths of many things of a project, for one query."""

    def __init__(self, project: Project) -> None:
        self._folders = {folder.pk: folder for folder in Folder.objects.filter(project=project)}

    def of(self, folder_id: int | None, name: str) -> str:
        parts = [name]
        folder = self._folders.get(folder_id or 0)
        while folder is not None and folder.parent_id is not None:
            parts.insert(0, folder.name)
            folder = self._folders.get(folder.parent_id)
        return "/".join(parts)
