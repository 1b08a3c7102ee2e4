"""Run a program and keep the rows it prints: `python -m apps.jobs.keep_rows RESULT STYLE PROGRAM …`.

Its output goes on to the log as it comes. STYLE says how rows stand in it, see `STYLES`.
Where the program tells on its error output that a statement has ended, each statement has
rows of its own; where it does not, all that it prints is one table.
"""

from __future__ import annotations

import contextlib
import csv
import itertools
import os
import re
import selectors
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from apps.jobs.graphs.results import Found, write_results

#: Rows kept of a statement, statements whose rows are kept, and bytes of all of them.
MOST_ROWS, MOST_RESULTS, MOST_BYTES = 2000, 50, 16 * 1024 * 1024
BLOCK = 1 << 16
#: What PYTHONPATH the program is to have, if any: ours is for this module.
PYTHONPATH = "HEADRACE_PYTHONPATH"

#: style -> separator of columns, what the program says at a statement's end and of how many rows.
TABS: dict[str, Any] = {"delimiter": "\t", "quoting": csv.QUOTE_NONE}
STYLES: dict[str, tuple[dict[str, Any], re.Pattern[bytes] | None]] = {
    "hive": (TABS, re.compile(rb"^Time taken: [\d.]+ seconds(?:, Fetched:? ([\d,]+) row)?")),
    "impala": (TABS, re.compile(rb"^(?:Fetched ([\d,]+) row|Modified [\d,]+ row)")),
    "beeline": ({}, re.compile(rb"^(?:([\d,]+) rows? selected|(?:No|[\d,]+) rows? (?:selected|affected))")),
    "csv": ({}, None),
}


@dataclass(slots=True)
class Keeper:
    """Takes the lines of a program's output, and the word that a statement has ended."""

    #: How a line becomes cells, in words of the module csv.
    style: dict[str, Any]
    lines: list[str] = field(default_factory=list)
    tables: list[Found] = field(default_factory=list)
    left: int = MOST_BYTES

    def take(self, line: bytes) -> None:
        if self.left > 0 and len(self.tables) < MOST_RESULTS:
            self.lines.append(line.decode("utf-8", "replace"))
            self.left -= len(line)

    def end_statement(self, count: int) -> None:
        """A statement that found `count` rows has ended: what is here beyond them is of the next one.

        One that found none has printed the names of its columns, or nothing.
        """
        if count or len(self.lines) == 1:
            self._keep(count)

    def end(self) -> None:
        self._keep(len(self.lines))

    def _keep(self, count: int) -> None:
        # A quoted cell may go over several lines.
        reader = csv.reader((f"{line}\n" for line in self.lines), **self.style)
        rows = list(itertools.islice(reader, count + 1))
        self.lines = self.lines[reader.line_num :]
        if rows and rows[0]:
            self.tables.append((rows[0], [row for row in rows[1 : MOST_ROWS + 1] if row]))


@dataclass(slots=True)
class Stream:
    """One output of the program: bytes go on at once, whole lines are looked at."""

    source: IO[bytes]
    target: IO[bytes]
    rest: bytes = b""

    def read(self) -> list[bytes] | None:
        """The lines that came, or None at the end."""
        try:
            data = os.read(self.source.fileno(), BLOCK)
        except BlockingIOError:
            return []
        if not data:
            return None
        self.target.write(data)
        self.target.flush()
        *lines, self.rest = (self.rest + data).split(b"\n")
        return [line.rstrip(b"\r") for line in lines]


def main(result: str, style: str, *argv: str) -> int:
    columns, ending = STYLES[style]
    csv.field_size_limit(MOST_BYTES)
    keeper = Keeper(columns)
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", PYTHONPATH)}
    if PYTHONPATH in os.environ:
        env["PYTHONPATH"] = os.environ[PYTHONPATH]
    # Whoever ends the job ends the program too: this process stays to say how that ended.
    signal.signal(signal.SIGTERM, lambda *_: None)
    with subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        follow(program, keeper, ending)
        code = program.wait()
    if keeper.tables:
        write_results(Path(result), keeper.tables)
    if code < 0:
        with contextlib.suppress(OSError):  # SIGKILL has no handler to be reset
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code


def follow(program: subprocess.Popen[bytes], keeper: Keeper, ending: re.Pattern[bytes] | None) -> None:
    assert program.stdout and program.stderr
    out = Stream(program.stdout, sys.stdout.buffer)
    errors = Stream(program.stderr, sys.stderr.buffer)
    with selectors.DefaultSelector() as selector:
        for stream in (out, errors):
            os.set_blocking(stream.source.fileno(), False)
            selector.register(stream.source, selectors.EVENT_READ, stream)
        while selector.get_map():
            # What was printed before the end of a statement was told is in the pipe: it is read first.
            for key, _ in sorted(selector.select(), key=lambda found: found[0].data is errors):
                lines = key.data.read()
                if lines is None:
                    selector.unregister(key.fileobj)
                elif key.data is out:
                    take(keeper, lines)
                else:
                    for told in filter(None, map(ending.match, lines) if ending else ()):
                        take(keeper, out.read() or ())
                        keeper.end_statement(int((told[1] or b"0").replace(b",", b"")))
    take(keeper, [out.rest] if out.rest else ())
    if ending is None:
        keeper.end()


def take(keeper: Keeper, lines: Sequence[bytes]) -> None:
    for line in lines:
        keeper.take(line)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
