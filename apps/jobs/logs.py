"""Files of attempts and reading their logs: by lines, by bytes, always masked."""

from __future__ import annotations

import fcntl
import itertools
import os
import shutil
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from apps.jobs.log_files import LogFile, Times
from apps.jobs.masks import Masks
from apps.lib.ids import spell

#: What is read of a log at once, from its end.
LONGEST_TAIL = 512 * 1024
#: A line is shown up to here.
LONGEST_LINE = 1 << 20
BLOCK = 1 << 20


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


def size_of(path: Path) -> int:
    """How many bytes the job wrote, wherever they are kept."""
    try:
        with LogFile(path) as log:
            return log.size
    except FileNotFoundError:
        return 0


def tail(
    path: Path, masks: Masks, *, offset: int, limit: int = 1 << 16, ended: bool = False
) -> tuple[str, int]:
    """Whole lines from byte `offset` on, and the offset after them.

    A line that is still being written is held back until it is complete, so that a secret
    cannot be read in two halves; a line longer than `limit` is cut where none is. Once the
    attempt has `ended`, the last line is complete as it is.
    """
    try:
        with LogFile(path) as log:
            return _tail(log, masks, offset, limit, ended)
    except FileNotFoundError:
        return "", offset


def _tail(log: LogFile, masks: Masks, offset: int, limit: int, ended: bool) -> tuple[str, int]:
    first = 0
    if log.gap and offset >= log.gap.start:
        if offset < log.gap.end:
            return _left_out(log) + "\n", log.gap.end
        first = log.gap.end
    elif log.gap and offset + limit >= log.gap.start:
        limit, ended = log.gap.start - offset, True
    before = min(offset - first, masks.overlap)
    data = log.read(offset - before, before + limit + masks.overlap)
    length = min(len(data) - before, limit)
    is_all = len(data) - before <= limit or (log.gap is not None and offset + limit == log.gap.start)
    end = length if is_all and ended else data[before : before + length].rfind(b"\n") + 1
    if not end and length == limit:
        end = length
    text, cut = masks.between(data, before, before + end)
    return text.decode("utf-8", "replace"), offset - before + cut


def _left_out(log: LogFile) -> str:
    assert log.gap
    return _("[headrace] %(size)s are left out here: a log may have %(most)s (HEADRACE_LOG_BYTES)") % {
        "size": filesizeformat(log.gap.end - log.gap.start),
        "most": filesizeformat(settings.HEADRACE_LOG_BYTES),
    }


def tail_start(path: Path, lines: int, end: int | None = None, limit: int = LONGEST_TAIL) -> int:
    """The byte offset at which the last `lines` lines (before byte `end`) begin.

    Not more than `limit` bytes before `end`, however large the log is and however long its
    lines are: fewer lines then, or a piece of one.
    """
    try:
        with LogFile(path) as log:
            return _tail_start(log, lines, log.size if end is None else min(end, log.size), limit)
    except FileNotFoundError:
        return 0


def _tail_start(log: LogFile, lines: int, end: int, limit: int) -> int:
    first = max(0, end - limit)
    if log.gap and log.gap.start < end:
        if end <= log.gap.end:
            return log.gap.start
        first = max(first, log.gap.end)
    if not end:
        return 0
    data = log.read(first, end - first)
    at = len(data) - data.endswith(b"\n")
    for _line in range(lines):
        at = data.rfind(b"\n", 0, at)
        if at < 0:
            break
    if at >= 0 or first in (0, log.gap and log.gap.end):
        return first + at + 1
    whole = data.find(b"\n") + 1
    return first + whole if whole < len(data) else first


def line_start(path: Path, offset: int, most: int) -> int:
    """Where the line begins in which byte `offset` lies, or `most` bytes before it if that is nearer."""
    try:
        with LogFile(path) as log:
            start = max(0, min(offset, log.size) - most)
            before = log.read(start, min(offset, log.size) - start)
    except FileNotFoundError:
        return offset
    return start + before.rfind(b"\n") + 1


def lines_before(path: Path, offset: int, most: int) -> int | None:
    """How many lines end before byte `offset`; None when `most` bytes had to be read to know it."""
    try:
        with LogFile(path) as log:
            return log.lines_before(offset, most)
    except FileNotFoundError:
        return 0


