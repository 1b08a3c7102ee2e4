"""Nodes that are a run of another flow.

The node's wake-up time says that something is to be done about it: the run is to be made,
or told to stop. A scheduler looks for that as for everything that is due, so whatever dies
in between, the next tick finds it. That there is one run for each try is kept by the
database. How the run ended is told to the node by whoever takes the ends of runs (`ends`).
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.engine.control import SubFlow
from apps.engine.control_reading import BadControl, read_control
from apps.engine.plan import Answered, StopAsked, Tended
from apps.engine.states import State
from apps.flows import revisions
from apps.flows.admission import consider
from apps.flows.called import author_of, may_run, target_of, unknown
from apps.flows.contexts import expander_of, run_context
from apps.flows.events import Stale
from apps.flows.models import Flow, NodeRun, Run
from apps.flows.opening import Order, make_runs
from apps.flows.runs import rerun
from apps.flows.steps import step
from apps.lib.errors import Conflict, DomainError

logger = logging.getLogger(__name__)

#: How deep runs may lie within each other.
MOST_DEEP = 10


def tend(node_run_id: int, now: datetime) -> None:
    """Do what is due about a node that is a run of another flow. Harmless when somebody else did."""
    try:
        with transaction.atomic():
            _tend(node_run_id, now)
    except (IntegrityError, Stale):
        logger.info("somebody else is at node run %s: the next tick looks again", node_run_id)


def _tend(node_run_id: int, now: datetime) -> None:
    run_id = NodeRun.objects.values_list("run_id", flat=True).get(pk=node_run_id)
    # Whoever steps the run waits here; locks are taken from the run to the nodes.
    Run.objects.select_for_update().only("pk").get(pk=run_id)
    node = NodeRun.objects.select_related("run__project", "run__revision", "frozen", "job").get(
        pk=node_run_id
    )
    if node.wake_at is None or node.wake_at > now or node.state not in (State.RUNNING, State.STOPPING):
        return
    child = node.children.order_by("-id").first()
    if node.state == State.STOPPING:
        _stop(node, child)
    elif node.run.state == State.RUNNING:
        _start(node, child, now)


def _stop(node: NodeRun, child: Run | None) -> None:
    if child is not None and child.ended_at is None:
        step(child.pk, [StopAsked(f"stopped with run {node.run.ref}")])
        step(node.run_id, [Tended(node.ordinal, node.token, child.ref)])
    elif child is None or child.iteration != node.token:
        step(node.run_id, [Answered(node.ordinal, node.token, False, "stopped before it began", killed=True)])


def _start(node: NodeRun, child: Run | None, now: datetime) -> None:
    try:
        with transaction.atomic():
            if child is None:
                child = _make(node, now)
            elif child.iteration != node.token:
                _again(node, child)
    except DomainError as error:
        logger.warning("node %s of run %s starts no run: %s", node.node, node.run.ref, error.message)
        step(node.run_id, [Answered(node.ordinal, node.token, False, error.message)])
        return
    step(node.run_id, [Tended(node.ordinal, node.token, child.ref)])


def _make(node: NodeRun, now: datetime) -> Run:
    run, called = node.run, _called(node)
    flow = target_of(run.project, called.flow)
    _check_may(node, flow)
    _check_depth(run, flow)
    revisions.check_built(flow)
    frozen = node.frozen
    assert frozen is not None
    values = expander_of(run_context(run.pk), node.ordinal, frozen.settings, node.kind, node.job_id)
    order = Order(
        revisions.deployed(flow) or revisions.freeze_flow(flow, by=None),
        flow.project,
        flow.name,
        run.nominal_at,
        flow=flow,
        trigger=Run.Trigger.SUB_FLOW,
        params={name: values.expand(value) for name, value in called.params},
        heeds_parents=False,
        priority=run.priority,
        parent=node,
        iteration=node.token,
        by=run.created_by,
    )
    made = make_runs([order])[0]
    consider(made.pk, now)
    return made


def _again(node: NodeRun, child: Run) -> None:
    """Another try goes on where the last one broke; what was to run whole again begins anew."""
    failed_only = child.iteration > 0 and child.state != State.SUCCEEDED
    Run.objects.filter(pk=child.pk).update(iteration=node.token)
    rerun(child, by=None, failed_only=failed_only)


def _called(node: NodeRun) -> SubFlow:
    try:
        found = read_control(node.kind, node.frozen.content if node.frozen else "")
    except BadControl as error:
        raise Conflict(str(error)) from None
    if not isinstance(found, SubFlow):
        raise Conflict(_("This node names no flow."))
    return found


def _check_may(node: NodeRun, flow: Flow) -> None:
    """Who last changed the node's job must be able to run the flow."""
    if flow.project_id == node.run.project_id:
        return
    if node.job is None or not may_run(flow, node.run.project, author_of(node.job)):
        raise unknown(flow.ref)


def _check_depth(run: Run, flow: Flow) -> None:
    above: list[int | None] = []
    outer: Run | None = run
    while outer is not None:
        above.append(outer.flow_id)
        outer = outer.parent.run if outer.parent_id and outer.parent else None
    if flow.pk in above:
        raise Conflict(_("Flow {flow} would run within a run of itself.").format(flow=flow.name))
    if len(above) >= MOST_DEEP:
        raise Conflict(_("Runs may lie {most} deep within each other, not more.").format(most=MOST_DEEP))
