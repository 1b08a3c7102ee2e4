"""Where objects lie, in words that travel to other processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from apps.jobs.storage.contract import Source, StorageError, Store
from apps.jobs.storage.files import Files
from apps.jobs.storage.folder import Folder

_VARIABLES = {
    "folder": "HEADRACE_OBJECTS_FOLDER",
    "url": "HEADRACE_OBJECTS_URL",
    "key": "HEADRACE_OBJECTS_KEY",
    "secret": "HEADRACE_OBJECTS_SECRET",
    "region": "HEADRACE_OBJECTS_REGION",
    "addressing": "HEADRACE_OBJECTS_ADDRESSING",
    "signature": "HEADRACE_OBJECTS_SIGNATURE",
}
_STORES = {
    "http": "apps.jobs.storage.s3.S3",
    "https": "apps.jobs.storage.s3.S3",
    "webhdfs": "apps.jobs.storage.hdfs.Hdfs",
    "swebhdfs": "apps.jobs.storage.hdfs.Hdfs",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where objects lie: `url` is an S3 endpoint or the WebHDFS of a name node, without one it is `folder`.

    `guarded` places were named by people of a project: only addresses that calls of this
    installation may go to are called for them.
    """

    folder: str = ""
    url: str = ""
    key: str = ""
    secret: str = field(default="", repr=False)
    region: str = ""
    addressing: str = ""
    #: "v2" is the signature that OSS takes, else version 4.
    signature: str = ""
    guarded: bool = False
    #: Of files of the host: below which folders they may lie, and not in which one.
    roots: tuple[str, ...] = ()
    but: str = ""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Place:
        given = {field: environment.get(name, "") for field, name in _VARIABLES.items()}
        return cls(**given)  # type: ignore[arg-type]

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> Place:
        """The place that `dataclasses.asdict` made into JSON."""
        return cls(**{**fields, "roots": tuple(fields["roots"])})

    def environment(self) -> dict[str, str]:
        """The variables from which `of` makes the same place."""
        return {name: value for field, name in _VARIABLES.items() if (value := getattr(self, field))}


def open_source(place: Place) -> Source:
    """What objects of the place are read from. Raises StorageError."""
    return Files(place.roots, place.but) if place.but else open_store(place)


def open_store(place: Place) -> Store:
    if not place.url:
        if not place.folder:
            raise StorageError("no object store is configured: set HEADRACE_OBJECTS_URL or _FOLDER")
        return Folder(Path(place.folder))
    module, _dot, name = _STORES.get(place.url.partition("://")[0], "").rpartition(".")
    if not module:
        raise StorageError("the endpoint of a store must be the http or https address of an S3 endpoint")
    # Loaded only where it is used: its library takes time and memory that a folder does not need.
    store: Store = getattr(import_module(module), name)(place)
    return store
