"""Nodes that wait for somebody to say so: who may, and what becomes of the answer."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.engine.control import HELD_KINDS, Approval, Held
from apps.engine.control_reading import read_control
from apps.engine.plan import Answered
from apps.engine.states import State
from apps.flows.contexts import expander_of, run_context
from apps.flows.models import NodeRun, Run
from apps.flows.steps import step
from apps.lib.errors import Conflict, Denied, Invalid
from apps.projects.access import Verb, can, require
from apps.projects.actions import record_audit
from apps.projects.models import Role, User

#: What somebody of a role may do at least.
VERBS: dict[str, Verb] = {Role.OPERATOR: "run", Role.EDITOR: "edit", Role.ADMIN: "manage"}
MAX_COMMENT = 300


def held_of(node_run: NodeRun) -> Held | None:
    """What the node waits for, where that is no host."""
    if node_run.kind not in HELD_KINDS or node_run.frozen is None:
        return None
    control = read_control(node_run.kind, node_run.frozen.content)
    return control if isinstance(control, Held) else None


def question_of(node_run: NodeRun, approval: Approval) -> str:
    """What is asked, with the parameters of the run in it."""
    if "$" not in approval.message or node_run.frozen is None:
        return approval.message
    settings = node_run.frozen.settings
    context = run_context(node_run.run_id)
    values = expander_of(context, node_run.ordinal, settings, node_run.kind, node_run.job_id)
    return values.expand(approval.message)


def pending_approvals(run: Run) -> QuerySet[NodeRun]:
    return run.node_runs.filter(kind="APPROVAL", state=State.RUNNING).order_by("started_at")


def who_may_answer(approval: Approval) -> str:
    """Those who may, as people read it."""
    if approval.members:
        return ", ".join(approval.members)
    words = {
        Role.OPERATOR: _("an operator of the project"),
        Role.EDITOR: _("an editor of the project"),
        Role.ADMIN: _("an administrator of the project"),
    }
    return words[Role(approval.role)]


def may_answer(user: User | AnonymousUser, approval: Approval, run: Run) -> bool:
    """A named member needs no role but to be one; where members are named, no role is enough."""
    if approval.members:
        return user.get_username() in approval.members and can(user, "view", run.project)
    return can(user, VERBS[approval.role], run.project)


@transaction.atomic
def answer_approval(node_run: NodeRun, *, approve: bool, by: User, comment: str = "") -> None:
    """Let the node go on, or fail. Raises Denied to whoever may not say so, and Conflict when it is late."""
    run = node_run.run
    require(by, "view", run.project)
    approval, comment = held_of(node_run), " ".join(comment.split())
    if not isinstance(approval, Approval):
        raise Conflict(_("This node asks nobody for approval."))
    if not may_answer(by, approval, run):
        raise Denied(_("Only %(who)s may answer this.") % {"who": who_may_answer(approval)})
    if len(comment) > MAX_COMMENT:
        raise Invalid(_("At most {n} characters are allowed.").format(n=MAX_COMMENT), field="comment")
    name = by.get_username()
    reason = (f"approved by {name}" if approve else f"refused by {name}") + (
        f": {comment}" if comment else ""
    )
    left = {"approved": approve, "by": name, "comment": comment}
    if step(run.pk, [Answered(node_run.ordinal, node_run.token, approve, reason, left)]) is None:
        raise Conflict(_("The node does not wait for approval any more: look again."))
    record_audit(
        "approve_node" if approve else "refuse_node",
        run,
        by=by,
        project=run.project,
        node=node_run.node,
        name=node_run.name,
        comment=comment,
    )
