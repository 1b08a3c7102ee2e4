"""The part of the run dialog that says which nodes run."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from apps.engine.graph import children_of
from apps.engine.selection import Reach, chosen
from apps.flows.models import Flow
from apps.flows.revisions import checked_draft
from apps.flows.selections import Selection
from apps.lib.errors import Invalid

#: A list of more nodes than this is not one to tick boxes in: they are left out on the drawing.
MOST_LISTED = 200
NAMED = 8


def part_of(data: QueryDict) -> Selection | None:
    """Which nodes were asked for; None is all of them."""
    nodes, disabled = data.getlist("node"), data.getlist("disabled")
    return Selection(nodes, _reach(data), disabled) if nodes or disabled else None


def part_context(flow: Flow, request: HttpRequest) -> dict[str, Any]:
    """What each reach would run, and what may be left out."""
    data = request.POST if request.method == "POST" else request.GET
    try:
        draft = checked_draft(flow.document.text)
    except Invalid:
        return {}  # it is said when the flow is run
    titles = {node.id: node.title for node in draft.nodes}
    jobs = {node.id for node in draft.nodes if node.job}
    ids = list(titles)
    named = [node for node in data.getlist("node") if node in titles]
    ordinals = [ids.index(node) for node in named]
    children = children_of(draft)
    reaches = [
        (reach.value, word, [ids[o] for o in sorted(chosen(children, ordinals, reach)) if ids[o] in jobs])
        for reach, word in _words(named)
    ]
    listed = [(node, titles[node], node in data.getlist("disabled")) for node in ids if node in jobs]
    return {
        "named": [(node, titles[node]) for node in named],
        "reach": _reach(data).value,
        "reaches": [(value, word, len(found), _names(found, titles)) for value, word, found in reaches],
        "leavable": listed if len(listed) <= MOST_LISTED else [],
        "any_left_out": any(left_out for _node, _title, left_out in listed),
    }


def _reach(data: QueryDict) -> Reach:
    wanted = data.get("reach", "")
    return Reach(wanted) if wanted in set(Reach) else Reach.ONLY


def _words(named: Collection[str]) -> list[tuple[Reach, str]]:
    if len(named) > 1:
        return [
            (Reach.ONLY, _("Only these nodes")),
            (Reach.FROM, _("These and all after them")),
            (Reach.UP_TO, _("All before them, and these")),
        ]
    return [
        (Reach.ONLY, _("Only this node")),
        (Reach.FROM, _("From here on")),
        (Reach.UP_TO, _("Up to here")),
    ]


def _names(nodes: list[str], titles: dict[str, str]) -> str:
    shown = ", ".join(titles[node] for node in nodes[:NAMED])
    return f"{shown}, …" if len(nodes) > NAMED else shown
