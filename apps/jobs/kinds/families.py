"""The families that kinds are shown in where people choose one, in this order."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.jobs.kinds.contract import Kind

FAMILIES: dict[str, str | Promise] = {
    "shell": _("Scripts and calls"),
    "python": _("Scripts and calls"),
    "control": _("Flow control"),
    "sql": _("SQL"),
    "spark": _("Spark and Flink"),
    "data": _("Data"),
    "graph": _("Graphs"),
}
OTHERS = _("Others")


def by_family(kinds: Iterable[Kind]) -> list[tuple[str, list[Kind]]]:
    """The kinds under the name of their family; those that can run first."""
    families: dict[str, list[Kind]] = {str(name): [] for name in (*FAMILIES.values(), OTHERS)}
    for kind in sorted(kinds, key=lambda kind: not kind.is_built):
        families[str(FAMILIES.get(kind.family, OTHERS))].append(kind)
    return [(name, members) for name, members in families.items() if members]
