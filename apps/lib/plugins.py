"""What packages of other people bring by an entry point. A broken one is told and left out."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import TypeVar

Thing = TypeVar("Thing")

logger = logging.getLogger(__name__)

#: What could not be taken of each group, and why: "package's entry" -> reason.
problems: dict[str, dict[str, str]] = {}


def plugins(group: str, of: type[Thing]) -> Iterator[tuple[str, Thing]]:
    """Name and thing of each entry point of the group that loads to what is wanted, or to a list of it."""
    for point in sorted(entry_points(group=group)):
        try:
            loaded = point.load()
        except Exception as error:
            refuse(group, point.name, f"it cannot be loaded ({type(error).__name__}: {error})")
            continue
        things = loaded if isinstance(loaded, list | tuple) else [loaded]
        if all(isinstance(thing, of) for thing in things):
            yield from ((point.name, thing) for thing in things)
        else:
            refuse(group, point.name, f"{point.value} is no {of.__name__}")


def names_of(group: str) -> list[str]:
    """The names of the group's entry points, whatever they load to."""
    return sorted(point.name for point in entry_points(group=group))


def refuse(group: str, name: str, reason: str) -> None:
    logger.error("the entry point %s of %s is left out: %s", name, group, reason)
    problems.setdefault(group, {})[name] = reason
