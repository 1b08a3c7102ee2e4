"""`ossref://bucket/object` within content and arguments: fetched, and replaced by where it lies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

#: It ends where a shell, a list or a sentence would end it.
_TOKEN = re.compile(r"ossref://[^\s\"'`;,|&<>(){}\[\]\\$*?!#]+")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
#: So many different ones in one attempt at most.
MOST_TOKENS = 200


def tokens_in(texts: Iterable[str]) -> list[str]:
    """The tokens, each once, in the order in which they come.

    >>> tokens_in(["hadoop jar ossref://box/a.jar Main; ls ossref://box/b"])
    ['ossref://box/a.jar', 'ossref://box/b']
    """
    return list(dict.fromkeys(match[0] for text in texts for match in _TOKEN.finditer(text)))


def replaced(text: str, by: Callable[[str], str]) -> str:
    """The text with each token replaced: an argument that holds one stays one argument."""
    return _TOKEN.sub(lambda match: by(match[0]), text)


def safe_name(name: str) -> str:
    """A name of a file that means nothing to a shell, with the same ending.

    >>> safe_name("x y.jar")
    'x_y.jar'
    """
    return _UNSAFE.sub("_", name)[-100:].lstrip("-.") or "file"
