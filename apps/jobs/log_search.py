"""Finding text in a log, however large: block by block, in what readers may see of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from apps.jobs.log_files import LogFile
from apps.jobs.masks import Masks

BLOCK = 1 << 20
#: One answer comes after so much at the latest; who asked goes on from where it ended.
SEARCHED_BYTES = 64 << 20
MOST_HITS = 200
#: What is shown of a line: so much before what was found, and so much from there on.
SHOWN_BEFORE, SHOWN_AFTER = 80, 240


@dataclass(frozen=True, slots=True)
class Hit:
    """A line with the text: the byte at which it begins, its number from 0 on, what it says.

    The number is None where it is not known.
    """

    start: int
    line: int | None
    text: str


@dataclass
class Found:
    """Hits, and where the search ended: byte and line, to go on from; `over` is the end of the log."""

    hits: list[Hit] = field(default_factory=list)
    offset: int = 0
    line: int | None = 0
    over: bool = False


def find_lines(
    path: Path, masks: Masks, text: str, *, offset: int = 0, line: int | None = 0, ended: bool = True
) -> Found:
    """Lines with `text` in them, from byte `offset` on, which is the start of `line`.

    Latin letters are found in either case. A secret is never found, for it is not shown. A line
    that is still being written is left out until the attempt has `ended`.
    """
    found = Found(offset=offset, line=line)
    wanted = text.lower().encode("utf-8", "replace")
    try:
        with LogFile(path) as log:
            _search(log, masks, wanted, found, ended)
    except FileNotFoundError:
        found.over = True
    return found


def _search(log: LogFile, masks: Masks, wanted: bytes, found: Found, ended: bool) -> None:
    stop = found.offset + SEARCHED_BYTES
    while found.offset < min(stop, log.size) and len(found.hits) < MOST_HITS:
        if log.gap and log.gap.start <= found.offset < log.gap.end:
            # How many lines are left out there is not known.
            found.offset, found.line = log.gap.end, None
            continue
        last = log.gap.start if log.gap and found.offset < log.gap.start else log.size
        before = min(found.offset, masks.overlap)
        length = min(BLOCK, last - found.offset)
        data = log.read(found.offset - before, before + length + masks.overlap)
        end = before + length
        if newline := data.rfind(b"\n", before, end) + 1:
            end = newline if found.offset + length < last or not ended else end
        elif length < BLOCK and not ended:
            break
        _search_block(_Block(data, before, end), masks, wanted, found)
    found.over = found.offset >= log.size or (
        not ended and found.offset < stop and len(found.hits) < MOST_HITS
    )


def _search_block(block: _Block, masks: Masks, wanted: bytes, found: Found) -> None:
    """Look at a block whose first byte is the one at `found.offset`."""
    data, origin, end = block.data, found.offset - block.start, block.end
    counted = block.start
    for first, at, last in block.lines_with(wanted):
        shown = (max(first, at - SHOWN_BEFORE), min(last, at + len(wanted) + SHOWN_AFTER))
        seen, _end = masks.between(data, *shown)
        if wanted not in seen.lower():
            continue
        if found.line is not None:
            found.line += data.count(b"\n", counted, first)
        counted = first
        found.hits.append(Hit(origin + first, found.line, seen.decode("utf-8", "replace").rstrip("\r\n")))
        if len(found.hits) == MOST_HITS:
            end = min(last + 1, end)
            break
    if found.line is not None:
        found.line += data.count(b"\n", counted, end)
    found.offset = origin + end


@dataclass(frozen=True, slots=True)
class _Block:
    """`data[start:end]` is searched; what is around it may hold the rest of a secret."""

    data: bytes
    start: int
    end: int

    def lines_with(self, wanted: bytes) -> Iterator[tuple[int, int, int]]:
        """Each line that has it: where the line begins, where it is in the line, where the line ends."""
        lower = self.data.lower()
        at = lower.find(wanted, self.start, self.end)
        while at >= 0:
            first = max(self.start, self.data.rfind(b"\n", self.start, at) + 1)
            last = self.data.find(b"\n", at, self.end)
            last = self.end if last < 0 else last
            yield first, at, last
            at = lower.find(wanted, last, self.end)
