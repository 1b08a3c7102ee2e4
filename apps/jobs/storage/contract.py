"""What every store can do, and how it says that it cannot."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

#: So much of an object is held in memory at once.
CHUNK = 1 << 20
#: Rows of a listing that is told in pages.
PAGE = 200


class StorageError(Exception):
    """The store cannot do it; the sentence says why, for whoever reads a job's log."""


class Missing(StorageError):
    """There is no such object or bucket."""


class Readable(Protocol):
    """A stream of bytes; both raise StorageError when it breaks off."""

    def read(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Found:
    """An object as a listing tells it; `modified` is in nanoseconds."""

    key: str
    size: int
    modified: int


@dataclass(frozen=True, slots=True)
class Page:
    """What lies directly in a folder, in the order of its names; `after` asks for the next page."""

    folders: tuple[str, ...] = ()
    objects: tuple[Found, ...] = ()
    after: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """An object that is being read. Its `version` is another one once its bytes are."""

    size: int
    version: str
    stream: Readable

    def chunks(self) -> Iterator[bytes]:
        with contextlib.closing(self.stream):
            while chunk := self.stream.read(CHUNK):
                yield chunk


class Source(Protocol):
    """Objects that can be read, by bucket and key."""

    def head(self, bucket: str, key: str) -> Found | None: ...

    def open(self, bucket: str, key: str) -> Opened:
        """Raises StorageError, `Missing` where there is none."""
        ...


class Store(Source, Protocol):
    """Objects by bucket and key. `find` lists the object of that name and all below `name/`."""

    def uri(self, bucket: str, key: str) -> str: ...

    def options(self) -> dict[str, str]:
        """What Polars must be told to reach a `uri`."""
        ...

    def find(self, bucket: str, prefix: str) -> list[Found]: ...

    def page(self, bucket: str, folder: str, after: str = "", limit: int = PAGE) -> Page:
        """What lies directly in a folder; without a name, in the bucket."""
        ...

    def read(self, bucket: str, key: str, limit: int | None = None) -> bytes: ...

    def write(self, bucket: str, key: str, data: bytes) -> None: ...

    def put(self, bucket: str, key: str, stream: Readable) -> int:
        """Write all of a stream, however long, and return its length; nothing is left of half of one."""
        ...

    def make_folder(self, bucket: str, key: str) -> None: ...

    def remove_folder(self, bucket: str, key: str) -> None:
        """Remove an empty folder; one with something in it stays, which is told."""
        ...

    def copy(self, bucket: str, key: str, target: str) -> None: ...

    def delete(self, bucket: str, key: str) -> None: ...

    def make_room(self, bucket: str, prefix: str) -> None:
        """Raise StorageError when nothing can be written below `prefix`."""
        ...

    def lock(self, bucket: str) -> contextlib.AbstractContextManager[None]:
        """Keep other processes from finishing commits in the bucket, where the store can."""
        ...
