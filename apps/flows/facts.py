"""What is known of a run where one of its nodes decides: parameters, and what the nodes before it did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from apps.engine.expressions import BadExpression
from apps.engine.params import Expander
from apps.engine.plan import Node
from apps.flows.contexts import expander_of, frozen_of, run_context, with_inputs
from apps.flows.models import NodeRun


class RunFacts:
    """Of the node `ordinal`. What is in `fresh` and `outputs` is newer than what is stored."""

    def __init__(
        self,
        run_id: int,
        nodes: Sequence[dict[str, Any]],
        ordinal: int,
        fresh: Mapping[int, Node],
        outputs: Mapping[int, dict[str, Any]],
    ) -> None:
        self.run_id, self.nodes, self.ordinal = run_id, nodes, ordinal
        self.fresh, self.outputs = fresh, outputs

    def expand(self, text: str) -> str:
        return self._values.expand(text)

    def value(self, name: str) -> Any:
        found = self._values.find(name)
        if found is not None:
            return found
        for ordinal in self._parents:
            left = self._left(ordinal)
            if name in left:
                return left[name]
        raise KeyError(name)

    def state(self, node: str) -> str:
        ordinal = self._place(node)
        if ordinal in self.fresh:
            return self.fresh[ordinal].state.value
        return str(self._row(ordinal, "state"))

    def output(self, node: str, name: str) -> Any:
        return self._left(self._place(node)).get(name)

    @cached_property
    def _values(self) -> Expander:
        node = self.nodes[self.ordinal]
        _content, settings = frozen_of(node["digest"])
        context = with_inputs(run_context(self.run_id), self.ordinal, node, {}, self.outputs)
        return expander_of(context, self.ordinal, settings, node["kind"], node["job"])

    @cached_property
    def _parents(self) -> list[int]:
        return [ordinal for ordinal, node in enumerate(self.nodes) if self.ordinal in node["children"]]

    def _left(self, ordinal: int) -> Mapping[str, Any]:
        if ordinal in self.outputs:
            return self.outputs[ordinal]
        return self._row(ordinal, "outputs") or {}

    def _row(self, ordinal: int, column: str) -> Any:
        return NodeRun.objects.values_list(column, flat=True).get(run_id=self.run_id, ordinal=ordinal)

    def _place(self, name: str) -> int:
        """The node of that id, else of that name: where several have it, the first of those right before."""
        found = [o for o, node in enumerate(self.nodes) if name in (node["id"], node["name"])]
        if not found:
            raise BadExpression(f"there is no node called {name}")
        return next((o for o in found if o in self._parents), found[0])
