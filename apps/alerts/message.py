"""The words of an alert: what happened, to what, why, when, and where to look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.urls import reverse
from django.utils import formats, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.alerts.events import AlertEvent
from apps.engine.control import Approval
from apps.flows.approvals import held_of, question_of, who_may_answer
from apps.flows.models import NodeRun, Run, RunEvent
from apps.jobs.logs import Wanted, log_path, read_lines
from apps.jobs.masks import Masks

LOG_LINES = 10
NODES_NAMED = 3
LINE_LENGTH = 300
SUBJECT_LENGTH = 256


@dataclass(frozen=True, slots=True)
class Message:
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Culprit:
    """A node that failed, as far as a message speaks of it."""

    name: str
    ordinal: int
    attempt: int
    exit_code: int | None
    reason: str


def compose(event: AlertEvent, row: RunEvent, failed: Sequence[NodeRun], masks: Masks) -> Message:
    """The message for `row` in the language of the installation, with every secret masked.

    `failed` are the first failed nodes of its run; an event of a node is about that node alone.
    """
    run = row.run
    culprits = _culprits(row, failed)
    with translation.override(settings.LANGUAGE_CODE):
        subject = _subject(event, row)
        lines = [
            subject,
            "",
            _("Project: %(name)s") % {"name": run.project.name},
            _("Run: %(ref)s") % {"ref": run.ref},
            _("When: %(time)s") % {"time": _time(row.at, run.project.time_zone)},
            _("Nominal time: %(time)s") % {"time": _time(run.nominal_at, run.project.time_zone)},
            *_reasons(row, culprits),
            *_asked(row),
        ]
        if url := run_url(run):
            lines += ["", url]
        if culprits:
            lines += _log_tail(run, culprits[0], masks)
    subject = " ".join(subject.split())[:SUBJECT_LENGTH]
    return Message(masks.text(subject), masks.text("\n".join(lines)))


def _culprits(row: RunEvent, failed: Sequence[NodeRun]) -> list[Culprit]:
    if row.kind == "node.approval_asked":
        return []
    if row.node_run:
        return [_culprit_then(row.node_run, row.detail or {})]
    return [_culprit(node) for node in failed]


def _asked(row: RunEvent) -> list[str]:
    """What is asked, and of whom."""
    node = row.node_run
    approval = held_of(node) if node and row.kind == "node.approval_asked" else None
    if node is None or not isinstance(approval, Approval):
        return []
    lines = [_("Who may answer: %(who)s") % {"who": who_may_answer(approval)}]
    return [*lines, "", question_of(node, approval)] if approval.message else lines


def compose_test(name: str, by: str) -> Message:
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("Test message from Headrace")
        asked = _("%(who)s asked for it, to see whether %(name)s is reached.") % {"who": by, "name": name}
        return Message(subject, f"{subject}\n\n{asked}\n\n{_('Alerts will arrive the same way.')}")


def run_url(run: Run) -> str:
    """Where to look at the run, when the installation knows its own address."""
    base = settings.HEADRACE_URL.rstrip("/")
    return base + reverse("flows:run_detail", args=[run.ref]) if base else ""


def _subject(event: AlertEvent, row: RunEvent) -> str:
    of = {"flow": row.run.name, "node": row.node_run.name or row.node_run.node if row.node_run else ""}
    # Whole sentences, so that a language may order its words as it does.
    sentences = {
        "flow.failed": _("Flow %(flow)s failed"),
        "flow.succeeded": _("Flow %(flow)s succeeded"),
        "flow.killed": _("Flow %(flow)s was killed"),
        "node.start_timed_out": _("Node %(node)s of flow %(flow)s did not start in time"),
        "job.start_timed_out": _("Node %(node)s of flow %(flow)s did not start in its job's time"),
        "node.approval_asked": _("Node %(node)s of flow %(flow)s waits for approval"),
        "node.failed": _("Node %(node)s of flow %(flow)s failed"),
    }
    return sentences.get(event.name, f"{event.title}: %(flow)s") % of


def _culprit(node: NodeRun) -> Culprit:
    return Culprit(node.name or node.node, node.ordinal, node.attempt, node.exit_code, node.reason)


def _culprit_then(node: NodeRun, then: Mapping[str, Any]) -> Culprit:
    """The node as it was when the event happened: it may have been rerun since."""
    now = _culprit(node)
    return replace(now, **{key: then[key] for key in ("attempt", "exit_code", "reason") if key in then})


def _reasons(row: RunEvent, culprits: Sequence[Culprit]) -> list[str]:
    lines = [_("Reason: %(why)s") % {"why": row.run.reason}] if row.run.reason and not row.node_run else []
    for node in culprits[:NODES_NAMED]:
        why = node.reason or _("it ended with exit code %(code)s.") % {"code": node.exit_code}
        lines.append(_("Node %(node)s: %(why)s") % {"node": node.name, "why": why})
    more = row.run.failed - NODES_NAMED
    if more > 0 and not row.node_run:
        lines.append(ngettext("and %(count)d more node", "and %(count)d more nodes", more) % {"count": more})
    return lines


def _log_tail(run: Run, node: Culprit, masks: Masks) -> list[str]:
    if not node.attempt:
        return []
    path = log_path(run.uid, node.ordinal, node.attempt)
    try:
        last, _complete = read_lines(path, masks, Wanted(count=LOG_LINES, reverse=True))
    except OSError:
        last = []  # an alert without log lines is better than none
    if not last:
        return []
    quoted = [f"    {line[:LINE_LENGTH]}" for line in reversed(last)]
    return ["", _("Last lines of the log of %(node)s:") % {"node": node.name}, *quoted]


def _time(at: datetime, zone: str) -> str:
    try:
        local = at.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        local = at.astimezone(UTC)
    return f"{formats.date_format(local, 'Y-m-d H:i:s')} {local:%Z}"
