"""What waits for what: the parents of a flow, and that no flows wait for each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.flows.models import Dependency, Flow
from apps.lib.errors import Invalid

#: So many parents fit the position of a dependency, and far more than anybody can look over.
MOST_PARENTS = 200


@dataclass(frozen=True, slots=True)
class ParentOf:
    """A parent that a flow is given: which one, and which of its times."""

    flow: Flow
    cycle: str = Dependency.Cycle.SAME
    parent_node: str = ""


def set_parents(flow: Flow, parents: Iterable[Flow | ParentOf]) -> None:
    """Make these what the flow waits for, in this order; what only one of its nodes waits for stays.

    Raises Invalid when flows would wait for each other in the same cycle, naming them.
    """
    wanted = [each if isinstance(each, ParentOf) else _kept_cycle(flow, each) for each in parents]
    wanted = list({(each.flow.pk, each.cycle, each.parent_node): each for each in wanted}.values())
    if len(wanted) > MOST_PARENTS:
        raise Invalid(
            _("A flow waits for at most %(most)d others.") % {"most": MOST_PARENTS}, field="parents"
        )
    for each in wanted:
        check_no_circle(flow, each.flow, each.cycle)
    flow.dependencies.filter(node="", parent__isnull=False).delete()
    Dependency.objects.bulk_create(
        Dependency(
            flow=flow,
            parent=each.flow,
            parent_node=each.parent_node,
            cycle=each.cycle,
            position=position,
        )
        for position, each in enumerate(wanted)
    )


def copy_parents(flow: Flow, clone: Flow) -> None:
    """Let the copy of a flow wait for what that waits for; what waits for itself, for itself."""
    Dependency.objects.bulk_create(
        Dependency(
            flow=clone,
            node=each.node,
            parent_id=clone.pk if each.parent_id == flow.pk else each.parent_id,
            parent_node=each.parent_node,
            parent_name=each.parent_name,
            cycle=each.cycle,
            position=each.position,
        )
        for each in flow.dependencies.all()
    )


def check_no_circle(flow: Flow, parent: Flow, cycle: str) -> None:
    """Raise Invalid when `parent` waits for `flow` in the same cycle, directly or through others.

    What waits for an earlier cycle never waits for itself: a flow may follow its own last run.
    """
    if cycle == Dependency.Cycle.PREVIOUS:
        return
    path = circle(flow, parent)
    if path:
        names = " → ".join(each.name for each in path)
        raise Invalid(
            _("They would wait for each other: {names}.").format(names=names), field="parents", code="cycle"
        )


def circle(flow: Flow, parent: Flow) -> Sequence[Flow]:
    """The flows on the way from `flow` over `parent` back to it, by what each waits for; empty when none."""
    if parent.pk == flow.pk:
        return [flow, flow]
    came_from: dict[int, int] = {parent.pk: flow.pk}
    level = {parent.pk}
    while level and flow.pk not in came_from:
        rows = (
            Dependency.objects.filter(flow__in=level, parent__isnull=False)
            .exclude(cycle=Dependency.Cycle.PREVIOUS)
            .values_list("flow_id", "parent_id")
        )
        level = set()
        for waiting, above in rows:
            if above is not None and above not in came_from:
                came_from[above] = waiting
                level.add(above)
    if flow.pk not in came_from:
        return ()
    way = [flow.pk]
    while (before := came_from[way[-1]]) != flow.pk:
        way.append(before)
    way.append(flow.pk)
    flows = Flow.objects.only("name").in_bulk(way)
    return [flows[pk] for pk in reversed(way)]


def _kept_cycle(flow: Flow, parent: Flow) -> ParentOf:
    """A parent that is named alone keeps the cycle it was given before."""
    before = flow.dependencies.filter(node="", parent=parent).first() if flow.pk else None
    return ParentOf(parent, before.cycle, before.parent_node) if before else ParentOf(parent)
