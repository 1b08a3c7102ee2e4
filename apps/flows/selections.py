"""Which nodes of a flow a run is of, as people name them: by the ids of the drawing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.engine.plan import Bypass
from apps.engine.selection import Reach, bypasses, chosen
from apps.lib.errors import Invalid


@dataclass(frozen=True, slots=True)
class Selection:
    """These nodes, or all when there are none, but for those that are disabled."""

    nodes: Sequence[str] = ()
    reach: Reach = Reach.ONLY
    disabled: Sequence[str] = ()

    def bypasses(self, nodes: Sequence[Mapping[str, Any]]) -> dict[int, Bypass]:
        """Which of the compiled `nodes` are passed by, by ordinal.

        Raises Invalid when a node is named that is not there, or when nothing would run.
        """
        ordinals = {node["id"]: ordinal for ordinal, node in enumerate(nodes)}
        named = [_ordinal(ordinals, node, "nodes") for node in self.nodes]
        disabled = [_ordinal(ordinals, node, "disabled") for node in self.disabled]
        wanted = chosen([node["children"] for node in nodes], named, self.reach)
        passed = bypasses(len(nodes), wanted, disabled)
        if all(ordinal in passed for ordinal, node in enumerate(nodes) if node["digest"]):
            raise Invalid(_("None of the nodes that are left runs a job: choose others."), field="nodes")
        return passed

    def stored(self) -> dict[str, Any]:
        return {"nodes": list(self.nodes), "reach": self.reach.value, "disabled": list(self.disabled)}


def _ordinal(ordinals: Mapping[str, int], node: str, field: str) -> int:
    if node not in ordinals:
        raise Invalid(_("The flow has no node {node}.").format(node=node), field=field)
    return ordinals[node]
