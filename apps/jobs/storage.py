"""The one door to objects: what `s3://bucket/key` and its like mean in this installation.

By default a bucket is a folder below HEADRACE_HOME/objects; with HEADRACE_OBJECTS_URL it is
a bucket of an S3-compatible store. Jobs come through here in processes of their own, so
nothing of Django is imported: an installation is described by a `Place`, which travels to
them in the environment.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol

SCHEMES = ("s3", "oss", "ossref", "obs")
LONGEST_KEY = 1024
#: Below this, in every bucket, lies what we keep for ourselves.
RESERVED = "_headrace"

_BUCKET = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,253}[A-Za-z0-9])?")
_VARIABLES = {
    "folder": "HEADRACE_OBJECTS_FOLDER",
    "url": "HEADRACE_OBJECTS_URL",
    "key": "HEADRACE_OBJECTS_KEY",
    "secret": "HEADRACE_OBJECTS_SECRET",
    "region": "HEADRACE_OBJECTS_REGION",
    "addressing": "HEADRACE_OBJECTS_ADDRESSING",
}


class StorageError(Exception):
    """The store cannot do it; the sentence says why, for whoever reads a job's log."""


class BadAddress(ValueError):
    """The text names no object. `text` % `values` says why; pages translate `text`."""

    def __init__(self, text: str, **values: object) -> None:
        super().__init__(text % values)
        self.text = text
        self.values = values


def _(text: str) -> str:
    """Mark a text that pages translate, as gettext_noop does where Django is at hand."""
    return text


@dataclass(frozen=True, slots=True)
class Found:
    """An object as a listing tells it; `modified` is in nanoseconds."""

    key: str
    size: int
    modified: int


class Store(Protocol):
    """Objects by bucket and key. `find` lists the object of that name and all below `name/`."""

    def uri(self, bucket: str, key: str) -> str: ...

    def options(self) -> dict[str, str]:
        """What Polars must be told to reach a `uri`."""
        ...

    def find(self, bucket: str, prefix: str) -> list[Found]: ...

    def head(self, bucket: str, key: str) -> Found | None: ...

    def read(self, bucket: str, key: str, limit: int | None = None) -> bytes: ...

    def write(self, bucket: str, key: str, data: bytes) -> None: ...

    def copy(self, bucket: str, key: str, target: str) -> None: ...

    def delete(self, bucket: str, key: str) -> None: ...

    def make_room(self, bucket: str, prefix: str) -> None:
        """Raise StorageError when nothing can be written below `prefix`."""
        ...

    def lock(self, bucket: str) -> contextlib.AbstractContextManager[None]:
        """Keep other processes from finishing commits in the bucket, where the store can."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where the objects of an installation lie: `url` names an S3 endpoint, without one it is `folder`."""

    folder: str = ""
    url: str = ""
    key: str = ""
    secret: str = ""
    region: str = ""
    addressing: str = ""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Place:
        return cls(**{field: environment.get(name, "") for field, name in _VARIABLES.items()})

    def environment(self) -> dict[str, str]:
        """The variables from which `of` makes the same place."""
        return {name: value for field, name in _VARIABLES.items() if (value := getattr(self, field))}


def open_store(place: Place) -> Store:
    if not place.url:
        if not place.folder:
            raise StorageError("no object store is configured: set HEADRACE_OBJECTS_URL or _FOLDER")
        return Folder(Path(place.folder))
    # Loaded only where it is used: its library takes time and memory that a folder does not need.
    store: Store = import_module("apps.jobs.storage_s3").S3(place)
    return store


def split_address(text: str) -> tuple[str, str]:
    """Bucket and key of `s3://bucket/key`. Raises BadAddress.

    >>> split_address("oss://aitems/dataflow1/a.csv")
    ('aitems', 'dataflow1/a.csv')
    """
    scheme, separator, rest = text.partition("://")
    if not separator or scheme.lower() not in SCHEMES:
        schemes = ", ".join(f"{name}://" for name in SCHEMES)
        raise BadAddress("an address begins with one of %(schemes)s", schemes=schemes)
    bucket, _, key = rest.partition("/")
    return check_bucket(bucket), check_key(key)


def check_bucket(bucket: str) -> str:
    if not _BUCKET.fullmatch(bucket) or ".." in bucket:
        raise BadAddress(_("a bucket's name is made of letters, digits, dots and dashes"))
    return bucket


