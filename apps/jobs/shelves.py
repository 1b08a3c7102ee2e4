"""The stores of a project as people browse them: its own, and the storages it was given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.jobs.models import Storage
from apps.jobs.storage import BadAddress, Missing, Page, Place, StorageError, Store, check_key, open_store
from apps.jobs.stores import own_bucket, own_place, place_of
from apps.lib.errors import Conflict, Invalid, NotFound
from apps.projects.models import Project

#: How the project's own store is named where storages are named by their id.
OWN = "own"


@dataclass(frozen=True, slots=True)
class Shelf:
    """A store of a project, from its top."""

    project: Project
    place: Place
    bucket: str
    #: What addresses of what lies in it begin with.
    prefix: str
    storage: Storage | None = None

    @property
    def ref(self) -> str:
        return self.storage.ref if self.storage else OWN

    @property
    def title(self) -> str:
        return (self.storage.bucket or self.storage.endpoint) if self.storage else _("Project files")

    @property
    def is_own(self) -> bool:
        return self.storage is None

    @property
    def is_writable(self) -> bool:
        return self.storage is None or self.storage.kind != Storage.Kind.HDFS

    def address(self, key: str) -> str:
        return f"{self.prefix}{key}"

    def store(self) -> Store:
        return open_store(self.place)

    def page(self, folder: str, after: str = "") -> Page:
        with told():
            return self.store().page(self.bucket, check_key(folder) if folder else "", after)


def shelves_of(project: Project) -> list[Shelf]:
    own = Shelf(project, own_place(), own_bucket(project.uid), "res:///")
    return [own, *(_shelf(project, storage) for storage in project.storages.all())]


def shelf_of(project: Project, ref: str, shelves: list[Shelf] | None = None) -> Shelf:
    """The project's store of that name, its own when none is named. Raises NotFound."""
    found = [each for each in shelves or shelves_of(project) if each.ref == (ref or OWN)]
    if not found:
        raise NotFound(_("There is no such storage in this project."))
    return found[0]


@contextmanager
def told() -> Iterator[None]:
    """What a store answers as what pages and our API can say."""
    try:
        yield
    except BadAddress as wrong:
        raise Invalid(_(wrong.text) % wrong.values, field="path") from None
    except Missing as error:
        raise NotFound(str(error)) from None
    except StorageError as error:
        raise Conflict(str(error)) from None


def _shelf(project: Project, storage: Storage) -> Shelf:
    return Shelf(project, place_of(storage), storage.bucket, storage.address, storage)
