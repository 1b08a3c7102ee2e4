"""Branches and joins as DataWorks writes them.

A branch is a list of conditions with the output that each opens; a way is named by that
output. A join is a list of nodes with the states that satisfy it, joined by and (1) or
or (2), all of it as JSON within JSON; the nodes are named as the document names them.
"""

from __future__ import annotations

import json
from typing import Any

from apps.engine.control import Branch, Join, Side, SubFlow, Way
from apps.engine.rules import TriggerRule

#: What stands for how a node ended, in numbers and in words.
STATES = {
    "1": ("succeeded",),
    "SUCCESS": ("succeeded",),
    "2": ("skipped",),
    "NOT_RUN": ("skipped",),
    "0": ("failed", "killed", "kill_failed"),
    "3": ("failed", "killed", "kill_failed"),
    "FAILURE": ("failed", "killed", "kill_failed"),
    "FAILED": ("failed", "killed", "kill_failed"),
}
OR = "2"


def read_branch(rows: Any) -> Branch | None:
    """None where this is no such list."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return None
    ways = [Way(_text(row.get("nodeoutput")), _text(row.get("condition"))) for row in rows]
    # Each is evaluated by itself; two conditions may open the same output.
    return Branch(tuple(way for way in ways if way.name and way.when), every=True)


def read_join(given: Any) -> Join | None:
    """None where this is no such object."""
    if not isinstance(given, dict) or "branchList" not in given:
        return None
    rows = given["branchList"]
    if isinstance(rows, str):
        try:
            rows = json.loads(rows or "[]")
        except ValueError:
            return None
    rows = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    sides = tuple(
        Side(f"b_{number}", _text(row.get("node")), states_of(row.get("runStatus")))
        for number, row in enumerate(rows, 1)
    )
    logic = [" or " if _text(row.get("logic")) == OR else " and " for row in rows]
    when = _text(given.get("expression")) or "".join(
        (logic[place] if place else "") + side.name for place, side in enumerate(sides)
    )
    return Join(TriggerRule.ALL_ENDED, when=when, sides=_renamed(sides, rows))


def read_sub_flow(given: Any) -> SubFlow | None:
    """A workflow named by its id or by an output of it; None where neither is said."""
    if not isinstance(given, dict) or "flow" in given:
        return None
    named = _text(given.get("id")) or _text(given.get("output"))
    return SubFlow(named) if named else None


def states_of(statuses: Any) -> tuple[str, ...]:
    """The states that a list of DataWorks' own stands for."""
    found: dict[str, None] = {}
    for status in statuses if isinstance(statuses, list) else []:
        found |= dict.fromkeys(STATES.get(_text(status).upper(), ()))
    return tuple(found)


def _renamed(sides: tuple[Side, ...], rows: list[dict[str, Any]]) -> tuple[Side, ...]:
    names = [_text(row.get("name")) for row in rows]
    return tuple(
        Side(name or side.name, side.node, side.states) for side, name in zip(sides, names, strict=True)
    )


def _text(value: Any) -> str:
    return str(value).strip() if isinstance(value, str | int) else ""
