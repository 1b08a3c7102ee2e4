"""How the content of a job becomes words of a command line, without a shell between."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from apps.jobs.kinds.contract import JobError, Work

#: Content up to this size may stand on a command line (the kernel takes 128 KB a word).
LONGEST_ARGUMENT = 64 * 1024
#: How a line that goes on in the next one ends.
_CONTINUED = re.compile(r"\\\r?\n")


def words_of(text: str, *program: str) -> list[str]:
    """The words of a content that holds arguments; the program's own name may stand before them.

    >>> words_of("spark-submit --name 'a b' \\\\\\n x.jar", "spark-submit")
    ['--name', 'a b', 'x.jar']
    """
    try:
        words = shlex.split(_CONTINUED.sub(" ", text))
    except ValueError as error:
        raise JobError(f"its content is no list of arguments: {str(error).lower()}") from None
    if tuple(words[: len(program)]) == program:
        words = words[len(program) :]
    if not words:
        raise JobError(f"its content is empty: the arguments of {' '.join(program)} belong there")
    return words


def option_words(work: Work, name: str) -> list[str]:
    """The options that the job's environment gives a program in the variable `name`."""
    try:
        return shlex.split(work.env.get(name, ""))
    except ValueError as error:
        raise JobError(f"{name} is no list of options: {str(error).lower()}") from None


def has_option(words: Sequence[str], *names: str) -> bool:
    """
    >>> has_option(["--catalog=tpch", "-f", "x"], "--catalog"), has_option(["-f"], "-e")
    (True, False)
    """
    return any(word.partition("=")[0] in names for word in words)


def option_value(words: Sequence[str], name: str) -> str:
    """
    >>> option_value(["--master", "yarn", "x.jar"], "--master"), option_value(["--master=yarn"], "--master")
    ('yarn', 'yarn')
    >>> option_value(["x.jar"], "--master")
    ''
    """
    for word, after in zip(words, [*words[1:], ""], strict=True):
        given, equals, value = word.partition("=")
        if given == name:
            return value if equals else after
    return ""


def beside(work: Work, ending: str) -> Path:
    """A file of the attempt's own."""
    return work.base.with_name(work.base.name + ending)


def statement_words(work: Work, text: str) -> tuple[list[str], tuple[Path, str] | None]:
    """SQL as `-e TEXT`; by a file when it is long, or holds what must not be seen on a command line."""
    if len(text.encode()) <= LONGEST_ARGUMENT and not work.is_secret(text):
        return ["-e", text], None
    script = beside(work, ".sql")
    return ["-f", str(script)], (script, text)


def with_tag(words: Sequence[str], setting: str, tag: str, option: str = "--conf") -> list[str]:
    """The words in which `setting` holds our tag, beside those that the author gave it.

    >>> with_tag(["x.jar"], "spark.yarn.tags", "t")
    ['--conf', 'spark.yarn.tags=t', 'x.jar']
    >>> with_tag(["--conf", "spark.yarn.tags=mine", "x.jar"], "spark.yarn.tags", "t")
    ['--conf', 'spark.yarn.tags=mine,t', 'x.jar']
    """
    given = f"{setting}="
    if any(word.startswith(given) for word in words):
        return [f"{word},{tag}" if word.startswith(given) else word for word in words]
    return [option, f"{given}{tag}", *words]
