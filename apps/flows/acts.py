"""What people do to single nodes of a run: retry now, skip, mark as succeeded, kill."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from apps.engine.control import HELD_KINDS, SUB_FLOW_KINDS
from apps.engine.plan import Act, Asked, StopAsked
from apps.engine.states import ENDED, State
from apps.flows.models import NodeRun, Run
from apps.flows.runs import rerun
from apps.flows.steps import step
from apps.lib.errors import Conflict
from apps.projects.actions import record_audit
from apps.projects.models import User

#: In which states of a node each may be asked for, while its run goes on.
POSSIBLE: dict[Act, Collection[State]] = {
    Act.RETRY: {State.RETRYING},
    Act.SKIP: {State.WAITING, State.READY, State.RETRYING},
    Act.KEEP: {State.WAITING},
    Act.MARK: {State.WAITING, State.READY, State.RETRYING},
    Act.KILL: {State.READY, State.RUNNING, State.RETRYING},
}
#: And of one that is waiting for no host but for a time or somebody.
OF_HELD = frozenset({Act.SKIP, Act.MARK, Act.KILL})
DONE = {
    Act.RETRY: "retried by",
    Act.SKIP: "skipped by",
    Act.KEEP: "not skipped by",
    Act.MARK: "marked as succeeded by",
    Act.KILL: "killed by",
}


@transaction.atomic
def act_on_node(node_run: NodeRun, act: Act, *, by: User | None) -> None:
    """Do this to one node. A node of an ended run can be marked, and the run goes on from there.

    Raises Conflict, which says why, where it makes no sense.
    """
    run = node_run.run
    reason = f"{DONE[act]} {by.get_username()}" if by else act.value
    if act is Act.MARK and run.state in ENDED:
        if why := refusal(act, node_run):
            raise Conflict(why)
        rerun(run, by=by, marked=[node_run.ordinal])
    elif step(run.pk, [Asked(node_run.ordinal, act, reason)]) is None:
        fresh = NodeRun.objects.select_related("run").get(pk=node_run.pk)
        raise Conflict(
            refusal(act, fresh) or _("Something else happened to the node at this moment: look again.")
        )
    if act in (Act.SKIP, Act.MARK) and node_run.kind in SUB_FLOW_KINDS:
        for child in Run.objects.filter(parent=node_run, ended_at__isnull=True):
            step(child.pk, [StopAsked(f"its node was {reason}")])
    record_audit(f"{act}_node", run, by=by, project=run.project, node=node_run.node, name=node_run.name)


def is_held(node_run: NodeRun) -> bool:
    """Whether it goes on without a host, so that it can be passed by at any time."""
    return node_run.state == State.RUNNING and node_run.kind in HELD_KINDS


def refusal(act: Act, node_run: NodeRun) -> str:
    """Why this cannot be done to the node as it was read; empty when it can."""
    run, state = node_run.run, State(node_run.state)
    if run.state in ENDED:
        if act is not Act.MARK:
            return _("The run is over.")
        return _("The node succeeded already.") if state is State.SUCCEEDED else ""
    if run.state == State.STOPPING:
        return _("The run is being stopped.")
    if run.halting and act is not Act.KILL:
        return _("The run is ending: nothing more of it starts. When it is over, it can be run again.")
    if state in ENDED:
        return _("The node has ended.")
    if is_held(node_run):
        return "" if act in OF_HELD else _("The node does not wait for a retry.")
    if state not in POSSIBLE[act]:
        return _refused_state(act, state)
    return _refused_bypass(act, node_run) or _refused_run(act, run)


def _refused_state(act: Act, state: State) -> str:
    if act is Act.RETRY:
        return _("The node does not wait for a retry.")
    if state is State.WAITING:
        return _("The node has not started, so there is nothing to kill. It can be skipped.")
    if state is State.STOPPING:
        return _("The node is being stopped.")
    if act is Act.KEEP:
        return _("The node is not going to be skipped.")
    return _("The node is running: kill it first.")


def _refused_bypass(act: Act, node_run: NodeRun) -> str:
    waits = node_run.state == State.WAITING
    if act is Act.SKIP and waits and node_run.bypass:
        return _("The node is going to be skipped already.")
    if act is Act.KEEP and not node_run.bypass:
        return _("The node is not going to be skipped.")
    return ""


def _refused_run(act: Act, run: Run) -> str:
    return _("The run has not begun.") if act is Act.MARK and run.state == State.WAITING else ""
