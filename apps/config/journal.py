"""What the services say: each writes its own file, the launcher repeats it on the terminal.

The services never write to a pipe of ours, so a launcher that is paused, slow or dead
cannot block them.
"""

from __future__ import annotations

import os
import select
import shutil
import sys
from pathlib import Path

#: A log file is cut when it passes this; one older part is kept beside it.
MOST_BYTES = 8 * 1024 * 1024
_CHUNK = 256 * 1024
#: What a pipe takes at once, whole, when it says it can take something (PIPE_BUF).
_PIECE = 4096


class Console:
    """The terminal, or whatever stands for it. Never waits: nobody may be reading."""

    def __init__(self, handle: int | None = None) -> None:
        self.handle = sys.stdout.fileno() if handle is None else handle

    def write(self, line: str) -> None:
        data = (line + "\n").encode(errors="replace")
        for start in range(0, len(data), _PIECE):
            if not select.select([], [self.handle], [], 0)[1]:
                return
            try:
                os.write(self.handle, data[start : start + _PIECE])
            except OSError:
                return


class Journal:
    """Repeats what is appended to the services' log files, each line under its service's name."""

    def __init__(self, folder: Path, console: Console) -> None:
        self.folder = folder
        self.console = console
        self._seen: dict[str, int] = {}
        self._silent: set[str] = set()

    def follow(self, name: str, *, on_console: bool) -> Path:
        """The log file of a service; what is already in it is not repeated."""
        path = self.folder / f"{name}.log"
        path.touch(mode=0o600)
        self._seen[name] = path.stat().st_size
        if not on_console:
            self._silent.add(name)
        return path

    def say(self, line: str) -> None:
        """A line of the launcher's own."""
        self.console.write(f"{'headrace':<9} | {line}")
        with (self.folder / "launcher.log").open("a") as log:
            log.write(line + "\n")

    def repeat(self) -> None:
        for name in self._seen:
            self._repeat(name)

    def _repeat(self, name: str) -> None:
        path = self.folder / f"{name}.log"
        size = path.stat().st_size
        if size > self._seen[name] and name not in self._silent:
            with path.open("rb") as log:
                log.seek(self._seen[name])
                data = log.read(_CHUNK)
            whole = data.rfind(b"\n") + 1 or (len(data) if len(data) == _CHUNK else 0)
            self._seen[name] += whole
            for line in data[:whole].decode(errors="replace").splitlines():
                self.console.write(f"{name:<9} | {line}")
        if size > MOST_BYTES:
            # The service holds the file open for appending, so it is copied and emptied, not renamed.
            shutil.copyfile(path, path.with_suffix(".log.1"))
            os.truncate(path, 0)
            self._seen[name] = 0
