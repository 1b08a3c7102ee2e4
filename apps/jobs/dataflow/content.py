"""The content of a data flow job: its nodes as JSON, and its plan with the values of one run."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NoReturn

from django.utils.translation import gettext_noop as _

from apps.jobs.dataflow.compiling import compile_nodes
from apps.jobs.dataflow.plan import Plan
from apps.jobs.dataflow.reading import Wrong

#: What says which node is which; the rest of a node may hold parameters.
_FIXED = frozenset({"id", "type", "parentNodeIds", "leftNodeId", "rightNodeId"})


def content_of(nodes: Any, before: str = "") -> str:
    """The nodes as content; what else the content `before` held beside them stays."""
    try:
        held = _object(before)
    except Wrong:
        held = {}
    return json.dumps({**held, "nodes": nodes}, ensure_ascii=False, indent=1)


def nodes_in(content: str) -> Any:
    """The nodes in a job's content. Raises Wrong when it is no JSON object."""
    return _object(content).get("nodes")


def drawable_nodes(content: str) -> list[dict[str, Any]]:
    """The nodes, however unfinished; none in an empty content. Raises Wrong for what no node can be."""
    nodes = nodes_in(content) if content.strip() else None
    if nodes is None:
        return []
    if not isinstance(nodes, list):
        raise Wrong("nodes", _("must be an array"))
    for place, node in enumerate(nodes):
        if not isinstance(node, dict):
            raise Wrong(f"nodes[{place}]", _("must be an object"))
    return nodes


def plan_of(content: str, expand: Callable[[str], str] = str) -> Plan:
    """The plan of a job's content, its texts expanded one by one: a value never becomes syntax."""
    return compile_nodes(_expanded(nodes_in(content), expand))


def _object(content: str) -> dict[str, Any]:
    try:
        found = json.loads(content, parse_constant=_not_json)
    except (ValueError, RecursionError) as error:
        raise Wrong("", _("the content is not JSON: %(why)s"), why=error) from None
    if not isinstance(found, dict):
        raise Wrong("", _("the content must be an object with nodes"))
    return found


def _expanded(value: Any, expand: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return expand(value)
    if isinstance(value, list):
        return [_expanded(each, expand) for each in value]
    if isinstance(value, dict):
        return {key: each if key in _FIXED else _expanded(each, expand) for key, each in value.items()}
    return value


def _not_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON number")
