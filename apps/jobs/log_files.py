"""The log of an attempt as bytes at fixed places, whether they are plain, compressed or given back.

What lies beside it is described where it is written: `shepherd.py` (LOG.times) and
`log_keeper.py` (LOG.cut, LOG.gz, LOG.index). Nothing is masked here: see `logs.py`.
"""

from __future__ import annotations

import bisect
import contextlib
import os
import zlib
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from apps.jobs.log_keeper import BLOCK, RECORD, read_cut
from apps.jobs.shepherd import MARK

#: How far from a gap the end of a line is looked for: half a line could show half of a secret.
LINE_BYTES = 64 * 1024


class Gap(NamedTuple):
    """What is left out: whole lines, from the byte `start` to the byte `end`."""

    start: int
    end: int


class LogFile:
    """A log that is open for reading. Raises FileNotFoundError when there is none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._plain = self._packed = -1
        self._kept = (-1, b"")  # the block that was unpacked last
        with contextlib.suppress(FileNotFoundError):
            self._plain = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            self._read_index()
            if self._plain < 0 and not self._index:
                raise FileNotFoundError(str(path))
            self.size = max(self._plain_size(), self.packed_until)
            self.gap = self._find_gap()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        for file in (self._plain, self._packed):
            if file >= 0:
                os.close(file)
        self._plain = self._packed = -1

    def read(self, start: int, length: int) -> bytes:
        """Bytes from `start` on: `length` of them, or as many as there are."""
        length = min(length, self.size - start)
        pieces = []
        while length > 0:
            piece = self._piece(start, length)
            if not piece:
                break
            pieces.append(piece)
            start, length = start + len(piece), length - len(piece)
        return b"".join(pieces)

    def lines_before(self, offset: int, most: int) -> int | None:
        """How many lines end before `offset`; None when they are not known without reading `most` bytes."""
        if self.gap and offset > self.gap.start:
            return None
        block = min(offset, self.packed_until) // BLOCK
        at, count = (
            block * BLOCK,
            RECORD.unpack_from(self._index, (block - 1) * RECORD.size)[2] if block else 0,
        )
        if offset - at > most:
            return None
        while at < offset:
            piece = self.read(at, min(BLOCK, offset - at))
            if not piece:
                break
            count, at = count + piece.count(b"\n"), at + len(piece)
        return count

    @property
    def packed_until(self) -> int:
        return RECORD.unpack_from(self._index, len(self._index) - RECORD.size)[0] if self._index else 0

    def _piece(self, start: int, length: int) -> bytes:
        if start >= self.packed_until:
            data = os.pread(self._plain, length, start) if self._plain >= 0 else b""
            # It may have been given back in this moment, which is noted before.
            if not self._has_grown():
                return data
            self._read_index()
            if start >= self.packed_until:
                return data
        number = start // BLOCK
        return self._block(number)[start - number * BLOCK :][:length]

    def _block(self, number: int) -> bytes:
        if self._kept[0] != number:
            end, packed_end, _ = RECORD.unpack_from(self._index, number * RECORD.size)
            packed_at = RECORD.unpack_from(self._index, (number - 1) * RECORD.size)[1] if number else 0
            data = os.pread(self._packed, packed_end - packed_at, packed_at)
            try:
                plain = zlib.decompress(data, 16 + zlib.MAX_WBITS) if data else b""
            except zlib.error:  # it was given back after it was compressed
                plain = b""
            self._kept = number, plain or bytes(end - number * BLOCK)
        return self._kept[1]

    def _plain_size(self) -> int:
        return os.fstat(self._plain).st_size if self._plain >= 0 else 0

    def _has_grown(self) -> bool:
        return _size(Path(f"{self.path}.index")) // RECORD.size * RECORD.size != len(self._index)

    def _read_index(self) -> None:
        self._index = b""
        with contextlib.suppress(FileNotFoundError):
            data = Path(f"{self.path}.index").read_bytes()
            if self._packed < 0:
                self._packed = os.open(f"{self.path}.gz", os.O_RDONLY | os.O_CLOEXEC)
            self._index = data[: len(data) // RECORD.size * RECORD.size]

    def _find_gap(self) -> Gap | None:
        start, end = read_cut(str(self.path))
        if end <= start:
            return None
        before = max(0, start - LINE_BYTES)
        newline = self.read(before, start - before).rfind(b"\n")
        first = before + newline + 1 if newline >= 0 else start
        newline = self.read(end, LINE_BYTES).find(b"\n")
        return Gap(first, end + newline + 1)


class Times:
    """When the bytes of a log were there, to half a second or a 5,000th of the job's age."""

    def __init__(self, path: Path) -> None:
        try:
            data = Path(f"{path}.times").read_bytes()
        except FileNotFoundError:
            data = b""
        marks = list(MARK.iter_unpack(data[: len(data) // MARK.size * MARK.size]))
        self._at = [at for at, _ in marks]
        self._sizes = [size for _, size in marks]
        #: What is after the last mark was written at the last time that anything was.
        self._last = _modified(path)

    def at(self, offset: int) -> int:
        """When the byte at `offset` was there, in milliseconds since 1970."""
        mark = bisect.bisect_right(self._sizes, offset)
        return self._at[mark] if mark < len(self._at) else self._last

    def changes(self, start: int, end: int) -> list[tuple[int, int]]:
        """Bytes between `start` and `end` from which on another time holds, with it."""
        edges = [size for size in self._sizes if start < size < end]
        return [(offset, self.at(offset)) for offset in (start, *edges)]

    def since(self, at: int) -> int:
        """The byte from which on what was there at `at` or later begins."""
        mark = bisect.bisect_left(self._at, at)
        if mark < len(self._at) or self._last >= at:
            return self._sizes[mark - 1] if mark else 0
        return 1 << 62

    def until(self, at: int) -> int:
        """The byte before which what was there at `at` or earlier ends."""
        mark = bisect.bisect_right(self._at, at)
        if mark == len(self._at) and self._last <= at:
            return 1 << 62
        return self._sizes[mark - 1] if mark else 0


def _modified(path: Path) -> int:
    for name in (path, Path(f"{path}.gz")):
        with contextlib.suppress(FileNotFoundError):
            return name.stat().st_mtime_ns // 10**6
    return 0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
