"""Parameters of an RPC call: text by name, read into the types an operation wants.

Every refusal names the parameter. An empty number or boolean counts as not given; an
empty text is a text, because that is how callers clear a field.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from apps.gateways.rpc.errors import invalid_parameter, missing_parameter
from apps.lib import strict_json

_INDEX = re.compile(r"(?P<name>\w+)\.(?P<index>\d+)(?:\.(?P<key>\w+))?")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_LONG = 2**63


class Parameters:
    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str, longest: int | None = None) -> str | None:
        value = self._values.get(name)
        if value is None:
            return None
        if longest is not None and len(value) > longest:
            raise invalid_parameter(name, f"it has {len(value)} characters; at most {longest} are allowed")
        if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            raise invalid_parameter(name, "it is not UTF-8 text")
        return value

    def need(self, name: str, longest: int | None = None) -> str:
        value = self.text(name, longest)
        if value is None or not value.strip():
            raise missing_parameter(name)
        return value

    def choice(self, name: str, choices: tuple[str, ...]) -> str | None:
        """One of `choices`, whatever its letter case."""
        value = self.text(name)
        if not value:
            return None
        for known in choices:
            if known.lower() == value.strip().lower():
                return known
        raise invalid_parameter(name, f"it must be one of {', '.join(choices)}")

    def whole(self, name: str, *, low: int = -_LONG, high: int = _LONG - 1) -> int | None:
        value = (self.text(name) or "").strip()
        if not value:
            return None
        if not re.fullmatch(r"[+-]?[0-9]{1,19}", value):
            raise invalid_parameter(name, "it must be a whole number")
        number = int(value)
        if not low <= number <= high:
            raise invalid_parameter(name, f"it must be from {low} to {high}")
        return number

    def flag(self, name: str) -> bool | None:
        value = (self.text(name) or "").strip().lower()
        if not value:
            return None
        if value not in _BOOLEANS:
            raise invalid_parameter(name, "it must be true or false")
        return _BOOLEANS[value]

    def texts(self, name: str) -> list[str] | None:
        """`Name.1`, `Name.2`; or `Name` alone as a JSON array or one value. None when not given."""
        found = sorted(
            (int(match["index"]), full)
            for full in self._values
            if (match := _INDEX.fullmatch(full)) and match["name"] == name and match["key"] is None
        )
        if found:
            return [self.text(full) or "" for _, full in found]
        return None if name not in self._values else read_list(name, self.text(name) or "")

    def rows(self, name: str) -> dict[int, dict[str, str]] | None:
        """`Name.1.Key`, `Name.2.Key` as one dict an index, in order. None when not given."""
        rows: dict[int, dict[str, str]] = {}
        for full in self._values:
            match = _INDEX.fullmatch(full)
            if match and match["name"] == name and match["key"]:
                rows.setdefault(int(match["index"]), {})[match["key"]] = self.text(full) or ""
        return dict(sorted(rows.items())) or None

    def json_object(self, name: str) -> dict[str, Any] | None:
        """The JSON object that the text holds; None when absent or empty."""
        value = (self.text(name) or "").strip()
        if not value:
            return None
        read = read_json(name, value)
        if not isinstance(read, dict):
            raise invalid_parameter(name, "it must be a JSON object")
        return read


def read_json(name: str, text: str) -> Any:
    try:
        return strict_json.read_json(text)
    except ValueError as error:
        raise invalid_parameter(name, f"it is not JSON: {error}") from None


def read_list(name: str, text: str) -> list[str]:
    """One text that holds a list: a JSON array, or values between commas, in brackets or not.

    >>> read_list("Ids", "[F-1, F-2]"), read_list("Ids", '["a"]'), read_list("Ids", "7")
    (['F-1', 'F-2'], ['a'], ['7'])
    """
    text = text.strip()
    if text.startswith("["):
        try:
            values = strict_json.read_json(text)
        except ValueError:
            values = text.removeprefix("[").removesuffix("]").split(",")
    else:
        values = text.split(",")
    if not all(isinstance(value, str | int) for value in values):
        raise invalid_parameter(name, "its items must be texts")
    return [stripped for value in values if (stripped := str(value).strip().strip('"'))]
