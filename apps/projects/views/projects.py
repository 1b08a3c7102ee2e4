"""The list of projects, one project's home, and the way to both from anywhere."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from apps.lib.htmx import page_or_fragment
from apps.lib.ids import read
from apps.projects import actions
from apps.projects.access import granted, visible_projects
from apps.projects.forms import ProjectForm, submit
from apps.projects.models import Project
from apps.projects.queries import listed_projects, project_for

#: How many projects the switcher and the palette name.
SHORT_LIST = 12


@login_required
def project_list(request: HttpRequest) -> HttpResponse:
    search = request.GET.get("q", "").strip()
    context = {"projects": listed_projects(request.user, search), "q": search, "nav": "projects"}
    return page_or_fragment(request, "projects/list.html", "projects/_project_list.html", context)


@login_required
def project_new(request: HttpRequest) -> HttpResponse:
    form = ProjectForm(request.POST or None, initial={"time_zone": request.user.time_zone or "UTC"})
    made: list[Project] = []
    if request.method == "POST" and submit(
        form, lambda: made.append(actions.create_project(**form.cleaned_data, by=request.user))
    ):
        messages.success(request, _("Project %(name)s is ready.") % {"name": made[0].name})
        return leave(request, reverse("projects:home", args=[made[0].ref]))
    context = {"form": form, "nav": "projects"}
    status = 422 if form.errors else 200
    return page_or_fragment(request, "projects/new.html", "projects/_new.html", context, status)


@login_required
def home(request: HttpRequest, project: int) -> HttpResponse:
    found = project_for(request.user, project)
    context = {"project": found, "granted": granted(request.user, found), "nav": "home"}
    return render(request, "projects/home.html", context)


@login_required
def switcher(request: HttpRequest) -> HttpResponse:
    projects = visible_projects(request.user).order_by("name")[:SHORT_LIST]
    context = {"projects": projects, "current": request.GET.get("current", "")}
    return render(request, "projects/_switcher.html", context)


@login_required
def find(request: HttpRequest) -> HttpResponse:
    """The palette's lines for projects and pages."""
    search = request.GET.get("q", "").strip()
    projects = visible_projects(request.user).filter(name__icontains=search).order_by("name")
    here = visible_projects(request.user).filter(uid=read(request.GET.get("project", ""))).first()
    context = {
        "projects": projects[:SHORT_LIST] if search else projects[:3],
        "pages": [page for page in _pages(request, here) if search.casefold() in page["name"].casefold()],
    }
    return render(request, "projects/_find.html", context)


def leave(request: HttpRequest, url: str) -> HttpResponse:
    """Go to `url`, out of the dialog when the form was in one."""
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def _pages(request: HttpRequest, project: Project | None) -> list[dict[str, Any]]:
    """Pages one can go to by name. Those of other apps are named by url, and left out where missing."""
    named = [
        ("projects:list", False, "layout-grid", _("All projects")),
        ("projects:new", False, "plus", _("New project")),
        ("projects:account", False, "user", _("Account")),
        ("gateways:access", False, "key-round", _("API access")),
    ]
    if project is not None:
        named = [
            ("projects:home", True, "layout-grid", _("Overview")),
            ("flows:list", True, "workflow", _("Flows")),
            ("flows:new", True, "plus", _("New flow")),
            ("jobs:list", True, "file-code", _("Jobs")),
            ("jobs:new", True, "plus", _("New job")),
            ("flows:runs", True, "activity", _("Runs")),
            ("flows:schedule", True, "calendar-clock", _("Schedule")),
            ("alerts:index", True, "bell", _("Alerts")),
            ("projects:clusters", True, "server", _("Clusters")),
            ("projects:settings", True, "settings", _("Settings")),
            ("projects:members", True, "users", _("Members")),
            ("projects:variables", True, "variable", _("Variables")),
            ("projects:connections", True, "database", _("Connections")),
            ("projects:audit", True, "history", _("Audit")),
            *named,
        ]
    pages = []
    for name, inside, icon, word in named:
        try:
            href = reverse(name, args=[project.ref] if inside and project else [])
        except NoReverseMatch:
            continue
        pages.append({"href": href, "icon": icon, "name": word})
    return pages
