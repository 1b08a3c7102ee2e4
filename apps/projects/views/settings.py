"""A project's settings: itself, its members, variables, clusters and audit."""

from __future__ import annotations

from copy import copy
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.lib.errors import DomainError
from apps.lib.htmx import page_or_fragment
from apps.projects import actions
from apps.projects.access import granted
from apps.projects.forms import (
    ClusterSettingForm,
    LinkClusterForm,
    MemberForm,
    ProjectForm,
    RoleForm,
    VariableForm,
    submit,
)
from apps.projects.models import Project
from apps.projects.queries import audit_of, linked_clusters, project_for
from apps.projects.views.projects import leave

AUDIT_PAGE = 50


@login_required
def general(request: HttpRequest, project: int) -> HttpResponse:
    found = project_for(request.user, project, "view" if request.method == "GET" else "manage")
    form = ProjectForm(request.POST or None, instance=copy(found))
    if request.method == "POST" and submit(
        form, lambda: actions.update_project(found, by=request.user, **form.cleaned_data)
    ):
        messages.success(request, _("Saved."))
        return redirect("projects:settings", found.ref)
    return tab_page(request, found, "general", form=form)


@login_required
@require_POST
def pause(request: HttpRequest, project: int) -> HttpResponse:
    """Let no run of the project begin, or let them begin again."""
    found = project_for(request.user, project, "manage")
    is_pause = request.POST.get("action") == "pause"
    paused_at = (found.paused_at or timezone.now()) if is_pause else None
    actions.update_project(found, by=request.user, paused_at=paused_at)
    messages.success(request, _("Runs are paused.") if is_pause else _("Runs go on."))
    return redirect("projects:settings", found.ref)


@login_required
def delete(request: HttpRequest, project: int) -> HttpResponse:
    """Ask for the name before deleting all that a project holds."""
    found = project_for(request.user, project, "manage")
    trouble = ""
    if request.method == "POST":
        if request.POST.get("name", "").strip() == found.name:
            try:
                actions.delete_project(found, by=request.user)
            except DomainError as error:
                trouble = error.message
            else:
                messages.success(request, _("Project %(name)s is deleted.") % {"name": found.name})
                return leave(request, reverse("projects:list"))
        else:
            trouble = _("That is not the project's name.")
    context = {"project": found, "trouble": trouble, "nav": "settings"}
    status = 422 if trouble else 200
    return page_or_fragment(request, "projects/delete.html", "projects/_delete.html", context, status)


@login_required
def members(request: HttpRequest, project: int) -> HttpResponse:
    found = project_for(request.user, project, "view" if request.method == "GET" else "manage")
    form = MemberForm(request.POST or None)
    if request.method == "POST" and submit(
        form, lambda: actions.add_member(found, by=request.user, **form.cleaned_data)
    ):
        messages.success(request, _("%(user)s is a member now.") % {"user": form.cleaned_data["user_name"]})
        return redirect("projects:members", found.ref)
    rows = found.members.select_related("user")
    return tab_page(
        request, found, "members", form=form, members=rows, roles=RoleForm().fields["role"].choices
    )


@login_required
@require_POST
def member(request: HttpRequest, project: int, member: int) -> HttpResponse:
    """Change one member's role, or take them out."""
    found = project_for(request.user, project, "manage")
    row = get_object_or_404(found.members.select_related("user", "project"), pk=member)
    if request.POST.get("action") == "remove":
        actions.remove_member(found, user_name=row.user_name, by=request.user)
        messages.success(request, _("%(user)s is no longer a member.") % {"user": row.user_name})
    else:
        actions.update_member(row, role=request.POST.get("role", ""), by=request.user)
        messages.success(request, _("Saved."))
    return redirect("projects:members", found.ref)


@login_required
def variables(request: HttpRequest, project: int) -> HttpResponse:
    found = project_for(request.user, project, "view" if request.method == "GET" else "manage")
    form = VariableForm(request.POST or None)
    if request.method == "POST" and submit(
        form, lambda: actions.set_variable(found, by=request.user, **form.cleaned_data)
    ):
        messages.success(request, _("Variable %(name)s is set.") % form.cleaned_data)
        return redirect("projects:variables", found.ref)
    return tab_page(request, found, "variables", form=form, variables=found.variables.all())


@login_required
@require_POST
def variable_delete(request: HttpRequest, project: int, variable: int) -> HttpResponse:
    found = project_for(request.user, project, "manage")
    actions.delete_variable(get_object_or_404(found.variables, pk=variable), by=request.user)
    messages.success(request, _("Deleted."))
    return redirect("projects:variables", found.ref)


@login_required
def cluster_links(request: HttpRequest, project: int) -> HttpResponse:
    """Which clusters the project may use."""
    found = project_for(request.user, project, "view" if request.method == "GET" else "manage")
    form = LinkClusterForm(request.POST or None, project=found)
    if request.method == "POST" and submit(
        form, lambda: actions.link_cluster(found, form.cleaned_data["cluster"], by=request.user)
    ):
        messages.success(request, _("Saved."))
        return redirect("projects:cluster_links", found.ref)
    return tab_page(request, found, "clusters", form=form, links=linked_clusters(found))


@login_required
def cluster_link(request: HttpRequest, project: int, link: int) -> HttpResponse:
    """As whom, where and in which queue the project uses one cluster; or no longer."""
    found = project_for(request.user, project, "manage")
    setting = get_object_or_404(linked_clusters(found), pk=link)
    if request.POST.get("action") == "unlink":
        actions.unlink_cluster(setting, by=request.user)
        return leave(request, reverse("projects:cluster_links", args=[found.ref]))
    form = ClusterSettingForm(request.POST or None, instance=copy(setting))
    if request.method == "POST" and submit(
        form, lambda: actions.update_cluster_setting(setting, by=request.user, **form.cleaned_data)
    ):
        messages.success(request, _("Saved."))
        return leave(request, reverse("projects:cluster_links", args=[found.ref]))
    context = {"project": found, "setting": setting, "form": form, "nav": "settings"}
    status = 422 if form.errors else 200
    return page_or_fragment(
        request, "projects/cluster_link.html", "projects/_cluster_link.html", context, status
    )


@login_required
def audit(request: HttpRequest, project: int) -> HttpResponse:
    found = project_for(request.user, project)
    page = Paginator(audit_of(found), AUDIT_PAGE).get_page(request.GET.get("page"))
    return tab_page(request, found, "audit", page=page)


def tab_page(request: HttpRequest, project: Project, tab: str, **context: Any) -> HttpResponse:
    """One tab of the settings; a form that was refused answers 422."""
    form = context.get("form")
    context |= {"project": project, "granted": granted(request.user, project), "nav": "settings", "tab": tab}
    status = 422 if form is not None and form.errors else 200
    return render(request, f"projects/settings_{tab}.html", context, status=status)