def check_key(key: str) -> str:
    """A key without the slashes around it. Raises BadAddress when it is empty or climbs."""
    key = key.strip("/")
    if not key:
        raise BadAddress(_("a key must not be empty"))
    if len(key.encode("utf-8", "surrogatepass")) > LONGEST_KEY:
        raise BadAddress(_("a key has at most %(most)d bytes"), most=LONGEST_KEY)
    if any(part in ("", ".", "..") for part in key.split("/")) or "\\" in key or not key.isprintable():
        raise BadAddress(
            _("a key has no empty parts, no dots alone, no backslashes and no control characters")
        )
    return key


def is_hidden(key: str, prefix: str) -> bool:
    """Whether a reader of `prefix` passes over the object: its name below it begins with _ or a dot."""
    below = key[len(prefix) :].strip("/")
    return any(part.startswith(("_", ".")) for part in below.split("/") if part)


class Folder:
    """Buckets as folders below `root`. Nothing outside of it is ever touched, links included."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def uri(self, bucket: str, key: str) -> str:
        return str(self._path(bucket, key))

    def options(self) -> dict[str, str]:
        return {}

    def find(self, bucket: str, prefix: str) -> list[Found]:
        path = self._path(bucket, prefix)
        if path.is_file():
            return [_found(check_key(prefix), path)]
        base = self.root / check_bucket(bucket)
        found = []
        for folder, folders, names in os.walk(path):
            folders.sort()
            for name in sorted(names):
                file = Path(folder, name)
                # Half-written files of ours, and links, which may lead anywhere.
                if not name.startswith(".headrace-") and not file.is_symlink():
                    with contextlib.suppress(FileNotFoundError):
                        found.append(_found(str(file.relative_to(base)), file))
        return found

    def head(self, bucket: str, key: str) -> Found | None:
        path = self._path(bucket, key)
        try:
            return _found(check_key(key), path) if path.is_file() else None
        except FileNotFoundError:
            return None

    def read(self, bucket: str, key: str, limit: int | None = None) -> bytes:
        try:
            with self._path(bucket, key).open("rb") as file:
                return file.read() if limit is None else file.read(limit)
        except OSError as error:
            raise StorageError(f"{bucket}/{key} cannot be read: {error.strerror}") from error

    def write(self, bucket: str, key: str, data: bytes) -> None:
        with self._replacing(bucket, key) as path:
            path.write_bytes(data)

    def copy(self, bucket: str, key: str, target: str) -> None:
        source = self._path(bucket, key)
        with self._replacing(bucket, target) as path:
            path.unlink()
            try:
                os.link(source, path)
            except FileNotFoundError as error:
                raise StorageError(f"{bucket}/{key} is not there") from error
            except OSError:  # a file system without links
                shutil.copyfile(source, path)

    def delete(self, bucket: str, key: str) -> None:
        path = self._path(bucket, key)
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if self.root in (folder, folder.parent):
                break
            try:
                folder.rmdir()
            except OSError:
                break

    def make_room(self, bucket: str, prefix: str) -> None:
        path = self._path(bucket, prefix)
        for folder in path.parents:
            if folder == self.root:
                break
            if folder.exists() and not folder.is_dir():
                name = folder.relative_to(self.root)
                raise StorageError(f"nothing can be written to {bucket}/{prefix}: {name} is an object")

    @contextlib.contextmanager
    def lock(self, bucket: str) -> Iterator[None]:
        folder = self.root / check_bucket(bucket)
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / ".headrace-lock", "a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _path(self, bucket: str, key: str) -> Path:
        path = self.root / check_bucket(bucket) / check_key(key)
        if not path.resolve().is_relative_to(self.root):
            raise BadAddress("%(address)s leads out of the object store", address=f"{bucket}/{key}")
        return path

    @contextlib.contextmanager
    def _replacing(self, bucket: str, key: str) -> Iterator[Path]:
        """A file beside the object that takes its place, on the disk, when the block is done."""
        path = self._path(bucket, key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".headrace-", dir=path.parent)
            os.close(handle)
            beside = Path(name)
            try:
                yield beside
                with beside.open("rb") as file:
                    os.fsync(file.fileno())
                beside.replace(path)
            finally:
                # Renaming a file onto another name of itself leaves both.
                beside.unlink(missing_ok=True)
            _sync_folder(path.parent)
        except OSError as error:
            raise StorageError(f"{bucket}/{key} cannot be written: {error.strerror}") from error


def _found(key: str, path: Path) -> Found:
    status = path.stat()
    return Found(key, status.st_size, status.st_mtime_ns)


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
