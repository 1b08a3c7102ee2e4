from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.flows.bulk import Operation, do_to_runs, what_is_touched
from apps.flows.models import Run
from apps.gateways.rest.reach import Caller
from apps.gateways.rest.views.view import View, given
from apps.gateways.rest.wire.bulk import BulkAsked, BulkWire
from apps.lib.errors import Denied, NotFound
from apps.lib.ids import spell
from apps.projects.access import require, visible_projects
from apps.projects.models import Project


class BulkRuns(View):
    @extend_schema(request=BulkAsked, responses={200: BulkWire, 202: BulkWire})
    def post(self, request: Request) -> Response:
        """Kill, suspend, resume or rerun many runs: one that refuses does not keep the others from it.

        With `dry_run` it tells what would be done, and which flows wait for these runs.
        """
        asked = given(BulkAsked, request)
        operation, uids = Operation(asked["operation"]), list(dict.fromkeys(asked["runs"]))
        runs, reasons = _reached(request.user, uids)
        touched = what_is_touched(operation, runs)
        reasons |= {run.uid: why for run, why in touched.left_out}
        if not asked["dry_run"]:
            done = do_to_runs(operation, touched.runs, by=request.user)
            reasons |= {each.run.uid: each.refused for each in done if each.refused}
        seen = visible_projects(request.user)
        states = dict(Run.objects.filter(uid__in=uids, project__in=seen).values_list("uid", "state"))
        visible = set(seen.values_list("pk", flat=True))
        told = {
            "operation": operation,
            "dry_run": asked["dry_run"],
            "done": len(uids) - len(reasons),
            "results": [
                {
                    "run": spell(uid),
                    "done": uid not in reasons,
                    "reason": reasons.get(uid, ""),
                    "state": states.get(uid),
                }
                for uid in uids
            ],
            "downstream": [flow for flow in touched.downstream if flow.project_id in visible],
        }
        return Response(BulkWire(told).data, status=200 if asked["dry_run"] else 202)


def _reached(user: Caller, uids: Sequence[int]) -> tuple[list[Run], dict[int, str]]:
    """The runs that the caller may act on, in their order, and why not on each of the others."""
    found = {
        run.uid: run for run in Run.objects.filter(uid__in=uids).select_related("project", "flow", "job")
    }
    projects = {run.project for run in found.values()}
    refusals = {project.pk: _refusal(user, project) for project in projects}
    runs, reasons = [], {}
    for uid in uids:
        run = found.get(uid)
        why = refusals[run.project_id] if run else _("There is no such run.")
        if run and not why:
            runs.append(run)
        else:
            reasons[uid] = why
    return runs, reasons


def _refusal(user: Caller, project: Project) -> str:
    """What does not exist and what the caller may not know of are answered alike."""
    try:
        require(user, "run", project)
    except NotFound:
        return _("There is no such run.")
    except Denied as error:
        return error.message
    return ""
