"""Which way of a branch each of its edges is on: chosen in the panel of the branch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from apps.engine.control import Branch
from apps.engine.control_reading import BadControl, read_control
from apps.engine.declared import KEY
from apps.engine.drafts import EdgeDraft, NodeDraft, UnreadableGraph, read_graph
from apps.flows.controls import ways_of
from apps.flows.models import Flow
from apps.jobs.models import Job

Leaving = list[tuple[EdgeDraft, str]]


class EdgeWaysForm(forms.Form):
    """A choice for each edge that leaves the branch."""

    def __init__(self, *args: Any, ways: list[str], edges: Leaving, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.edges = {f"way_{number}": edge for number, (edge, _title) in enumerate(edges)}
        for name, (edge, title) in zip(self.edges, edges, strict=True):
            chosen = ", ".join(ways_of(edge))
            others = [chosen] if chosen and chosen not in ways else []
            self.fields[name] = forms.ChoiceField(
                label=_("To %(node)s") % {"node": title},
                required=False,
                choices=[("", _("Always")), *((way, way) for way in [*ways, *others])],
                initial=chosen,
            )

    def operations(self) -> list[dict[str, Any]]:
        """What must be set in the drawing so that it says what was chosen."""
        ops: list[dict[str, Any]] = []
        for name in self.changed_data:
            edge, way = self.edges[name], self.cleaned_data[name]
            before = edge.attributes.get(KEY)
            held = dict(before) if isinstance(before, Mapping) else {}
            held = {key: value for key, value in held.items() if key not in ("ways", "label")}
            held |= {"label": way} if way else {}
            op = {"op": "set", "value": held} if held else {"op": "unset"}
            ops.append({**op, "of": "edge", "id": edge.id, "path": [KEY]})
        return ops


def ways_context(flow: Flow, node: NodeDraft, job: Job | None, data: Any) -> dict[str, Any]:
    """The form for the edges of a branch; nothing for any other node, or while it leads nowhere."""
    try:
        branch = read_control(job.kind, job.content) if job else None
        draft = read_graph(flow.document.text)
    except (BadControl, UnreadableGraph):
        return {}
    if not isinstance(branch, Branch):
        return {}
    titles = {each.id: each.title for each in draft.nodes}
    edges = [
        (e, titles[e.target]) for e in draft.edges if e.source == node.id and e.id and e.target in titles
    ]
    if not edges:
        return {}
    return {"ways_form": EdgeWaysForm(data, ways=[way.name for way in branch.ways], edges=edges)}
