"""How states, times and lengths of time read on every page."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django import template
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

register = template.Library()


class Look(NamedTuple):
    slug: str
    icon: str
    word: str | Promise


#: A node that still waited when its run ended.
NOT_RUN = "not_run"
#: state -> its icon (from lucide) and its word. Shape and word carry the meaning, the hue only helps.
STATES: dict[str, tuple[str, Promise]] = {
    "waiting": ("circle", _("Waiting")),
    NOT_RUN: ("circle", _("Not run")),
    "ready": ("circle-dot-dashed", _("Ready")),
    "running": ("loader-circle", _("Running")),
    "retrying": ("rotate-cw", _("Retrying")),
    "suspended": ("pause", _("Suspended")),
    "stopping": ("circle-stop", _("Stopping")),
    "succeeded": ("check", _("Succeeded")),
    "skipped": ("redo-2", _("Skipped")),
    "failed": ("x", _("Failed")),
    "killed": ("square", _("Killed")),
    "kill_failed": ("square-slash", _("Kill failed")),
    "lost": ("circle-question-mark", _("Lost")),
}


@register.filter
def state_look(state: Any) -> Look:
    slug = str(state)
    icon, word = STATES.get(slug, ("circle-question-mark", slug))
    return Look("waiting" if slug == NOT_RUN else slug, icon, word)


@register.filter
def shown_in(state: str, run: Any) -> str:
    """A node's state as its run shows it: what still waits when the run is over does not run any more."""
    return NOT_RUN if state == "waiting" and run.ended_at else state


@register.filter
def duration(length: timedelta | float | None) -> str:
    """A length of time in its two largest units: "3 m 12 s".

    >>> duration(timedelta(seconds=192.4))
    '3 m 12 s'
    """
    if length is None:
        return ""
    seconds = length.total_seconds() if isinstance(length, timedelta) else float(length)
    if seconds < 10:
        return str(_("%(number)s s")) % {"number": f"{max(seconds, 0):.1f}"}
    days, rest = divmod(round(seconds), 86400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    parts = (
        (days, _("%(number)s d")),
        (hours, _("%(number)s h")),
        (minutes, _("%(number)s m")),
        (rest, _("%(number)s s")),
    )
    first = next(index for index, (number, _unit) in enumerate(parts) if number or index == 3)
    return " ".join(str(unit) % {"number": number} for number, unit in parts[first : first + 2] if number)


_SPANS = (
    (
        timedelta(minutes=1),
        timedelta(seconds=1),
        ngettext_lazy("%(count)d second ago", "%(count)d seconds ago", "count"),
    ),
    (
        timedelta(hours=1),
        timedelta(minutes=1),
        ngettext_lazy("%(count)d minute ago", "%(count)d minutes ago", "count"),
    ),
    (
        timedelta(days=1),
        timedelta(hours=1),
        ngettext_lazy("%(count)d hour ago", "%(count)d hours ago", "count"),
    ),
    (
        timedelta(days=30),
        timedelta(days=1),
        ngettext_lazy("%(count)d day ago", "%(count)d days ago", "count"),
    ),
)


@register.filter
def ago(at: datetime | None) -> str:
    """How long ago `at` was; its date when that is more than a month, or in the future."""
    if at is None:
        return ""
    passed = timezone.now() - at
    if timedelta() <= passed < timedelta(seconds=5):
        return str(_("just now"))
    if passed > timedelta():
        for limit, unit, words in _SPANS:
            if passed < limit:
                return words % {"count": passed // unit}
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M")


@register.filter
def initials(name: Any) -> str:
    """One or two letters that stand for a person.

    >>> initials("ada lovelace"), initials("admin")
    ('al', 'ad')
    """
    words = str(name).replace(".", " ").replace("_", " ").replace("-", " ").split()
    return "".join(word[0] for word in words[:2]) if len(words) > 1 else str(name)[:2]


@register.filter
def detail_text(detail: dict[str, Any]) -> str:
    """What an audit entry keeps beside the verb, on one line.

    >>> detail_text({"user": "ada", "fields": ["name", "kind"]})
    'user ada · fields name, kind'
    """
    words = {
        name: ", ".join(map(str, value)) if isinstance(value, list) else value
        for name, value in detail.items()
    }
    return " · ".join(f"{name} {value}" for name, value in words.items())
