"""Fetched objects, kept by version on this host's disk for the attempts that come after.

An object is written beside its place, which one attempt at a time may do, and renamed into
it: nobody sees half of one, and what a killed attempt left is written over by the next. Jobs
never get a cached file itself, only a copy of it, and the copy is checked against its
checksum: a file that was tampered with is fetched anew.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from apps.jobs.storage.contract import CHUNK, Opened, StorageError

#: Seconds after which a half-written file that nobody writes is removed.
STALE = 3600.0
PART = ".part"


@dataclass(frozen=True, slots=True)
class Kept:
    size: int
    sha256: str
    was_there: bool = False


class Cache:
    """A folder of at most about `limit` bytes; what was used longest ago goes first."""

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder = folder
        self.limit = limit

    def lay(self, name: str, open_it: Callable[[], Opened], target: int) -> Kept:
        """Copy the object into the open file `target`, from the cache where it is in there.

        `name` tells objects apart that may have the same version. Raises StorageError.
        """
        opened = open_it()
        with contextlib.closing(opened.stream):
            kept = self._take(self._path(name, opened), target)
        if kept is None:
            with _open_part(self.folder / (_digest(name) + PART)) as part:
                kept = self._fetch(name, open_it(), part, target)
            self._shrink()
        return kept

    def _fetch(self, name: str, opened: Opened, part: BinaryIO, target: int) -> Kept:
        with contextlib.closing(opened.stream):
            path = self._path(name, opened)
            # Somebody else may have fetched it while this one waited for its turn.
            return self._take(path, target) or self._fill(path, opened, part, target)

    def _fill(self, path: Path, opened: Opened, part: BinaryIO, target: int) -> Kept:
        part.truncate(0)
        digest, size = hashlib.sha256(), 0
        while chunk := opened.stream.read(CHUNK):
            digest.update(chunk)
            size += part.write(chunk)
        if size != opened.size:
            raise StorageError(f"it broke off after {size} of {opened.size} bytes")
        part.flush()
        os.fsync(part.fileno())
        path.parent.mkdir(exist_ok=True, mode=0o700)
        _note_of(path).write_text(json.dumps({"size": size, "sha256": digest.hexdigest()}))
        os.replace(part.name, path)
        part.seek(0)
        if _copied(part, target) != digest.hexdigest():
            raise StorageError("the cache of this host was changed while it was used")
        return Kept(size, digest.hexdigest())

    def _take(self, path: Path, target: int) -> Kept | None:
        """A copy of what is kept, or None when that is nothing, or not what was fetched."""
        try:
            with path.open("rb") as file:
                note = json.loads(_note_of(path).read_text())
                os.utime(path)
                if _copied(file, target) == note["sha256"]:
                    return Kept(note["size"], note["sha256"], was_there=True)
        except (FileNotFoundError, ValueError, KeyError):
            pass
        return None

    def _path(self, name: str, opened: Opened) -> Path:
        key = _digest(f"{name}\n{opened.version}")
        return self.folder / key[:2] / key

    def _shrink(self) -> None:
        """Remove what was used longest ago until the rest fits. What is being read stays readable."""
        rows = []
        for path in self.folder.glob("*/*"):
            with contextlib.suppress(OSError):
                status = path.stat()
                if not path.suffix:
                    rows.append((status.st_mtime, status.st_size, path))
        total = sum(size for _, size, _ in rows)
        for _, size, path in sorted(rows):
            if total <= self.limit:
                break
            path.unlink(missing_ok=True)
            _note_of(path).unlink(missing_ok=True)
            total -= size
        for part in self.folder.glob(f"*{PART}"):
            with contextlib.suppress(OSError):
                if time.time() - part.stat().st_mtime > STALE:
                    _remove_stale(part)


@contextlib.contextmanager
def _open_part(path: Path) -> Iterator[BinaryIO]:
    """A half-written file, for one process at a time; it is gone afterwards."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    while True:
        with open(path, "r+b", opener=_create) as part:
            fcntl.flock(part, fcntl.LOCK_EX)
            # Whoever had it before has renamed or removed the file that is locked now.
            if not _is_at(part, path):
                continue
            try:
                yield part
            finally:
                if _is_at(part, path):
                    path.unlink()
            return


def _create(name: str, flags: int) -> int:
    return os.open(name, flags | os.O_CREAT | os.O_NOFOLLOW, 0o600)


def _is_at(file: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _remove_stale(path: Path) -> None:
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink(missing_ok=True)


def _note_of(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _copied(source: BinaryIO, target: int) -> str:
    """Fill the open file with a copy, and say the checksum of what was copied."""
    os.ftruncate(target, 0)
    os.lseek(target, 0, os.SEEK_SET)
    digest = hashlib.sha256()
    while chunk := source.read(CHUNK):
        digest.update(chunk)
        view = memoryview(chunk)
        while view:
            view = view[os.write(target, view) :]
    return digest.hexdigest()
