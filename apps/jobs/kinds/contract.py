"""What a kind of job must say about itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class JobError(Exception):
    """The job cannot be started. `retryable` says whether another try may help."""

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable


@dataclass(frozen=True, slots=True)
class Work:
    """One attempt to be made into a command.

    `content` and `env` are expanded; `base` is the path that the attempt's own files
    start with (`…/3.1` for the first attempt of node 3); `find(program)` gives the full
    path of a program on this host or raises JobError.
    """

    content: str
    env: dict[str, str]
    base: Path
    find: Callable[[str], str]
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Command:
    """What to start: never through a shell, unless the kind is one.

    `script` is text to be written to the path beside it before the start, readable by the
    owner alone: content on a command line would be seen by everybody on the host.
    """

    argv: list[str]
    script: tuple[Path, str] | None = None
    env: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kind:
    """`mode` is the code editor's, `icon` one of the icon library, `shape` EMR's drawing form."""

    name: str
    label: str
    family: str
    icon: str
    mode: str
    shape: str
    program: str
    command: Callable[[Work], Command] | None = None

    @property
    def is_built(self) -> bool:
        return self.command is not None
