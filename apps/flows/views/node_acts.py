"""The buttons of a node's panel: what may be done with it now."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.engine.plan import Act
from apps.engine.states import ENDED, State
from apps.flows.acts import refusal
from apps.flows.models import NodeRun

ICONS = {
    Act.RETRY: "rotate-cw",
    Act.SKIP: "skip-forward",
    Act.KEEP: "undo-2",
    Act.MARK: "circle-check",
    Act.KILL: "square",
}


def node_acts(node_run: NodeRun) -> list[dict[str, Any]]:
    """Only what makes sense in this state; the action itself decides once more."""
    if node_run.run.state in ENDED:
        return _reruns(node_run) + [_act(node_run, act) for act in Act if not refusal(act, node_run)]
    return [_act(node_run, act) for act in Act if not refusal(act, node_run)]


def _act(node_run: NodeRun, act: Act) -> dict[str, Any]:
    labels = {
        Act.RETRY: _("Retry now"),
        Act.SKIP: _("Skip"),
        Act.KEEP: _("Do not skip"),
        Act.MARK: _("Mark succeeded"),
        Act.KILL: _("Kill node"),
    }
    found: dict[str, Any] = {
        "url": reverse(f"flows:{act}_node", args=[node_run.run.ref, node_run.ordinal]),
        "label": labels[act],
        "icon": ICONS[act],
        "danger": act is Act.KILL,
    }
    if act is Act.MARK:
        text = _("What comes after it runs as if it had succeeded.")
        return found | {"confirm": _("Mark this node as succeeded?"), "text": text}
    if act is Act.KILL:
        text = _(
            "It counts as failed and is not tried again. The rest of the run goes on as its policy says."
        )
        return found | {"confirm": _("Kill this node?"), "text": text}
    return found


def _reruns(node_run: NodeRun) -> list[dict[str, Any]]:
    if node_run.frozen_id is None:
        return []
    url = reverse("flows:rerun_node", args=[node_run.run.ref, node_run.ordinal])
    alone = {"url": url, "label": _("Rerun this node"), "icon": "rotate-cw"}
    on = {"url": f"{url}?reach=from", "label": _("Rerun from here"), "icon": "redo-dot"}
    is_last = not node_run.run.revision.nodes[node_run.ordinal]["children"]
    return [alone] if is_last or node_run.state == State.WAITING else [on, alone]
