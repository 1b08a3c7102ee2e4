"""“Why is it not running?” in a sentence, for every run and node that waits.

What is in the way is decided by the engine; here it is put into words, with where to look.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.engine.admission import Why
from apps.engine.control import Approval, SubFlow
from apps.engine.routing import LOCAL, YARN
from apps.engine.states import State
from apps.engine.why import Cause, HostFact, NodeFacts, NodeLimit, ParentNode, Reason, why_not_running
from apps.flows.approvals import held_of, who_may_answer
from apps.flows.models import BUSY_STATES, NodeRun, Run
from apps.lib.ids import read
from apps.projects.models import AuditEntry, ClusterSetting, Host
from apps.projects.queries import is_silent


@dataclass(frozen=True, slots=True)
class Told:
    """A reason as it is read. `link` is a path of our pages, or nothing."""

    code: str
    text: str
    since: datetime | None = None
    link: str = ""


def why_run(run: Run) -> Told | None:
    """Why a run has not begun, or goes on without starting anything; None when there is nothing to say."""
    if run.state == State.WAITING and run.wait_code:
        detail = run.wait_detail or {}
        words = _RUNS.get(run.wait_code)
        text = words(detail, run) if words else _("It waits for its turn.")
        return Told(run.wait_code, text, run.wait_since, _link(detail))
    if run.state == State.SUSPENDED:
        return Told(Cause.RUN_SUSPENDED, _("It is suspended: nothing more of it starts until it is resumed."))
    return None


def why_node(node_run: NodeRun) -> Told | None:
    """Why a node is not running; None when it runs or has ended."""
    run = node_run.run
    reason = why_not_running(_facts(node_run))
    if reason is None:
        return None
    if reason.code == Cause.RUN_WAITS:
        return why_run(run) or Told(reason.code, _("Its run has not begun."))
    return Told(reason.code, _NODES[Cause(reason.code)](reason), reason.since, _node_link(run, reason))


# --- the facts of a node


def _facts(node_run: NodeRun) -> NodeFacts:
    run, state, run_state = node_run.run, State(node_run.state), State(node_run.run.state)
    ready = state is State.READY
    held = held_of(node_run) if state is State.RUNNING else None
    suspended = _suspended(run) if ready and run_state is State.SUSPENDED else None
    return NodeFacts(
        state=state,
        run_state=run_state,
        halting=run.halting,
        suspended_at=suspended.at if suspended else None,
        suspended_by=suspended.user.get_username() if suspended and suspended.user else "",
        parents=_parents(node_run) if state is State.WAITING and run_state is not State.WAITING else (),
        ready_at=node_run.ready_at,
        wake_at=node_run.wake_at,
        retries=node_run.retries,
        max_retry=node_run.max_retry,
        cluster=node_run.cluster.name if node_run.cluster else "",
        host_name=node_run.host_name,
        mode=node_run.mode or (YARN if node_run.host_name else LOCAL),
        hosts=_hosts(node_run) if ready else (),
        allowed=_allowed(node_run) if ready else (),
        limit=_limit(run) if ready and run.limited else None,
        held=held,
        who=who_may_answer(held) if isinstance(held, Approval) else "",
        started_at=node_run.started_at,
        sub_run=_sub_run(node_run) if isinstance(held, SubFlow) else {},
    )


def _sub_run(node_run: NodeRun) -> dict[str, Any]:
    child = node_run.children.select_related("project", "flow").order_by("-id").first()
    if child is None:
        return {}
    told = why_run(child)
    return {"run": child.ref, "name": child.name, "state": child.state, "why": told.text if told else ""}


def _suspended(run: Run) -> AuditEntry | None:
    """Who suspended it, and when: the last who did."""
    rows = AuditEntry.objects.filter(project=run.project_id, verb="suspend", subject_uid=run.uid)
    return rows.select_related("user").order_by("-pk").first()


def _parents(node_run: NodeRun) -> list[ParentNode]:
    nodes = node_run.run.revision.nodes
    above = [ordinal for ordinal, node in enumerate(nodes) if node_run.ordinal in node["children"]]
    rows = NodeRun.objects.filter(run=node_run.run, ordinal__in=above)
    fields = ("ordinal", "name", "node", "state", "started_at", "ready_at", "kind")
    return [
        ParentNode(ordinal, name or node, State(state), started_at or ready_at, kind)
        for ordinal, name, node, state, started_at, ready_at, kind in rows.values_list(*fields)
    ]


def _hosts(node_run: NodeRun) -> list[HostFact]:
    hosts = Host.objects.filter(cluster=node_run.cluster_id)
    busy = Count("node_runs", filter=Q(node_runs__state__in=BUSY_STATES))
    return [
        HostFact(host.name, host.slots, host.busy, is_silent(host), host.heartbeat_at, host.role)
        for host in hosts.annotate(busy=busy)
    ]


def _allowed(node_run: NodeRun) -> list[str]:
    links = ClusterSetting.objects.filter(project=node_run.project_id, cluster=node_run.cluster_id)
    return links.values_list("hosts", flat=True).first() or []


def _limit(run: Run) -> NodeLimit | None:
    """The limit that is reached, the flow's before the project's."""
    busy = NodeRun.objects.filter(state__in=BUSY_STATES, host__isnull=False)
    if run.flow and run.flow.max_nodes and busy.filter(run__flow=run.flow).count() >= run.flow.max_nodes:
        return NodeLimit(run.flow.name, run.flow.max_nodes)
    most = run.project.max_nodes
    if most and busy.filter(project=run.project_id).count() >= most:
        return NodeLimit(run.project.name, most)
    return None


# --- words


def _runs(detail: dict[str, Any]) -> str:
    names = ", ".join(f"{each['name']} {each['ref']}" for each in detail.get("runs", ()))
    more = detail.get("count", 0) - len(detail.get("runs", ()))
    if more <= 0:
        return names
    return ngettext("%(names)s and %(more)d more", "%(names)s and %(more)d more", more) % {
        "names": names,
        "more": more,
    }


def _when(text: Any) -> str:
    at = parse_datetime(text) if isinstance(text, str) and text else text
    return date_format(timezone.localtime(at), "Y-m-d H:i:s") if at else ""


def _for_parent(detail: dict[str, Any], run: Run) -> str:
    """Which parent, of which time, and how that stands."""
    said = {"name": detail["name"], "at": _when(detail["at"]), "node": detail["node"]}
    if not detail["flow"]:
        return _("It waits for “%(name)s”, which is not here: nobody owns an output of that name.") % said
    if detail["node"]:
        start = _("It waits for node %(node)s of flow %(name)s, time %(at)s:") % said
    elif said["at"]:
        start = _("It waits for flow %(name)s, time %(at)s:") % said
    else:
        start = _("It waits for a run of flow %(name)s on its day:") % said
    return f"{start} {_how_it_stands(detail)}"


def _how_it_stands(detail: dict[str, Any]) -> str:
    state = detail["state"]
    if not state:
        if detail["comes"]:
            return _("its time has not come.")
        return _(
            "it has no such run, and nothing will start one. Run it for that time, or run this one alone."
        )
    if state in (State.FAILED, State.KILLED, State.KILL_FAILED):
        return _("it did not succeed. Rerun it, and this goes on when it has.")
    if state == State.WAITING:
        return _("it waits itself.")
    if state == State.SUCCEEDED:
        return _("that node did not succeed.")
    return _("it is running.")


_RUNS: dict[str, Callable[[dict[str, Any], Run], str]] = {
    Why.PROJECT_PAUSED: lambda d, run: _("Its project is paused: nothing begins until it goes on."),
    Why.FLOW_PAUSED: lambda d, run: _("Its flow is paused: no run of it begins until it goes on."),
    Why.DELAY: lambda d, run: (
        _("It begins at %(at)s, after the delay of its flow.") % {"at": _when(run.check_at)}
    ),
    Why.PARENT: _for_parent,
    Why.OVERLAP: lambda d, run: (
        _("It waits until the runs before it have ended: %(runs)s.") % {"runs": _runs(d)}
    ),
    Why.REPLACING: lambda d, run: (
        _("It begins when what it replaces is gone: %(runs)s.") % {"runs": _runs(d)}
    ),
    Why.FLOW_LIMIT: lambda d, run: (
        ngettext(
            "Its flow has %(most)d run at once, and that place is taken by %(runs)s.",
            "Its flow has %(most)d runs at once, and those places are taken by %(runs)s.",
            d["most"],
        )
        % {"most": d["most"], "runs": _runs(d)}
    ),
    Why.PROJECT_LIMIT: lambda d, run: (
        ngettext(
            "Its project has %(most)d run at once, and that place is taken by %(runs)s.",
            "Its project has %(most)d runs at once, and those places are taken by %(runs)s.",
            d["most"],
        )
        % {"most": d["most"], "runs": _runs(d)}
    ),
}


#: What a parent that needs no host is about.
_HELD = {
    "WAIT": gettext_lazy("It waits for %(name)s, which waits for its time."),
    "APPROVAL": gettext_lazy("It waits for %(name)s, which waits for approval."),
    "SUB_FLOW": gettext_lazy("It waits for %(name)s, which is a run of another flow."),
    "SUB_PROCESS": gettext_lazy("It waits for %(name)s, which is a run of another flow."),
}


def _for_parent_node(reason: Reason) -> str:
    """Names the one that holds it up and how many more there are."""
    d = reason.detail
    if d["state"] == State.RUNNING and d["kind"] in _HELD:
        text = _HELD[d["kind"]] % d
    elif d["state"] in (State.RUNNING, State.STOPPING):
        text = _("It waits for %(name)s, which is running.") % d
    elif d["state"] == State.RETRYING:
        text = _("It waits for %(name)s, which will be tried again.") % d
    else:
        text = _("It waits for %(name)s, which has not started.") % d
    if d["more"]:
        text += " " + ngettext("And for %(more)d more.", "And for %(more)d more.", d["more"]) % d
    return text


_NODES: dict[Cause, Callable[[Reason], str]] = {
    Cause.RUN_OVER: lambda r: _("It did not run: the run was over before its turn came."),
    Cause.RUN_ENDING: lambda r: _("It will not start: its run is ending."),
    Cause.RUN_SUSPENDED: lambda r: (
        _("Its run was suspended by %(by)s: it starts when that is resumed.") % r.detail
        if r.detail["by"]
        else _("Its run is suspended: it starts when that is resumed.")
    ),
    Cause.PARENT_NODE: _for_parent_node,
    Cause.APPROVAL: lambda r: (
        _("It waits for approval by %(who)s, until %(until)s.")
        % {**r.detail, "until": _when(r.detail["until"])}
        if r.detail["until"]
        else _("It waits for approval by %(who)s.") % r.detail
    ),
    Cause.SUB_RUN: lambda r: (
        _("It is run %(run)s of flow %(name)s. %(why)s") % r.detail
        if r.detail
        else _("A run of its flow is about to be made.")
    ),
    Cause.TIME: lambda r: _("It waits until %(at)s.") % {"at": _when(r.detail["at"])},
    Cause.ITS_TURN: lambda r: _("It waits for its turn."),
    Cause.RETRY: lambda r: (
        _("It failed and is tried again at %(at)s (retry %(retry)d of %(most)d).")
        % {**r.detail, "at": _when(r.detail["at"])}
    ),
    Cause.NO_HOST: lambda r: (
        _("No worker serves cluster %(cluster)s: start one there, or choose another cluster.") % r.detail
    ),
    Cause.HOST_GONE: lambda r: (
        _("Cluster %(cluster)s has no host %(host)s: name one of %(could)s, or start it.") % r.detail
    ),
    Cause.HOST_BARRED: lambda r: (
        _(
            "Its project may not use host %(host)s of cluster %(cluster)s, only %(allowed)s:"
            " name one of these, or allow it in the project's cluster settings."
        )
        % r.detail
    ),
    Cause.HOST_OF_OTHER_MODE: lambda r: (
        _(
            "Mode %(mode)s does not run on host %(host)s, which is a worker: name one of %(could)s,"
            " or choose mode YARN."
        )
        % r.detail
    ),
    Cause.ALL_BARRED: lambda r: (
        _(
            "Its project may only use %(allowed)s of cluster %(cluster)s, and mode %(mode)s runs on"
            " %(could)s: allow one of these in the project's cluster settings."
        )
        % r.detail
    ),
    Cause.HOSTS_SILENT: lambda r: (
        _("Nothing is heard of %(hosts)s since %(since)s: it starts when its worker is back.")
        % {**r.detail, "since": _when(r.since)}
        if r.since
        else _("Nothing was ever heard of %(hosts)s: it starts when its worker runs.") % r.detail
    ),
    Cause.NODE_LIMIT: lambda r: (
        ngettext(
            "%(of)s runs %(most)d node at once, and it does.",
            "%(of)s runs %(most)d nodes at once, and as many run.",
            r.detail["most"],
        )
        % r.detail
    ),
    Cause.SLOT: lambda r: (
        (
            _("Every slot is taken: %(busy)d of %(slots)d on %(where)s. It starts when one is free.")
            if r.detail["busy"] >= r.detail["slots"]
            else _("It is about to start: %(busy)d of %(slots)d slots are taken on %(where)s.")
        )
        % {**r.detail, "where": r.detail["host"] or r.detail["cluster"] or _("its cluster")}
    ),
}


# --- where to look


def _link(detail: dict[str, Any]) -> str:
    """The run in the way, else the flow."""
    run = detail.get("run") or next((each["ref"] for each in detail.get("runs", ())), "")
    if run and read(run):
        return reverse("flows:run_detail", args=[run])
    flow = detail.get("flow", "")
    return reverse("flows:edit", args=[flow]) if flow and read(flow) else ""


def _node_link(run: Run, reason: Reason) -> str:
    if reason.code == Cause.SUB_RUN:
        return _link(reason.detail)
    if reason.code == Cause.PARENT_NODE:
        return f"{reverse('flows:run_detail', args=[run.ref])}?node={reason.detail['ordinal']}"
    return ""
