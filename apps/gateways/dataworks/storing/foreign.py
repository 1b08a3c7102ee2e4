"""Ids that documents bring along, each for one project."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from apps.gateways.models import ForeignId
from apps.lib.ids import read
from apps.projects.models import Project

DIALECT = "dataworks"
LONGEST = 200


def remember(project: Project, kind: str, uids: Mapping[str, int]) -> None:
    """Let ids stand for rows, but for those that stand for another already or are our own spelling."""
    rows = [
        ForeignId(dialect=DIALECT, kind=kind, text=_scoped(project, given), uid=uid)
        for given, uid in uids.items()
        if given and given != str(uid) and len(given) <= LONGEST
    ]
    ForeignId.objects.bulk_create(rows, ignore_conflicts=True)


def forget(uids: Iterable[int]) -> None:
    ForeignId.objects.filter(dialect=DIALECT, uid__in=list(uids)).delete()


def uid_of(project: Project, kind: str, text: str) -> int | None:
    """The uid behind an id: one that came with a document is looked up first, else it is our own."""
    if len(text) > LONGEST:
        return None
    found = ForeignId.objects.filter(dialect=DIALECT, kind=kind, text=_scoped(project, text)).first()
    return found.uid if found else read_uid(text)


def read_uid(text: str) -> int | None:
    """The uid that a decimal text spells.

    >>> read_uid("4634978808809540001"), read_uid("99999999999999999999"), read_uid("x")
    (4634978808809540001, None, None)
    """
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        return None
    return read(f"{int(text):016X}")


def _scoped(project: Project, text: str) -> str:
    return f"{project.number}:{text}"
