"""Reading a JSON value by its parts, with the path of the part that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from apps.jobs.dataflow.fields import Type, parse_type
from apps.jobs.storage import BadAddress


class Wrong(ValueError):
    """Something of a data flow is not as it must be; `path` says where: nodes[1].fieldList[0].type.

    Callers and logs are told it in English; a page tells it in the language of its reader.
    """

    def __init__(self, path: str, text: str, **values: Any) -> None:
        self.path = path
        self.text = text
        self.values = values
        self.message = text % values
        super().__init__(self._placed(self.message))

    def translated(self, *, placed: bool = True) -> str:
        said = gettext(self.text) % self.values
        return self._placed(said) if placed else said

    def _placed(self, said: str) -> str:
        return f"{self.path}: {said}" if self.path else said


@dataclass(frozen=True, slots=True)
class Part:
    """A value and where it stands."""

    value: Any
    path: str

    def wrong(self, text: str, **values: Any) -> Wrong:
        return Wrong(self.path, text, **values)

    def at(self, key: str) -> Part:
        return Part(self.value.get(key), f"{self.path}.{key}" if self.path else key)

    def need(self, *keys: str) -> Part:
        """The first of `keys` that is there; several are spellings of one."""
        for key in keys:
            if self.value.get(key) is not None:
                return self.at(key)
        raise self.at(keys[0]).wrong(_("is required"))

    def object(self) -> Part:
        if not isinstance(self.value, dict):
            raise self.wrong(_("must be an object"))
        return self

    def items(self) -> list[Part]:
        if not isinstance(self.value, list):
            raise self.wrong(_("must be an array"))
        return [Part(each, f"{self.path}[{place}]") for place, each in enumerate(self.value)]

    def some(self, else_wrong: str) -> list[Part]:
        """What an array holds; `else_wrong` is said of an empty one."""
        found = self.items()
        if not found:
            raise self.wrong(else_wrong)
        return found

    def text(self, longest: int = 1024) -> str:
        if not isinstance(self.value, str):
            raise self.wrong(_("must be a string"))
        if not self.value:
            raise self.wrong(_("must not be empty"))
        if len(self.value) > longest:
            raise self.wrong(_("has at most %(most)d characters"), most=longest)
        return self.value

    def choice(self, choices: Sequence[str]) -> str:
        if not isinstance(self.value, str) or self.value not in choices:
            raise self.wrong(_("must be one of %(choices)s"), choices=", ".join(choices))
        return self.value

    def whole(self, low: int, high: int) -> int:
        value = self.value
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.wrong(_("must be a whole number from %(low)d to %(high)d"), low=low, high=high)
        return value

    def type(self) -> Type:
        found = parse_type(self.text())
        if found is None:
            raise self.wrong(_("%(type)s is no type of field"), type=self.value)
        return found

    def checked(self, check: Callable[[str], str]) -> str:
        """The text as `check` returns it; what it raises is said of this place."""
        try:
            return check(self.text())
        except BadAddress as error:
            raise self.wrong(error.text, **error.values) from None
