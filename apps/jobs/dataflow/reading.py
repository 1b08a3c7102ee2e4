"""Reading a JSON value by its parts, with the path of the part that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from apps.jobs.dataflow.fields import Type, parse_type


class Wrong(ValueError):
    """Something of a data flow is not as it must be; `path` says where: nodes[1].fieldList[0].type."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path
        self.message = message


@dataclass(frozen=True, slots=True)
class Part:
    """A value and where it stands."""

    value: Any
    path: str

    def wrong(self, message: str) -> Wrong:
        return Wrong(self.path, message)

    def at(self, key: str) -> Part:
        return Part(self.value.get(key), f"{self.path}.{key}" if self.path else key)

    def need(self, *keys: str) -> Part:
        """The first of `keys` that is there; several are spellings of one."""
        for key in keys:
            if self.value.get(key) is not None:
                return self.at(key)
        raise self.at(keys[0]).wrong("is required")

    def object(self) -> Part:
        if not isinstance(self.value, dict):
            raise self.wrong("must be an object")
        return self

    def items(self) -> list[Part]:
        if not isinstance(self.value, list):
            raise self.wrong("must be an array")
        return [Part(each, f"{self.path}[{place}]") for place, each in enumerate(self.value)]

    def some(self, what: str) -> list[Part]:
        found = self.items()
        if not found:
            raise self.wrong(f"must hold at least one {what}")
        return found

    def text(self, longest: int = 1024) -> str:
        if not isinstance(self.value, str):
            raise self.wrong("must be a string")
        if not self.value:
            raise self.wrong("must not be empty")
        if len(self.value) > longest:
            raise self.wrong(f"has at most {longest} characters")
        return self.value

    def choice(self, choices: Sequence[str]) -> str:
        if not isinstance(self.value, str) or self.value not in choices:
            raise self.wrong(f"must be one of {', '.join(choices)}")
        return self.value

    def whole(self, low: int, high: int) -> int:
        value = self.value
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.wrong(f"must be a whole number from {low} to {high}")
        return value

    def type(self) -> Type:
        found = parse_type(self.text())
        if found is None:
            raise self.wrong(f"{self.value} is no type of field")
        return found

    def checked(self, check: Callable[[str], str]) -> str:
        """The text as `check` returns it; what it raises is said of this place."""
        try:
            return check(self.text())
        except ValueError as error:
            raise error if isinstance(error, Wrong) else self.wrong(str(error)) from None
