"""Taking a flow for oneself for a while, and giving it back."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.drawings.locks import Locked, lock_of, release_lock, take_lock
from apps.flows.models import Flow
from apps.flows.views.answers import gone_to, refused
from apps.flows.views.reach import flow_of
from apps.projects.access import can


@require_POST
def lock(request: HttpRequest, flow: int) -> HttpResponse:
    """`do` is take, force or release."""
    found = flow_of(request, flow, "edit")
    back = reverse("flows:edit", args=[found.ref])
    subject, wanted = found.document.uid, request.POST.get("do", "take")
    try:
        if wanted == "release":
            release_lock(subject, by=request.user)
            return gone_to(request, back, _("Everybody who may can edit this flow again."))
        held = take_lock(subject, by=request.user, force=wanted == "force")
    except Locked as error:
        return refused(request, back, error)
    until = f"{held.expires_at:%H:%M} UTC"
    return gone_to(request, back, _("Only you can edit this flow until {until}.").format(until=until))


def locking(request: HttpRequest, flow: Flow) -> dict[str, Any]:
    """Whether somebody keeps the flow for themselves, and whether this reader may edit it."""
    held = lock_of(flow.document.uid)
    may = can(request.user, "edit", flow.project)
    mine = held is not None and held.holder_id == request.user.pk
    return {"lock": held, "lock_is_mine": mine, "may_force": may, "may_edit": may and (held is None or mine)}
