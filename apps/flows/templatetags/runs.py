"""How runs and their events read."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.flows.models import RunEvent
from apps.jobs.kinds import KINDS
from apps.lib.templatetags.words import state_look

register = template.Library()

#: kind of event -> its sentence, about the run or the node that the row names.
EVENTS: dict[str, Promise] = {
    "run.submitted": gettext_lazy("Run was submitted"),
    "run.started": gettext_lazy("Run started"),
    "run.succeeded": gettext_lazy("Run succeeded"),
    "run.failed": gettext_lazy("Run failed"),
    "run.killed": gettext_lazy("Run was killed"),
    "run.kill_failed": gettext_lazy("Run could not be killed whole"),
    "run.stop_asked": gettext_lazy("Run was told to stop"),
    "run.timed_out": gettext_lazy("Run went on for longer than it may and is stopped"),
    "run.reset": gettext_lazy("Run goes again"),
    "node.released": gettext_lazy("%(node)s is ready"),
    "node.start_timed_out": gettext_lazy("%(node)s did not start in time"),
    "job.start_timed_out": gettext_lazy("%(node)s did not start in its job's time"),
    "node.started": gettext_lazy("%(node)s started"),
    "node.succeeded": gettext_lazy("%(node)s succeeded"),
    "node.erred": gettext_lazy("%(node)s failed and will be tried again"),
    "node.failed": gettext_lazy("%(node)s failed"),
    "node.held": gettext_lazy("%(node)s was held back"),
    "node.called": gettext_lazy("%(node)s has its run"),
    "node.approval_asked": gettext_lazy("%(node)s asks for approval"),
    "node.woken": gettext_lazy("%(node)s is tried again"),
    "node.skipped": gettext_lazy("%(node)s was skipped"),
    "node.stop_asked": gettext_lazy("%(node)s was told to stop"),
    "node.stopped": gettext_lazy("%(node)s was killed"),
    "node.stop_failed": gettext_lazy("%(node)s could not be killed"),
    "node.reset": gettext_lazy("%(node)s waits again"),
}


@register.filter
def state_word(state: Any) -> str:
    return str(state_look(state).word)


@register.filter
def sentence(event: RunEvent) -> str:
    """What happened, with the node's name in it."""
    words = EVENTS.get(event.kind)
    node = node_title(event.node_run) if event.node_run else _("Run")
    if words is None:
        return f"{node}: {event.kind.partition('.')[2].replace('_', ' ') or event.kind}"
    return str(words) % {"node": node}


@register.filter
def node_title(node: Any) -> str:
    """A node's name as people read it, of a node run or of a draft."""
    if node.kind == "START":
        return _("Start")
    if node.kind == "END":
        return _("End")
    return node.name or getattr(node, "node", "") or getattr(node, "id", "")


@register.filter
def kind_icon(name: str) -> str:
    kind = KINDS.get(name)
    return kind.icon if kind else {"START": "circle-play", "END": "flag"}.get(name, "box")


@register.filter
def kind_label(name: str) -> str:
    kind = KINDS.get(name)
    if kind:
        return str(kind.label)
    return {"START": _("Start"), "END": _("End")}.get(name) or name.replace("_", " ").capitalize()


@register.filter
def script_json(value: Any) -> SafeString:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return mark_safe(text.translate({ord(sign): f"\\u{ord(sign):04X}" for sign in "<>&\u2028\u2029"}))


@register.filter
def as_json(value: Any) -> str:
    return json.dumps(value)


@register.filter
def took(node: Any) -> timedelta | None:
    """How long a node run took, or has taken so far."""
    return (node.ended_at or timezone.now()) - node.started_at if node.started_at else None


@register.filter
def half(number: int) -> int:
    return number // 2
