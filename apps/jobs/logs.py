"""Files of attempts and reading their logs: by lines, by bytes, always masked."""

from __future__ import annotations

import fcntl
import itertools
import os
import shutil
import struct
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db import transaction

from apps.jobs.masks import Masks
from apps.lib.ids import spell

#: What is read of a log at once, from its end.
LONGEST_TAIL = 512 * 1024


#: From linux/fs.h: what `chattr +T` sets, and the calls that read and write such flags.
FS_TOPDIR_FL = 0x00020000
FS_IOC_GETFLAGS, FS_IOC_SETFLAGS = 0x80086601, 0x40086602


def make_runs_folder() -> None:
    """Make the folder of all runs, and ask for the folders of two runs to lie apart on the disk.

    ext4 puts a folder beside its parent unless told that its siblings have nothing to do
    with each other. There it looks at every file removed in the last minutes before it makes
    a new one: while old runs are pruned, each file of a new one would cost 30 times as much.
    """
    folder = Path(settings.HEADRACE_HOME) / "runs"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        flags = bytearray(struct.calcsize("l"))
        fcntl.ioctl(opened, FS_IOC_GETFLAGS, flags)
        flags[:] = struct.pack("l", struct.unpack("l", flags)[0] | FS_TOPDIR_FL)
        fcntl.ioctl(opened, FS_IOC_SETFLAGS, flags)
    except OSError:
        pass  # another file system, which has no such flag and no such trouble
    finally:
        os.close(opened)


@lru_cache(maxsize=256)
def run_folder(run_uid: int) -> Path:
    return Path(settings.HEADRACE_HOME) / "runs" / spell(run_uid)


def remove_files(run_uids: Iterable[int]) -> None:
    """Remove what these runs left on disk, once the transaction that deletes them commits."""
    folders = [run_folder(uid) for uid in run_uids]

    def remove() -> None:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)

    transaction.on_commit(remove)


def attempt_base(run_uid: int, ordinal: int, attempt: int) -> Path:
    """What the names of an attempt's own files start with."""
    return Path(f"{run_folder(run_uid)}/{ordinal}.{attempt}")


def log_path(run_uid: int, ordinal: int, attempt: int) -> Path:
    return Path(f"{run_folder(run_uid)}/{ordinal}.{attempt}.log")


def status_path(run_uid: int, ordinal: int, attempt: int) -> Path:
    return Path(f"{run_folder(run_uid)}/{ordinal}.{attempt}.status")


def tag_of(run_uid: int, ordinal: int, attempt: int) -> str:
    """What marks the jobs that an attempt starts elsewhere: in small letters, as YARN keeps its tags."""
    return f"headrace-{spell(run_uid).lower()}-{ordinal}-{attempt}"


def read_lines(
    path: Path, masks: Masks, *, start: int = 0, count: int = 200, reverse: bool = False
) -> tuple[list[str], bool]:
    """`count` lines from line `start` (from the end when `reverse`) and whether that was the last."""
    if not path.exists():
        return [], True
    lines = _backwards(path) if reverse else _forwards(path)
    chosen = list(itertools.islice(lines, start, start + count + 1))
    text = [masks(line.rstrip(b"\r\n")).decode("utf-8", "replace") for line in chosen[:count]]
    return text, len(chosen) <= count


def _forwards(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from file


def _backwards(path: Path, end: int | None = None, block: int = 1 << 16) -> Iterator[bytes]:
    """Lines from the last (or the last before byte `end`) to the first, reading blocks backwards."""
    with path.open("rb") as file:
        size, rest, at_end = file.seek(0, 2), b"", True
        end = size if end is None else min(end, size)
        while end > 0:
            start = max(0, end - block)
            file.seek(start)
            pieces = (file.read(end - start) + rest).split(b"\n")
            rest, end = pieces[0], start
            complete = pieces[1:]
            if at_end and complete and not complete[-1]:
                complete.pop()  # the newline that ends the file
            at_end = False
            yield from reversed(complete)
        if rest:
            yield rest


def tail(
    path: Path, masks: Masks, *, offset: int, limit: int = 1 << 16, ended: bool = False
) -> tuple[str, int]:
    """Whole lines from byte `offset` on, and the offset after them.

    A line that is still being written is held back until it is complete, so that a secret
    cannot be read in two halves; a line longer than `limit` is cut where none is. Once the
    attempt has `ended`, the last line is complete as it is.
    """
    before = min(offset, masks.overlap)
    try:
        with path.open("rb") as file:
            file.seek(offset - before)
            data = file.read(before + limit + masks.overlap)
    except FileNotFoundError:
        return "", offset
    length = min(len(data) - before, limit)
    is_all = len(data) - before <= limit
    end = length if is_all and ended else data[before : before + length].rfind(b"\n") + 1
    if not end and length == limit:
        end = length
    text, cut = masks.between(data, before, before + end)
    return text.decode("utf-8", "replace"), offset - before + cut


def tail_start(path: Path, lines: int, end: int | None = None, limit: int = LONGEST_TAIL) -> int:
    """The byte offset at which the last `lines` lines (before byte `end`) begin.

    Not more than `limit` bytes before `end`, however large the log is and however long its
    lines are: fewer lines then, or a piece of one.
    """
    size = path.stat().st_size if path.exists() else 0
    end = size if end is None else min(end, size)
    if not end:
        return 0
    first = max(0, end - limit)
    with path.open("rb") as file:
        file.seek(first)
        data = file.read(end - first)
    at = len(data) - data.endswith(b"\n")
    for _ in range(lines):
        at = data.rfind(b"\n", 0, at)
        if at < 0:
            break
    if at >= 0 or not first:
        return first + at + 1
    whole = data.find(b"\n") + 1
    return first + whole if whole < len(data) else first
