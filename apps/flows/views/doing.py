"""What starts and stops runs: all by POST."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.engine.plan import Act
from apps.engine.selection import Reach, chosen
from apps.flows import runs
from apps.flows.acts import act_on_node
from apps.flows.forms import RunForm
from apps.flows.models import Run
from apps.flows.task_forms import GivenForm
from apps.flows.views.answers import blame, done, form_or_page, gone_to, refused
from apps.flows.views.parts import part_context, part_of
from apps.flows.views.reach import flow_of, job_of, node_run_of, run_of
from apps.flows.views.tasks import declared_tasks
from apps.lib.errors import DomainError
from apps.projects.models import User


@require_POST
def run_flow(request: HttpRequest, flow: int) -> HttpResponse:
    found = flow_of(request, flow, "run")
    try:
        run = runs.submit_flow(found, by=request.user)
    except DomainError as error:
        return refused(request, reverse("flows:edit", args=[found.ref]), error)
    return gone_to(request, reverse("flows:run_detail", args=[run.ref]))


@require_http_methods(["GET", "POST"])
def run_with(request: HttpRequest, flow: int) -> HttpResponse:
    """The dialog for a run at another nominal time or with other parameters."""
    found = flow_of(request, flow, "run")
    form = RunForm(request.POST or None, initial={"params": found.params or None})
    if not found.dependencies.exists():
        form.fields["heeds_parents"].widget = form.fields["heeds_parents"].hidden_widget()
    inputs = GivenForm(request.POST or None, tasks=declared_tasks(found))
    if request.method == "POST" and form.is_valid() and inputs.is_valid():
        given = form.cleaned_data
        try:
            run = runs.submit_flow(
                found,
                by=request.user,
                nominal_at=given["nominal_at"] or timezone.now(),
                params=given["params"],
                heeds_parents=given["heeds_parents"],
                node_params=inputs.node_params,
                selection=part_of(request.POST),
            )
        except DomainError as error:
            place = error.field.removeprefix("input.")
            blame(inputs if place in inputs.fields else form, error, place)
        else:
            return gone_to(request, reverse("flows:run_detail", args=[run.ref]))
    context = {"flow": found, "project": found.project, "form": form, "inputs": inputs}
    context |= part_context(found, request)
    return form_or_page(request, "flows/_run_with.html", _("Run with…"), context)


@require_POST
def run_job(request: HttpRequest, job: int) -> HttpResponse:
    found = job_of(request, job, "run")
    try:
        run = runs.submit_job(found, by=request.user)
    except DomainError as error:
        return refused(request, reverse("jobs:detail", args=[found.ref]), error)
    return gone_to(request, reverse("flows:run_detail", args=[run.ref]))


@require_POST
def kill(request: HttpRequest, run: int) -> HttpResponse:
    return _changed(request, run, runs.kill_run, _("The run was told to stop."))


@require_POST
def suspend(request: HttpRequest, run: int) -> HttpResponse:
    return _changed(request, run, runs.suspend_run, _("Nothing more of this run starts until it is resumed."))


@require_POST
def resume(request: HttpRequest, run: int) -> HttpResponse:
    return _changed(request, run, runs.resume_run, _("The run goes on."))


@require_POST
def rerun(request: HttpRequest, run: int) -> HttpResponse:
    """Run the nodes again, all or (with ?failed) what failed and all after it; ?latest: as they are now."""
    again = partial(runs.rerun, failed_only="failed" in request.GET, latest="latest" in request.GET)
    return _changed(request, run, again, _("The run goes again."))


@require_POST
def rerun_node(request: HttpRequest, run: int, ordinal: int) -> HttpResponse:
    """Run one node of an ended run again, or (with ?reach=from) it and all after it."""
    children = [node["children"] for node in node_run_of(request, run, ordinal).run.revision.nodes]
    reach = Reach.FROM if request.GET.get("reach") == Reach.FROM else Reach.ONLY
    again = partial(runs.rerun, only=chosen(children, [ordinal], reach))
    return _changed(request, run, again, _("The run goes again."), ordinal)


@require_POST
def act_on(request: HttpRequest, run: int, ordinal: int, act: Act) -> HttpResponse:
    """Retry, skip, mark or kill one node."""
    node_run = node_run_of(request, run, ordinal)
    done_so = {
        Act.RETRY: _("The node is tried again now."),
        Act.SKIP: _("The node is skipped; what comes after it runs in its turn."),
        Act.KEEP: _("The node is not skipped any more."),
        Act.MARK: _("The node is marked as succeeded."),
        Act.KILL: _("The node was told to stop."),
    }

    def change(_run: Run, *, by: User) -> None:
        act_on_node(node_run, act, by=by)

    return _changed(request, run, change, done_so[act], ordinal)


def _changed(
    request: HttpRequest, uid: int, change: Callable[..., None], said: str, ordinal: int | None = None
) -> HttpResponse:
    run = run_of(request, uid, "run")
    back = reverse("flows:run_detail", args=[run.ref])
    if ordinal is not None:
        back += f"?node={ordinal}"
    try:
        change(run, by=request.user)
    except DomainError as error:
        return refused(request, back, error)
    return done(request, back, said, run_again={})
