"""What is expected of a fire, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.engine.clocks import Change, Night
from apps.engine.fires import Because, Fire, Outcome
from apps.flows.models import SkippedFire
from apps.flows.outlook import COUNTED


def say(fire: Fire, zone: ZoneInfo) -> str:
    """Why it is skipped or waits and what a changing clock does to it; empty for a plain fire."""
    parts = (_because(fire, zone), _night(fire))
    return " ".join(part for part in parts if part)


def moment(at: datetime, zone: ZoneInfo, *, beside: datetime | None = None) -> str:
    """Date and time; the time alone on the day of `beside`."""
    local = at.astimezone(zone)
    if beside and beside.astimezone(zone).date() == local.date():
        return f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    return f"{local:%Y-%m-%d %H:%M}"


def say_times(skip: SkippedFire, zone: ZoneInfo) -> str:
    """Which times were skipped: one, or from the first to the last."""
    first = moment(skip.first_at, zone)
    return f"{first} – {moment(skip.last_at, zone, beside=skip.first_at)}" if skip.count > 1 else first


def _because(fire: Fire, zone: ZoneInfo) -> str:
    if fire.because is None:
        return ""
    if fire.because is Because.PARENT:
        return _parent(fire, zone)
    if fire.because in (Because.OUTSIDE, Because.MISFIRE):
        return _passed(fire, zone)
    until = {"at": moment(fire.begins_at, zone, beside=fire.at) if fire.begins_at else ""}
    if fire.because is Because.OVERLAP:
        return _overlap(fire) % until
    return {
        Because.OFF: _("Skipped: the schedule is off."),
        Because.PAUSED: _("Waits: the flow or its project is paused."),
        Because.DELAY: _("Begins at %(at)s, after its delay."),
        Because.LIMIT: _("Waits until about %(at)s: as many runs as allowed will be going on."),
    }[fire.because] % until


def _overlap(fire: Fire) -> str:
    if fire.outcome is Outcome.SKIPPED:
        return _("Skipped: the run before it will still be going on.")
    if fire.outcome is Outcome.WAITS and fire.begins_at is None:
        return _("It waits for its turn.")
    if fire.outcome is Outcome.WAITS:
        return _("Waits until about %(at)s: the run before it will still be going on.")
    return _("Stops the run before it, which will still be going on.")


def _parent(fire: Fire, zone: ZoneInfo) -> str:
    parent = fire.parent
    assert parent is not None
    given = {
        "name": parent.name,
        "time": moment(parent.at, zone, beside=fire.at) if parent.at else "",
        "at": moment(fire.begins_at, zone, beside=fire.at) if fire.begins_at else "",
    }
    if parent.at is None:
        return _("Waits for %(name)s, which somebody must run.") % given
    if not parent.comes:
        return _("Waits for %(name)s of %(time)s, which nothing will start by itself.") % given
    if fire.begins_at is None:
        return _("Waits for %(name)s of %(time)s.") % given
    return _("Waits for %(name)s of %(time)s, until about %(at)s.") % given


def _passed(fire: Fire, zone: ZoneInfo) -> str:
    if fire.because is Because.OUTSIDE and fire.last_at is None:
        return _("Skipped, and all after it: the schedule is over by then.")
    given = {
        "count": fire.count,
        "at": moment(fire.last_at or fire.at, zone, beside=fire.at),
    }
    if fire.because is Because.MISFIRE:
        return (
            ngettext(
                "Skipped: it was missed.", "Skipped: %(count)d times until %(at)s were missed.", fire.count
            )
            % given
        )
    if fire.count >= COUNTED:
        return _("Skipped: more than %(count)d times until %(at)s are before the schedule begins.") % given
    return (
        ngettext(
            "Skipped: it is before the schedule begins.",
            "Skipped: %(count)d times until %(at)s are before the schedule begins.",
            fire.count,
        )
        % given
    )


def _night(fire: Fire) -> str:
    return {
        Night.GAP: _("The clock is put forward over its time: it fires right after."),
        Night.TWICE: _("The clock is put back: of its two times only the first fires."),
        None: "",
    }[fire.night]


def say_change(change: Change) -> str:
    """When the clock is changed, and what the rule for fires does then."""
    given = {
        "day": date_format(change.before.date(), "j M Y"),
        "before": f"{change.before:%H:%M}",
        "after": f"{change.after:%H:%M}",
    }
    if change.is_forward:
        return (
            _(
                "On %(day)s the clock goes forward from %(before)s to %(after)s: "
                "a time in between fires at %(after)s, once."
            )
            % given
        )
    return (
        _(
            "On %(day)s it goes back from %(before)s to %(after)s: "
            "a time that comes twice fires once, the first time."
        )
        % given
    )


def say_sum(fires: Sequence[Fire]) -> str:
    """How many of them within the window are skipped and wait; empty when none."""
    inside = (fire for fire in fires if fire.because is not Because.OUTSIDE)
    skipped = sum(fire.count for fire in inside if fire.outcome is Outcome.SKIPPED)
    waiting = sum(fire.outcome is Outcome.WAITS for fire in fires)
    parts = []
    if skipped:
        parts.append(ngettext("%(n)d is skipped", "%(n)d are skipped", skipped) % {"n": skipped})
    if waiting:
        parts.append(ngettext("%(n)d waits", "%(n)d wait", waiting) % {"n": waiting})
    return " · ".join(parts)


def say_catching_up(times: Sequence[datetime], zone: ZoneInfo) -> str:
    if not times:
        return _("Switching it on now fires nothing of the past, and nothing was missed.")
    given = {"n": len(times), "first": moment(times[0], zone), "last": moment(times[-1], zone)}
    return (
        ngettext(
            "Switching it on now fires nothing of the past; catching up would fire the run of %(first)s.",
            "Switching it on now fires nothing of the past; catching up would fire %(n)d runs, "
            "from %(first)s to %(last)s.",
            len(times),
        )
        % given
    )
