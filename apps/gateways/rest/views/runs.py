from __future__ import annotations

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.engine.plan import Act
from apps.engine.states import CLAIMED
from apps.flows.acts import act_on_node
from apps.flows.approvals import answer_approval
from apps.flows.models import NodeRun, Run
from apps.flows.queries import attempts_of, run_nodes
from apps.flows.runs import kill_run, rerun, resume_run, suspend_run
from apps.flows.why import why_node
from apps.gateways.rest.paging import ByOrdinal, NewestFirst
from apps.gateways.rest.reach import node_run_for, project_for, run_for
from apps.gateways.rest.views.view import ListView, View, checked, given
from apps.gateways.rest.wire.runs import (
    AnswerWire,
    LogFilter,
    LogWire,
    NodeRow,
    NodeWire,
    RerunWire,
    RunFilter,
    RunWire,
    WhyWire,
)
from apps.jobs import logs
from apps.jobs.masks import masks_for
from apps.lib.errors import Invalid

#: How far back the beginning of a line is looked for.
LINE_BYTES = 1 << 16


class Runs(ListView):
    """The runs of a project, newest first."""

    queryset = Run.objects.none()
    serializer_class = RunWire
    pagination_class = NewestFirst

    @extend_schema(parameters=[RunFilter])
    def get(self, request: Request, project: int) -> Response:
        return self.list(request)

    def get_queryset(self) -> QuerySet[Run]:
        project = project_for(self.request.user, self.kwargs["project"])
        names = RunFilter().fields
        chosen = checked(
            RunFilter, {name: text for name, text in self.request.query_params.items() if name in names}
        )
        runs = (
            Run.objects.filter(project=project, parent=None)
            .select_related("project", "flow", "job", "created_by")
            .defer("flow__source_text", "job__content", "job__source_text")
            .annotate(revision_number=F("revision__number"))
        )
        if "state" in chosen:
            runs = runs.filter(state__in=chosen["state"])
        if "flow" in chosen:
            runs = runs.filter(flow__uid=chosen["flow"])
        if "job" in chosen:
            runs = runs.filter(job__uid=chosen["job"])
        if "since" in chosen:
            runs = runs.filter(created_at__gte=chosen["since"])
        return runs


class OneRun(View):
    @extend_schema(responses=RunWire)
    def get(self, request: Request, run: int) -> Response:
        return Response(RunWire(run_for(request.user, run)).data)


class KillRun(View):
    @extend_schema(request=None, responses={202: RunWire})
    def post(self, request: Request, run: int) -> Response:
        """Stop the run: nothing new starts, and what runs is ended."""
        kill_run(run_for(request.user, run, "run"), by=request.user)
        return Response(RunWire(run_for(request.user, run)).data, status=202)


class SuspendRun(View):
    @extend_schema(request=None, responses={202: RunWire})
    def post(self, request: Request, run: int) -> Response:
        """Start nothing more of the run until it is resumed; what runs may finish."""
        suspend_run(run_for(request.user, run, "run"), by=request.user)
        return Response(RunWire(run_for(request.user, run)).data, status=202)


class ResumeRun(View):
    @extend_schema(request=None, responses={202: RunWire})
    def post(self, request: Request, run: int) -> Response:
        """Let a suspended run go on."""
        resume_run(run_for(request.user, run, "run"), by=request.user)
        return Response(RunWire(run_for(request.user, run)).data, status=202)


class Rerun(View):
    @extend_schema(request=RerunWire, responses={202: RunWire})
    def post(self, request: Request, run: int) -> Response:
        """Run an ended run again under its id: whole, only what did not succeed, or some nodes."""
        found, how = run_for(request.user, run, "run"), given(RerunWire, request)
        if any(ordinal >= found.total for ordinal in how.get("only", ())):
            raise Invalid(_("There is no such node in the run."), field="only")
        rerun(found, by=request.user, **how)
        return Response(RunWire(run_for(request.user, run)).data, status=202)


class Nodes(ListView):
    """The nodes of a run in the order of the drawing: 200 a page, at most 1000."""

    queryset = NodeRun.objects.none()
    serializer_class = NodeRow
    pagination_class = ByOrdinal

    def get_queryset(self) -> QuerySet[NodeRun]:
        nodes = run_nodes(run_for(self.request.user, self.kwargs["run"]))
        return nodes.defer("job__content", "job__source_text", "inputs", "outputs")


class OneNode(View):
    @extend_schema(responses=NodeWire)
    def get(self, request: Request, run: int, ordinal: int) -> Response:
        """A node with its attempts, and why it is not running when it waits."""
        found = node_run_for(request.user, run, ordinal)
        attempts = list(attempts_of(found))
        told = why_node(found)
        return Response(
            {
                **NodeRow(found).data,
                "runs": [child.ref for child in found.children.only("uid").order_by("-id")],
                "why": WhyWire(told).data if told else None,
                "attempts": NodeWire().fields["attempts"].to_representation(attempts),
            }
        )


class ActOnNode(View):
    """What is asked of one node: see `Act`."""

    act: Act = Act.RETRY

    @extend_schema(request=None, responses={202: NodeRow})
    def post(self, request: Request, run: int, ordinal: int) -> Response:
        """Ask this of the node. Refused with the reason where it makes no sense in its state."""
        run_for(request.user, run, "run")
        act_on_node(node_run_for(request.user, run, ordinal), self.act, by=request.user)
        return Response(NodeRow(node_run_for(request.user, run, ordinal)).data, status=202)


class AnswerNode(View):
    """Whether what a node asks is approved."""

    approve = True

    @extend_schema(request=AnswerWire, responses={202: NodeRow})
    def post(self, request: Request, run: int, ordinal: int) -> Response:
        """Answer the node that waits for it. Refused to whoever is not one of those who may."""
        found, said = node_run_for(request.user, run, ordinal), given(AnswerWire, request)
        answer_approval(found, approve=self.approve, by=request.user, comment=said["comment"])
        return Response(NodeRow(node_run_for(request.user, run, ordinal)).data, status=202)


class NodeLog(View):
    @extend_schema(parameters=[LogFilter], responses=LogWire)
    def get(self, request: Request, run: int, ordinal: int) -> Response:
        """A piece of an attempt's log, by bytes, in whole lines, with secrets masked."""
        found = node_run_for(request.user, run, ordinal)
        asked = checked(LogFilter, request.query_params.dict())
        attempt = asked.get("attempt", found.attempt)
        path = logs.log_path(found.run.uid, ordinal, attempt)
        size = logs.size_of(path)
        offset = asked["offset"] if asked["offset"] >= 0 else max(0, size + asked["offset"])
        # To begin inside a line could show half of a secret.
        offset = logs.line_start(path, offset, LINE_BYTES)
        ended = attempt < found.attempt or found.state not in CLAIMED
        masks = masks_for(found.run.project, found.run.secret_params)
        text, after = logs.tail(path, masks, offset=offset, limit=asked["limit"], ended=ended)
        piece = {"attempt": attempt, "offset": offset, "next_offset": after, "size": size, "ended": ended}
        return Response(LogWire(piece | {"text": text}).data)
