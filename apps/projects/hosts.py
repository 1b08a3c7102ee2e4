"""Hosts that are gone for good."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.lib.errors import Conflict
from apps.projects.actions import record_audit
from apps.projects.models import Host, User
from apps.projects.queries import busy_hosts, is_silent


@transaction.atomic
def remove_host(host: Host, *, by: User | None) -> None:
    """Forget a host. Refused while it works, for it would register again, and while it has attempts."""
    if not is_silent(host) and host.lost_at is None:
        raise Conflict(_("Host %(name)s works: stop its worker first.") % {"name": host.name})
    busy = busy_hosts().get(pk=host.pk).busy  # type: ignore[attr-defined]
    if busy:
        raise Conflict(
            ngettext(
                "Host %(name)s has %(busy)d attempt that has not ended:"
                " wait until it is given up, or kill it.",
                "Host %(name)s has %(busy)d attempts that have not ended:"
                " wait until they are given up, or kill them.",
                busy,
            )
            % {"name": host.name, "busy": busy}
        )
    record_audit("remove_host", host, by=by, cluster=host.cluster.name)
    host.delete()
