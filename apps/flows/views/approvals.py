"""Answering a node that waits for somebody to say so."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.engine.control import Approval
from apps.engine.states import State
from apps.flows.approvals import answer_approval, held_of, may_answer, question_of, who_may_answer
from apps.flows.models import NodeRun
from apps.flows.views.answers import done, refused
from apps.flows.views.reach import node_run_of
from apps.jobs.masks import masks_for
from apps.lib.errors import DomainError


def asked_context(node_run: NodeRun, request: HttpRequest) -> dict[str, Any]:
    """What the panel of a node shows that asks for approval now."""
    approval = held_of(node_run) if node_run.state == State.RUNNING else None
    if not isinstance(approval, Approval):
        return {}
    masks = masks_for(node_run.run.project, node_run.run.secret_params)
    return {
        "asks": {
            "question": masks.text(question_of(node_run, approval)),
            "who": who_may_answer(approval),
            "may": may_answer(request.user, approval, node_run.run),
        }
    }


@require_POST
def answer(request: HttpRequest, run: int, ordinal: int) -> HttpResponse:
    """`answer` is approve or refuse, with a `comment` if one likes."""
    node_run = node_run_of(request, run, ordinal)
    back = f"{reverse('flows:run_detail', args=[node_run.run.ref])}?node={ordinal}"
    approve = request.POST.get("answer") == "approve"
    try:
        answer_approval(node_run, approve=approve, by=request.user, comment=request.POST.get("comment", ""))
    except DomainError as error:
        return refused(request, back, error)
    return done(request, back, _("Approved.") if approve else _("Refused."), run_again={})
