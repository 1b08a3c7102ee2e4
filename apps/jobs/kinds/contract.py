"""What a kind of job must say about itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from apps.engine.declared import Input
from apps.jobs.errors import JobError

__all__ = ("Command", "JobError", "Kind", "Work")


@dataclass(frozen=True, slots=True)
class Work:
    """One attempt to be made into a command.

    `content` and `env` are expanded; `base` is the path that the attempt's own files
    start with (`…/3.1` for the first attempt of node 3); `find(program)` gives the full
    path of a program on this host or raises JobError.
    """

    content: str
    env: dict[str, str]
    #: What the program is given on its command line, for jobs that take their parameters so.
    arguments: tuple[str, ...]
    base: Path
    find: Callable[[str], str]
    settings: dict[str, Any] = field(default_factory=dict)
    project_id: int = 0
    #: The task id, the values of declared parameters, and where a task of this run leaves its result.
    task: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    result_of: Callable[[str], Path] = Path
    #: The text with the run's parameters in it.
    expand: Callable[[str], str] = str
    #: The content as its author wrote it, for kinds that must not mistake a value for syntax.
    written: str = ""


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
    #: Whether people are offered it for a new job; else it only comes with what a dialect stores.
    offered: bool = True
    #: What the task ids of its nodes begin with; kinds that have one leave a result of rows.
    task: str = ""
    #: Parameters that every node of this kind has.
    inputs: tuple[Input, ...] = ()
    #: How the values of a declared parameter are spelled within the content.
    quote: Callable[[Input, Sequence[str]], str] | None = None
    #: What the content of a new job begins as.
    starter: str = ""
    #: How a program whose job writes its parameters on the business date is given them on its command
    #: line: the values alone, or name=value. Other kinds find them in their content only.
    arguments: Literal["", "values", "pairs"] = ""

    @property
    def is_built(self) -> bool:
        return self.command is not None
