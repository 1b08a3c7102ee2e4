"""Fetches the files of an attempt and becomes its job: python -m apps.jobs.resources.fetch SPEC.json

It is the first thing that the process of an attempt does, so that it is killed with it, counts
against its time limit, and keeps nobody else waiting. The spec names what to fetch and what to
become; it holds keys of stores, and is removed as soon as it is read. Nothing of the job's own
environment reaches this program, and nothing of Django is imported.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module
from pathlib import Path

from apps.jobs import reasons
from apps.jobs.resources.cache import Cache, Kept
from apps.jobs.storage import BadAddress, Place, StorageError
from apps.jobs.storage.places import open_source
from apps.jobs.supervisor import read_status
from apps.lib.private import hide_process

#: EX_NOINPUT of sysexits: an input is not there or not readable.
FAILED = 66
#: Seconds for which the files of an attempt are kept after its end, and of one that nobody knows.
KEPT_AFTER_END, KEPT_OF_NOBODY = 3600.0, 86_400.0
#: Python ignores these; a job must not inherit that.
RESET_SIGNALS = (signal.SIGPIPE, signal.SIGXFSZ)


@dataclass(frozen=True, slots=True)
class Item:
    """A file to fetch: `name` is its address as it may be shown, `target` where it lies in the folder."""

    name: str
    target: str
    place: Place
    bucket: str
    key: str


@dataclass(frozen=True, slots=True)
class Spec:
    argv: list[str]
    env: dict[str, str]
    items: list[Item]
    folder: str
    reason: str
    runs: str
    cache: str
    cache_bytes: int
    outbound_allow: list[str]

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Spec:
        given = json.loads(text)
        items = [Item(**item | {"place": Place.read(item["place"])}) for item in given.pop("items")]
        return cls(items=items, **given)


class FetchError(Exception):
    """A file could not be fetched; the sentence names it and says why."""


def main(arguments: Sequence[str]) -> int:
    hide_process()
    path = Path(arguments[0])
    spec = Spec.from_json(path.read_text())
    path.unlink()
    try:
        sweep(Path(spec.folder).parent, Path(spec.runs), time.time())
        fetch(spec)
    except FetchError as error:
        print(f"[headrace] {error}", flush=True)
        with contextlib.suppress(OSError):
            reasons.leave(Path(spec.reason), str(error))
        return FAILED
    os.chdir(spec.folder)
    for number in RESET_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    os.execve(spec.argv[0], spec.argv, spec.env)


def fetch(spec: Spec) -> None:
    """Make the folder anew and lay all files into it. Raises FetchError."""
    if any(item.place.guarded for item in spec.items):
        import_module("django.conf").settings.configure(HEADRACE_OUTBOUND_ALLOW=spec.outbound_allow)
    cache = Cache(Path(spec.cache), spec.cache_bytes)
    with _fresh(Path(spec.folder)) as root:
        for item in spec.items:
            _fetch_one(cache, item, root)


def sweep(folder: Path, runs: Path, now: float) -> None:
    """Remove the files of attempts that ended some time ago, and of those that are not known any more."""
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return
    for entry in entries:
        with contextlib.suppress(OSError, ValueError):
            if _is_forgotten(entry, runs, now):
                shutil.rmtree(entry, ignore_errors=True)


def _is_forgotten(entry: os.DirEntry[str], runs: Path, now: float) -> bool:
    run, _dot, attempt = entry.name.partition(".")
    path = runs / run / f"{attempt}.status"
    status = read_status(path)
    if status is None:
        return now - entry.stat().st_mtime > KEPT_OF_NOBODY
    return not status.is_alive() and now - path.stat().st_mtime > KEPT_AFTER_END


def _fetch_one(cache: Cache, item: Item, root: int) -> None:
    started = time.monotonic()
    try:
        store = open_source(item.place)
        name = f"{item.place.url or item.place.folder}\n{item.bucket}\n{item.key}"
        with _laid(root, item.target) as file:
            kept = cache.lay(name, partial(store.open, item.bucket, item.key), file)
    except (StorageError, BadAddress) as error:
        raise FetchError(f"{item.name} cannot be fetched: {error}") from None
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        why = "the disk of this host is full" if full else error.strerror or type(error).__name__
        raise FetchError(f"{item.name} cannot be laid out as {item.target}: {why}") from None
    print(f"[headrace] {_told(item, kept, time.monotonic() - started)}", flush=True)


def _told(item: Item, kept: Kept, seconds: float) -> str:
    way = "from the cache of this host" if kept.was_there else f"fetched in {seconds:.1f} s"
    return f"{item.target}: {kept.size:,} bytes of {item.name}, sha256 {kept.sha256}, {way}"


@contextlib.contextmanager
def _fresh(folder: Path) -> Iterator[int]:
    """The folder, empty, as an open file."""
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.mkdir(mode=0o700)
        root = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise FetchError(f"the working directory cannot be made: {error.strerror}") from None
    try:
        yield root
    finally:
        os.close(root)


@contextlib.contextmanager
def _laid(root: int, target: str) -> Iterator[int]:
    """A new file below `root`, open for writing. No link on the way is followed."""
    *folders, name = target.split("/")
    with contextlib.ExitStack() as opened:
        at = root
        for part in folders:
            with contextlib.suppress(FileExistsError):
                os.mkdir(part, 0o755, dir_fd=at)
            at = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            opened.callback(os.close, at)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        # A program among them can be run.
        file = os.open(name, flags, 0o755, dir_fd=at)
        opened.callback(os.close, file)
        yield file


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
