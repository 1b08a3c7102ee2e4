"""Nodes that no host runs, as a revision keeps them and as the engine takes them.

What a branch or join needs to know of its edges stands in the drawing, under our own key:
`"headrace": {"label": "big"}` says which way of the branch an edge is on (`ways` where they
are several), `{"side": "b1"}` under which name a join knows the node that it comes from,
`{"takes": {"day": "outputs"}}` which parameters of the later node are outputs of the earlier.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from apps.engine.control import Branch, Deciding, Join
from apps.engine.control_reading import BadControl, read_control
from apps.engine.declared import KEY
from apps.engine.drafts import EdgeDraft, FlowDraft, NodeDraft
from apps.engine.wiring import Wiring
from apps.jobs.models import Job
from apps.lib.errors import Invalid


def control_of(drawn: NodeDraft, job: Job | None) -> dict[str, Any]:
    """What is set of the node, for its revision. Without a cluster no host can claim it.

    Raises Invalid, which names the node.
    """
    if job is None:
        return {}
    try:
        control = read_control(job.kind, job.content)
    except BadControl as error:
        raise Invalid(f"Node {drawn.title}: {error}", field="graph", code="bad_control") from None
    if control is None:
        return {}
    rule = {"rule": control.rule.value} if isinstance(control, Deciding) else {}
    return {"control": job.content, "cluster": None, "host": "", **rule}


def put_edges(draft: FlowDraft, nodes: Sequence[dict[str, Any]]) -> None:
    """Write beside branches which children are on which way, and beside joins what their sides are.

    Raises Invalid for a way that its branch does not have.
    """
    wiring = Wiring.of(draft)
    for edge, source, target in wiring.edges:
        node = nodes[source]
        control = read_control(node["kind"], node["control"]) if "control" in node else None
        if isinstance(control, Branch):
            ways = node.setdefault("ways", {})
            for way in _known_ways(edge, control, node["name"], nodes[target]["name"]):
                ways.setdefault(way, []).append(target)
        takes = _own(edge).get("takes")
        if isinstance(takes, Mapping):
            taken = nodes[target].setdefault("takes", {})
            taken |= {str(name): [source, str(output)] for name, output in takes.items()}
        if side := _own(edge).get("side"):
            nodes[target].setdefault("sides", {})[str(side)] = node["id"]


def ways_of(edge: EdgeDraft) -> list[str]:
    """The ways that the drawing says the edge is on."""
    own = _own(edge)
    ways = own.get("ways") or own.get("label")
    return [ways] if isinstance(ways, str) else [way for way in ways or () if isinstance(way, str)]


def control_spec(node: Mapping[str, Any]) -> dict[str, Any]:
    """What the engine does itself of a node that no host runs."""
    control = read_control(node["kind"], node["control"]) if "control" in node else None
    if isinstance(control, Branch):
        return {"deciding": control, "ways": node.get("ways", {})}
    if isinstance(control, Join):
        sides = node.get("sides", {})
        named = tuple(replace(side, node=sides.get(side.node, side.node)) for side in control.sides)
        return {"deciding": replace(control, sides=named), "needed": control.count}
    return {"held": control}


def _known_ways(edge: EdgeDraft, branch: Branch, name: str, below: str) -> Iterator[str]:
    known = {way.name for way in branch.ways}
    for way in ways_of(edge):
        if way not in known:
            said = f"Branch {name} has no way “{way}”, which its edge to {below} is on."
            raise Invalid(said, field="graph", code="unknown_way")
        yield way


def _own(edge: EdgeDraft) -> Mapping[str, Any]:
    held = edge.attributes.get(KEY)
    return held if isinstance(held, Mapping) else {}
