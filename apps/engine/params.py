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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from apps.engine.wiring import knots, topological_order

#: A text that would become longer than this stays as it is: names within names can grow without end.
MAX_LENGTH = 4 << 20

_EXPRESSION = re.compile(r"\$\{(?P<name>[^${}]+)\}")
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


@dataclass(frozen=True, slots=True)
class Reader:
    """Finds expressions in one sort of text. `pattern` has a group `name` for those that may
    name a parameter; `time` says what an expression means as a time, or None."""

    pattern: re.Pattern[str]
    time: Callable[[str, datetime], str | None]

    def mentions(self, text: str) -> Iterator[re.Match[str]]:
        return self.pattern.finditer(text) if "$" in text else iter(())


@dataclass(frozen=True, slots=True)
class Notation:
    """How one world writes expressions in the values of parameters and in contents."""

    values: Reader
    content: Reader


class Expander:
    """Expands texts for one node of one run.

    `sources` maps a source's word to its values, strongest first: run, flow, job, project.
    """

    def __init__(
        self,
        sources: Mapping[str, Mapping[str, object]],
        nominal_at: datetime,
        zone: str | ZoneInfo,
        notation: Notation | None = None,
    ) -> None:
        self._notation = notation or PLAIN
        self._texts: dict[str, tuple[str, str]] = {}
        for source, values in sources.items():
            for name, value in values.items():
                self._texts.setdefault(name, (_spell(value), source))
        self._nominal_at = nominal_at.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone)

    def expand(self, text: str) -> str:
        """`text` with every known expression replaced."""
        return _replace(self._notation.content, text, lambda match: self._mention(match).value)

    def parameters(self) -> list[Parameter]:
        """Every name with what it becomes, by name."""
        return [
            Parameter(name, text, self._values[name], source)
            for name, (text, source) in sorted(self._texts.items())
        ]

    def preview(self, text: str) -> list[Mention]:
        """Every expression in `text`, each once, in order, with what it becomes."""
        found = {match[0]: match for match in self._notation.content.mentions(text)}
        return [self._mention(match) for match in found.values()]

    def value(self, name: str) -> str:
        """What `name` becomes."""
        return self._values[name]

    def find(self, name: str) -> str | None:
        """What `name` becomes, or None where nothing is called so."""
        return self._values.get(name)

    def _mention(self, match: re.Match[str]) -> Mention:
        if (name := match["name"]) in self._texts:
            return Mention(match[0], self._values[name], self._texts[name][1])
        time = self._notation.content.time(match[0], self._nominal_at)
        return Mention(match[0], time, "" if time is None else "time")

    @cached_property
    def _values(self) -> dict[str, str]:
        """What each name becomes, the innermost first."""
        names = list(self._texts)
        ordinals = {name: ordinal for ordinal, name in enumerate(names)}
        inner = [
            [ordinals[other] for other in self._named_in(self._texts[name][0]) if other in ordinals]
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

    def _named_in(self, text: str) -> dict[str, None]:
        return dict.fromkeys(match["name"] for match in self._notation.values.mentions(text))

    def _value(self, text: str, known: set[str], values: Mapping[str, str]) -> str:
        reader = self._notation.values

        def value(match: re.Match[str]) -> str | None:
            if (name := match["name"]) in self._texts:
                return values[name] if name in known else None
            return reader.time(match[0], self._nominal_at)

        return _replace(reader, text, value)


def _replace(reader: Reader, text: str, value_of: Callable[[re.Match[str]], str | None]) -> str:
    """`text` with what each expression becomes, or as it is when it would become too long."""
    parts, end, length = [], 0, len(text)
    for match in reader.mentions(text):
        value = value_of(match)
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
            at = moved(at, int(match["sign"] + match["count"]), match["unit"])
        except (OverflowError, ValueError):
            return None
    return _LETTER.sub(lambda letters: _letters(letters[0], at), match["pattern"])


def _letters(letters: str, at: datetime) -> str:
    return f"{at.year:04d}" if letters == "yyyy" else at.strftime(_STRFTIME[letters])


def moved(at: datetime, count: int, unit: str) -> datetime:
    """`at` and so many years, months, days or hours (`y m d h`)."""
    if unit == "h":
        return (at.astimezone(UTC) + timedelta(hours=count)).astimezone(at.tzinfo)
    if unit == "d":
        return at + timedelta(days=count)
    months = at.year * 12 + at.month - 1 + count * (12 if unit == "y" else 1)
    year, month = divmod(months, 12)
    last_day = calendar.monthrange(year, month + 1)[1]
    return at.replace(year=year, month=month + 1, day=min(at.day, last_day))


_PLAIN_READER = Reader(_EXPRESSION, lambda expression, at: time_value(expression[2:-1], at))
#: EMR's notation, and ours: `${name}` and `${yyyy-MM-dd-1d}` in values and contents alike.
PLAIN = Notation(_PLAIN_READER, _PLAIN_READER)
