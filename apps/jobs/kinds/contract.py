"""What a kind of job must say about itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from django.utils.functional import Promise

from apps.engine.declared import Input
from apps.jobs.errors import JobError

__all__ = ("Command", "JobError", "Kind", "Setting", "Work")

#: A text for people, translated when it is shown.
Text = str | Promise


@dataclass(frozen=True, slots=True)
class Work:
    """One attempt to be made into a command.

    `content` and `env` are expanded; `base` is the path that the attempt's own files
    start with (`…/3.1` for the first attempt of node 3); `find(program, …)` gives the full
    path of the first of the programs that this host has, or raises JobError.
    """

    content: str
    env: dict[str, str]
    #: What the program is given on its command line, for jobs that take their parameters so.
    arguments: tuple[str, ...]
    base: Path
    find: Callable[..., str]
    settings: dict[str, Any] = field(default_factory=dict)
    project_id: int = 0
    #: The values of the kind's own settings (`Kind.settings`), expanded; what was not given has its default.
    options: Mapping[str, str] = field(default_factory=dict)
    #: Custom variables of the project and, stronger, of the job, by name.
    variables: Mapping[str, str] = field(default_factory=dict)
    #: The queue of the cluster that the job is to use, if it matters.
    queue: str = ""
    #: What jobs that are started elsewhere carry, so that they are found and ended with the attempt.
    tag: str = ""
    #: Whether a text holds the value of a secret, and must not be seen on a command line.
    is_secret: Callable[[str], bool] = lambda text: False
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
    #: How the rows of its statements stand in what it prints (`keep_rows.STYLES`), if they are kept.
    rows: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """One of a kind's own settings: a field of the job page, and a name among a job's run settings.

    It is kept there as a text, number, or true and false. `choices` are value and label;
    a connection is one of the project's, of a database of one of the kinds `of`.
    """

    name: str
    label: Text
    type: Literal["text", "lines", "number", "choice", "switch", "connection"] = "text"
    default: str = ""
    help: Text = ""
    choices: tuple[tuple[str, Text], ...] = ()
    least: int = 0
    most: int = 2**31 - 1
    required: bool = False
    of: tuple[str, ...] = ()
    placeholder: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """`mode` is the code editor's, `icon` one of the icon library, `shape` EMR's drawing form.

    Any one of the `programs` runs it; a kind with none needs nothing but what this
    installation brings. `homes` are the variables that say where they are installed: bin
    below them is looked into before PATH.
    """

    name: str
    label: Text
    family: str
    icon: str
    mode: str
    shape: str
    programs: tuple[str, ...] = ()
    command: Callable[[Work], Command] | None = None
    homes: tuple[str, ...] = ()
    #: One sentence for who chooses a kind.
    about: Text = ""
    settings: tuple[Setting, ...] = ()
    #: How far it is, in percent, by a piece of its log; None when that does not say.
    progress: Callable[[str], int | None] | None = None
    #: How ids of jobs that it starts elsewhere look in its log: "yarn", "spark" -> pattern.
    outside: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    #: Whether its rows are kept as its result and shown as a table.
    rows: bool = False
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