def line_times(path: Path, start: int, end: int) -> list[tuple[int, int]]:
    """When the lines between two bytes were printed: from which line on which time (ms since 1970)."""
    try:
        with LogFile(path) as log:
            found: list[tuple[int, int]] = []
            lines, at = 0, start
            for offset, time in Times(path).changes(start, end):
                lines, at = lines + log.read(at, offset - at).count(b"\n"), offset
                if not found or found[-1][1] // 1000 != time // 1000:
                    found.append((lines, time))
            return found
    except FileNotFoundError:
        return []


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines of a log: `count` from line `start`, of those that were printed between two times (ms)."""

    start: int = 0
    count: int = 200
    reverse: bool = False
    since: int | None = None
    until: int | None = None


def read_lines(path: Path, masks: Masks, wanted: Wanted, *, ended: bool = True) -> tuple[list[str], bool]:
    """The wanted lines (from the end when `reverse`), and whether no more come after them.

    A line that is still being written is none, unless the attempt has `ended`.
    """
    try:
        with LogFile(path) as log:
            return _read_lines(log, masks, wanted, ended)
    except FileNotFoundError:
        return [], True


def _read_lines(log: LogFile, masks: Masks, wanted: Wanted, ended: bool) -> tuple[list[str], bool]:
    first, last = _window(log, wanted, ended)
    most = LONGEST_LINE + masks.overlap + 1
    skipped, count = wanted.start, wanted.count
    if not wanted.reverse:
        first, skipped = _skip(log, first, last, skipped)
    lines = _backwards(log, first, last, most) if wanted.reverse else _forwards(log, first, last, most)
    chosen = list(itertools.islice(lines, skipped, skipped + count + 1))
    return [_shown(line, masks) for line in chosen[:count]], len(chosen) <= count


def _window(log: LogFile, wanted: Wanted, ended: bool) -> tuple[int, int]:
    """From which byte to which the lines lie that were printed in that time."""
    first, last = 0, log.size
    if wanted.since is not None or wanted.until is not None:
        times = Times(log.path)
        first = first if wanted.since is None else _next_line(log, times.since(wanted.since))
        last = last if wanted.until is None else min(last, _next_line(log, times.until(wanted.until)))
    if last == log.size and not ended:
        start = max(0, last - LONGEST_LINE)
        last = start + log.read(start, last - start).rfind(b"\n") + 1
    return first, last


def _next_line(log: LogFile, offset: int) -> int:
    """Where the first line begins that begins at this byte or after it."""
    if not 0 < offset < log.size:
        return min(offset, log.size)
    newline = log.read(offset - 1, LONGEST_LINE).find(b"\n")
    return log.size if newline < 0 else offset + newline


def _skip(log: LogFile, first: int, last: int, lines: int) -> tuple[int, int]:
    """Leave whole blocks out in which nothing but lines before the wanted one end."""
    while first < last and not (log.gap and first <= log.gap.start < first + BLOCK):
        data = log.read(first, min(BLOCK, last - first))
        count, newline = data.count(b"\n"), data.rfind(b"\n")
        if count > lines or newline < 0:
            break
        first, lines = first + newline + 1, lines - count
    return first, lines


def _shown(line: bytes, masks: Masks) -> str:
    line = line.rstrip(b"\r\n")
    if len(line) <= LONGEST_LINE:
        return masks(line).decode("utf-8", "replace")
    return masks.between(line, 0, LONGEST_LINE)[0].decode("utf-8", "replace") + "…"


def _pieces(log: LogFile, first: int, last: int) -> Iterator[tuple[int, int]]:
    """What is there between two bytes: before the gap, the gap itself, and after it."""
    gap = log.gap
    if gap is None or not first <= gap.start < last:
        yield first, last
        return
    yield first, gap.start
    yield gap.start, min(gap.end, last)
    if gap.end < last:
        yield gap.end, last


def _forwards(log: LogFile, first: int, last: int, most: int) -> Iterator[bytes]:
    """Lines from the first to the last; of each up to `most` bytes."""
    for start, end in _pieces(log, first, last):
        if log.gap and start == log.gap.start:
            yield _left_out(log).encode()
            continue
        rest = b""
        while start < end and (data := log.read(start, min(BLOCK, end - start))):
            start += len(data)
            *lines, rest = (rest + data).split(b"\n")
            yield from lines
            rest = rest[:most]
        if rest:
            yield rest


def _backwards(log: LogFile, first: int, last: int, most: int) -> Iterator[bytes]:
    """Lines from the last to the first; of each up to `most` bytes."""
    for start, end in reversed(list(_pieces(log, first, last))):
        if log.gap and start == log.gap.start:
            yield _left_out(log).encode()
            continue
        rest, is_last = b"", True
        while end > start:
            at = max(start, end - BLOCK)
            rest, *lines = (log.read(at, end - at) + rest).split(b"\n")
            end, rest = at, rest[:most]
            if is_last and lines and not lines[-1]:
                lines.pop()  # the newline that ends the last line
            is_last = False
            yield from reversed(lines)
        if not is_last:
            yield rest
