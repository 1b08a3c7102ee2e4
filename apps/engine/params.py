"""What `${…}` in contents and values becomes.

`${name}` is the strongest value of that name: the run's, else the flow's, the job's, the
project's. `${yyyy-MM-dd-1d}` is the nominal time, written by its pattern and moved by its
offset. A name wins over a time pattern. What is neither stays as it is, because shells
have `${…}` too. A value may hold expressions itself; values that name each other in a circle
leave those names untouched, so `PATH = ${PATH}:/opt/bin` means what it says.

Offsets of years, months and days move the date on the wall clock (31 January and one
month is the last of February); hours move the instant, so they are right on a DST night.
"""

from __future__ import annotations

import calendar
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from apps.engine.wiring import knots, topological_order

#: A text that would become longer than this stays as it is: names within names can grow without end.
MAX_LENGTH = 4 << 20

_EXPRESSION = re.compile(r"\$\{([^${}]+)\}")
_LETTERS = "yyyy|MM|dd|HH|hh|mm|ss"
_TIME = re.compile(
    rf"(?P<pattern>(?:{_LETTERS}|[^A-Za-z])+?)(?:\s*(?P<sign>[+-])\s*(?P<count>\d{{1,7}})\s*(?P<unit>[ymdh]))?"
)
_LETTER = re.compile(_LETTERS)
_STRFTIME = {"MM": "%m", "dd": "%d", "HH": "%H", "hh": "%I", "mm": "%M", "ss": "%S"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A name with its strongest value: as written, and as it becomes. `source` says whose it is."""

    name: str
    text: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Mention:
    """One `${…}` of a text. `value` is None when it stays untouched."""

    expression: str
    value: str | None
    source: str


class Expander:
    """Expands texts for one node of one run.

    `sources` maps a source's word to its values, strongest first: run, flow, job, project.
    """

    def __init__(
        self, sources: Mapping[str, Mapping[str, object]], nominal_at: datetime, zone: str | ZoneInfo
    ) -> None:
        self._texts: dict[str, tuple[str, str]] = {}
        for source, values in sources.items():
            for name, value in values.items():
                self._texts.setdefault(name, (_spell(value), source))
        self._nominal_at = nominal_at.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone)

    def expand(self, text: str) -> str:
        """`text` with every known expression replaced."""
        return _replace(text, self._mention) if "${" in text else text

    def parameters(self) -> list[Parameter]:
        """Every name with what it becomes, by name."""
        return [
            Parameter(name, text, self._values[name], source)
            for name, (text, source) in sorted(self._texts.items())
        ]

    def preview(self, text: str) -> list[Mention]:
        """Every `${…}` in `text`, each once, in order, with what it becomes."""
        return [self._mention(body) for body in _mentioned(text)]

    def _mention(self, body: str) -> Mention:
        if body in self._texts:
            return Mention(f"${{{body}}}", self._values[body], self._texts[body][1])
        time = time_value(body, self._nominal_at)
        return Mention(f"${{{body}}}", time, "" if time is None else "time")

    @cached_property
    def _values(self) -> dict[str, str]:
        """What each name becomes, the innermost first."""
        names = list(self._texts)
        ordinals = {name: ordinal for ordinal, name in enumerate(names)}
        inner = [
            [ordinals[body] for body in _mentioned(self._texts[name][0]) if body in ordinals]
            for name in names
        ]
        circles = {ordinal: number for number, knot in enumerate(knots(inner)) for ordinal in knot}
        for ordinal, mentioned in enumerate(inner):
            circle = circles.get(ordinal, -1)
            inner[ordinal] = [
                other for other in mentioned if other != ordinal and circles.get(other) != circle
            ]
        values: dict[str, str] = {}
        for ordinal in reversed(topological_order(inner)):
            known = {names[other] for other in inner[ordinal]}
            values[names[ordinal]] = self._value(self._texts[names[ordinal]][0], known, values)
        return values

    def _value(self, text: str, known: set[str], values: Mapping[str, str]) -> str:
        def mention(body: str) -> Mention:
            if body in self._texts:
                return Mention(body, values[body] if body in known else None, "")
            return Mention(body, time_value(body, self._nominal_at), "")

        return _replace(text, mention) if "${" in text else text


def _mentioned(text: str) -> dict[str, None]:
    return dict.fromkeys(match[1] for match in _EXPRESSION.finditer(text)) if "${" in text else {}


def _replace(text: str, mention: Callable[[str], Mention]) -> str:
    """`text` with what each expression becomes, or as it is when it would become too long."""
    parts, end, length = [], 0, len(text)
    for match in _EXPRESSION.finditer(text):
        value = mention(match[1]).value
        if value is None:
            continue
        length += len(value)
        if length > MAX_LENGTH:
            return text
        parts += [text[end : match.start()], value]
        end = match.end()
    return "".join([*parts, text[end:]])


def _spell(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def time_value(body: str, at: datetime) -> str | None:
    """What the time expression `body` says at `at`, or None when it is none.

    >>> time_value("yyyyMMdd HH:mm:ss-1d", datetime(2016, 4, 27, 12, 8, 1, tzinfo=UTC))
    '20160426 12:08:01'
    """
    if "yyyy" not in body or (match := _TIME.fullmatch(body)) is None:
        return None
    if match["unit"]:
        try:
            at = _moved(at, int(match["sign"] + match["count"]), match["unit"])
        except (OverflowError, ValueError):
            return None
    return _LETTER.sub(lambda letters: _letters(letters[0], at), match["pattern"])


def _letters(letters: str, at: datetime) -> str:
    return f"{at.year:04d}" if letters == "yyyy" else at.strftime(_STRFTIME[letters])


def _moved(at: datetime, count: int, unit: str) -> datetime:
    if unit == "h":
        return (at.astimezone(UTC) + timedelta(hours=count)).astimezone(at.tzinfo)
    if unit == "d":
        return at + timedelta(days=count)
    months = at.year * 12 + at.month - 1 + count * (12 if unit == "y" else 1)
    year, month = divmod(months, 12)
    last_day = calendar.monthrange(year, month + 1)[1]
    return at.replace(year=year, month=month + 1, day=min(at.day, last_day))
