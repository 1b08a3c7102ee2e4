"""What is secret, hidden by its value wherever text leaves: logs, pages, answers, alerts.

A job writes its log itself, straight into a private file: with a process of ours between
them its log would end with that process, and each line would cost a copy. So nothing is
masked while it is written. It is masked where it is read, which is one place for all doors
(`apps/jobs/logs.py` opens logs, and asks for `Masks` to do so), and which also hides what
became secret after it was printed.
"""

from __future__ import annotations

import base64
import html
import itertools
import json
import re
import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

from django.conf import settings
from django.db.models import F, QuerySet, TextField
from django.db.models.expressions import ExpressionWrapper

from apps.jobs.models import Job, Resource, Storage
from apps.jobs.variables import HIDDEN, read_variables, spelt
from apps.lib.sealed import seal_keys, unseal_or_nothing
from apps.projects.models import Connection, Project, Variable

MASK = b"******"
#: A shorter value, in characters, would blank out ordinary words.
SHORTEST_MASKED = 4
#: A shorter encoding of a value, in bytes, would blank out parts of what is encoded beside it.
SHORTEST_ENCODED = 6
#: How programs that encode base64 break their lines: coreutils and MIME, PEM and openssl.
BASE64_WIDTHS = (76, 64)
#: What follows the name of a setting that is a secret.
SECRET_SETTING = re.compile(r"(?i)(SECRET|PASSWORD|TOKEN)")
_PERCENT = re.compile(r"%[0-9A-F]{2}")
_UNSAFE_IN_SHELL = re.compile(r"([^\w@%+=:,./-])", re.ASCII)


class Masks:
    """Values that never leave as they are, nor in a form that shows them."""

    def __init__(self, values: Iterable[str]) -> None:
        forms = {form for value in values for form in forms_of(value)}
        self._pattern = re.compile(_any_of(sorted(forms))) if forms else None
        #: A piece of a secret of this length may stand on the wrong side of a cut.
        self.overlap = max(map(len, forms), default=1) - 1

    def __call__(self, data: bytes) -> bytes:
        return self._pattern.sub(MASK, data) if self._pattern else data

    def text(self, text: str) -> str:
        return (
            self(text.encode("utf-8", "surrogatepass")).decode("utf-8", "replace") if self._pattern else text
        )

    def between(self, data: bytes, start: int, end: int) -> tuple[bytes, int]:
        """`data[start:end]` masked, and where it really ends: never in the middle of a secret.

        What stands before `start` and after `end` is looked at, so that a secret that
        crosses an edge is hidden whole.
        """
        if self._pattern is None:
            return data[start:end], end
        parts, at = [], start
        for match in self._pattern.finditer(data):
            if match.start() >= end:
                break
            if match.end() > start:
                parts += [data[at : match.start()], MASK]
                at = match.end()
        end = max(end, at)
        return b"".join([*parts, data[at:end]]), end


def masks_for(project: Project, given: str = "") -> Masks:
    """What is secret in a project: its variables, those of its jobs, what opens its connections and stores.

    And the values of `given`, what a run was given for such variables (see `hide_secrets`).

    A request reads the sealed texts alone. They differ whenever a value was written anew, so
    that what was made of the same ones before still holds.
    """
    mine = {"project": project}
    values = _sealed(Variable.objects.filter(**mine, secret=True), "value").union(
        _sealed(Connection.objects.filter(**mine).exclude(password=""), "password"),
        _sealed(Storage.objects.filter(**mine).exclude(secret=""), "secret"),
        _sealed(Resource.objects.filter(job__project=project).exclude(secret=""), "secret"),
        _sealed(Job.objects.filter(**mine).exclude(address_secrets=""), "address_secrets"),
    )
    of_jobs = tuple(sorted(_sealed(_jobs_with_variables(project), "variables_text")))
    return _masks_of(tuple(sorted(values)), of_jobs, given, seal_keys())


