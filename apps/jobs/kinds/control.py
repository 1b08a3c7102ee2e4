"""Nodes that run nothing on a host: the engine reads what is set of them and does it itself."""

from __future__ import annotations

import json

from django.utils.translation import gettext_lazy as _

from apps.jobs.kinds.contract import Command, JobError, Kind, Text, Work


def no_host(work: Work) -> Command:
    """No attempt of such a node comes to a host."""
    raise JobError("a node of this kind runs on no host")


def _control(name: str, label: Text, icon: str, about: Text, starter: dict[str, object]) -> Kind:
    return Kind(
        name=name,
        label=label,
        family="control",
        icon=icon,
        mode="json",
        shape=f"{name.lower()}JobNode",
        command=no_host,
        about=about,
        starter=json.dumps(starter),
    )


WAIT = _control("WAIT", _("Wait"), "timer", _("Waits for a time, and takes no slot."), {"seconds": 60})
APPROVAL = _control(
    "APPROVAL", _("Approval"), "user-check", _("Goes on when somebody says so."), {"role": "operator"}
)

BRANCH = _control(
    "BRANCH",
    _("Branch"),
    "split",
    _("Takes some of its ways, by conditions, and leaves the others out."),
    {"ways": [{"name": "yes", "when": "True"}, {"name": "no"}]},
)
JOIN = _control(
    "JOIN",
    _("Join"),
    "merge",
    _("Says what it needs of those before it: all, some, or what no branch left out."),
    {"needs": "succeeded_or_skipped"},
)

SUB_FLOW = _control(
    "SUB_FLOW",
    _("Sub-flow"),
    "workflow",
    _("Runs another flow, and ends as that run ends."),
    {"flow": ""},
)

CONTROL = (WAIT, APPROVAL, BRANCH, JOIN, SUB_FLOW)
