"""script.path as folders."""

from __future__ import annotations

from apps.lib.errors import Invalid
from apps.projects.actions import create_folder, root_folder
from apps.projects.models import Folder, Project, User

MAX_DEPTH, LONGEST = 30, 128


def folder_of(project: Project, tree: str, path: str, name: str, by: User | None) -> Folder:
    """The folder that a path means for something called `name`, made where it is missing."""
    return Folders(project, tree, by).of(path, name)


class Folders:
    """Folders of one tree by path, each looked up once."""

    def __init__(self, project: Project, tree: str, by: User | None) -> None:
        self._project, self._tree, self._by = project, tree, by
        self._known: dict[tuple[str, ...], Folder] = {}

    def of(self, path: str, name: str) -> Folder:
        """A path ends with the name, as it should, or is only the folder, as in some documents."""
        parts = parts_of(path)
        if parts and parts[-1] == name:
            parts.pop()
        if len(parts) > MAX_DEPTH or any(len(part) > LONGEST for part in parts):
            raise Invalid(
                f"A path has at most {MAX_DEPTH} folders with names of up to {LONGEST} characters.",
                field="path",
            )
        return self._at(tuple(parts))

    def _at(self, parts: tuple[str, ...]) -> Folder:
        if parts not in self._known:
            self._known[parts] = self._find(parts)
        return self._known[parts]

    def _find(self, parts: tuple[str, ...]) -> Folder:
        if not parts:
            return root_folder(self._project, self._tree)
        parent, name = self._at(parts[:-1]), parts[-1]
        below = Folder.objects.filter(parent=parent, name=name).first()
        return below or create_folder(self._project, tree=self._tree, name=name, parent=parent, by=self._by)


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