def hide_secrets(project: Project, params: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """What a run is given, with secrets hidden: by the name of a secret variable, or by their value.

    And what was hidden, as JSON.
    """
    if not params:
        return {}, ""
    names = set(Variable.objects.filter(project=project, secret=True).values_list("name", flat=True))
    for text in _jobs_with_variables(project).values_list("variables_text", flat=True):
        names |= {one.name for one in read_variables(text) if one.secret}
    masks = masks_for(project)
    secret = {
        name: value
        for name, value in params.items()
        if name in names or masks.text(spelt(value)) != spelt(value)
    }
    return {**params, **dict.fromkeys(secret, HIDDEN)}, json.dumps(secret) if secret else ""


def _jobs_with_variables(project: Project) -> QuerySet[Job]:
    return Job.objects.filter(project=project).exclude(variables_text="")


def _sealed(rows: QuerySet[Any], field: str) -> QuerySet[Any, str]:
    """The texts as they are sealed in the column."""
    raw = ExpressionWrapper(F(field), output_field=TextField())
    return rows.order_by().annotate(sealed=raw).values_list("sealed", flat=True)


@lru_cache(maxsize=64)
def _masks_of(values: Sequence[str], of_jobs: Sequence[str], given: str, keys: Sequence[str]) -> Masks:
    """`values` and `of_jobs` are sealed with one of the `keys`."""
    secrets = [*_of_settings(), *map(unseal_or_nothing, values)]
    for token in of_jobs:
        secrets += [one.value for one in read_variables(unseal_or_nothing(token)) if one.secret]
    if given:
        secrets += map(spelt, json.loads(given).values())
    return Masks(secrets)


def _of_settings() -> tuple[str, ...]:
    """The credentials of the object stores, which jobs that use them are given."""
    stores = settings.HEADRACE_OBJECTS.items()
    return tuple(sorted(value for name, value in stores if SECRET_SETTING.search(name)))


def forms_of(value: str) -> set[bytes]:
    """How a secret may show: as it is, line by line, quoted or encoded as programs do."""
    pieces = {piece for piece in (value, *value.splitlines()) if len(piece) >= SHORTEST_MASKED}
    plain = {form.encode("utf-8", "surrogatepass") for piece in pieces for form in (piece, *_quoted(piece))}
    encoded = {
        form
        for piece in pieces
        for data in (piece.encode("utf-8", "surrogatepass"),)
        for form in (*_base64(data), data.hex().encode(), data.hex().upper().encode())
        if len(form) >= SHORTEST_ENCODED
    }
    return plain | encoded


def _quoted(text: str) -> Iterator[str]:
    for quoted in (quote(text, safe=""), quote(text, safe="/"), quote_plus(text)):
        yield quoted
        yield _PERCENT.sub(lambda match: match[0].lower(), quoted)
    for escaped in (json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], repr(text)[1:-1]):
        yield escaped
        yield escaped.replace("/", "\\/")
        yield json.dumps(escaped)[1:-1]  # a text of JSON within JSON
    yield shlex.quote(text)
    yield text.replace("'", "'\"'\"'")
    yield text.replace("'", "'\\''")  # as `set -x` shows it
    yield _UNSAFE_IN_SHELL.sub(r"\\\1", text)  # as `printf %q` does
    yield html.escape(text)


def _base64(data: bytes) -> Iterator[bytes]:
    """What of it is the same whatever stands before and after it; and all of it, when it stands alone."""
    for alone in (data, data + b"\n"):
        whole = base64.b64encode(alone)
        for width in (len(whole), *BASE64_WIDTHS):
            yield from (whole[at : at + width] for at in range(0, len(whole), width))
    for before in range(3):
        length = before + len(data)
        # Of the first and the last character only some bits are of the value.
        start, end = (before * 8 + 5) // 6, length * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(bytes(before) + data)[start:end]


def _any_of(words: Sequence[bytes]) -> bytes:
    """A pattern for the longest of these sorted words, which looks at each byte of a text few times.

    Words that begin alike are told apart where they differ: with all of them side by side
    each would be tried at each byte.
    """
    by_first: dict[int, list[bytes]] = defaultdict(list)
    for word in words:
        if word:
            by_first[word[0]].append(word)
    branches = [_branch(group) for group in by_first.values()]
    if words and not words[0]:
        branches.append(b"")  # one of them ends here: the longer ones first
    return branches[0] if len(branches) == 1 else b"(?:" + b"|".join(branches) + b")"


def _branch(words: Sequence[bytes]) -> bytes:
    """A pattern for words that have at least their first byte in common."""
    pairs = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(words[0], words[-1], strict=False))
    common = sum(1 for _ in pairs)
    rest = [word[common:] for word in words]
    return re.escape(words[0][:common]) + (_any_of(rest) if any(rest) else b"")
