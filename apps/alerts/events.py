"""What can be told of: the names that rules are written with, and which of them are told today.

`Rule.event` and `Flow.alert_rules` hold these names; dialects map their own ids to them.
A rule for a name whose `kind` is empty is kept and given back, and nothing is sent: the
page says so. Naming the kind of run event here, and marking that kind as pending where it
is recorded, is all that it takes to tell of one more.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class AlertEvent:
    name: str
    title: str | Promise
    #: The kind of run event that raises it; empty when nothing does yet.
    kind: str = ""

    @property
    def is_told(self) -> bool:
        return bool(self.kind)


EVENTS: dict[str, AlertEvent] = {
    event.name: event
    for event in (
        AlertEvent("flow.failed", _("Flow failed"), "run.failed"),
        AlertEvent("flow.succeeded", _("Flow succeeded"), "run.succeeded"),
        AlertEvent("node.failed", _("Node failed"), "node.failed"),
        AlertEvent("flow.killed", _("Flow killed"), "run.killed"),
        AlertEvent("flow.submitted", _("Flow submitted")),
        AlertEvent("flow.restarted", _("Flow rerun")),
        AlertEvent("flow.suspended", _("Flow suspended")),
        AlertEvent("flow.resumed", _("Flow resumed")),
        AlertEvent("flow.stopped", _("Flow stopped")),
        AlertEvent("node.started", _("Node started")),
        AlertEvent("node.checked", _("Node checked")),
        AlertEvent("node.succeeded", _("Node succeeded")),
        AlertEvent("node.approval_asked", _("Node waits for approval"), "node.approval_asked"),
        AlertEvent("node.stopped", _("Node stopped")),
        AlertEvent("node.killed", _("Node killed")),
        AlertEvent("node.start_timed_out", _("Node did not start in time"), "node.start_timed_out"),
        AlertEvent("job.submitted", _("Job submitted")),
        AlertEvent("job.failed", _("Job failed")),
        AlertEvent("job.start_timed_out", _("Job did not start in time"), "job.start_timed_out"),
    )
}

TOLD: tuple[AlertEvent, ...] = tuple(event for event in EVENTS.values() if event.is_told)
BY_KIND: dict[str, AlertEvent] = {event.kind: event for event in TOLD}
