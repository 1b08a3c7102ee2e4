"""Contacts, user groups and DingTalk groups: three sorts of rows, one way to handle them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from apps.alerts import actions, queries
from apps.alerts.access import may_change, require_change
from apps.alerts.forms import ContactForm, DingTalkGroupForm, UserGroupForm
from apps.flows.views.answers import done, gone_to, refused
from apps.lib.errors import DomainError
from apps.lib.htmx import page_or_fragment
from apps.projects.access import granted
from apps.projects.forms import submit
from apps.projects.models import Project
from apps.projects.queries import project_for


@dataclass(frozen=True, slots=True)
class Sort:
    form: type[forms.ModelForm]
    rows: Callable[[], Any]
    create: Callable[..., Any]
    update: Callable[..., Any]
    new: Promise
    icon: str


SORTS = {
    "contacts": Sort(
        ContactForm,
        queries.contacts,
        actions.create_contact,
        actions.update_contact,
        gettext_lazy("New contact"),
        "user",
    ),
    "groups": Sort(
        UserGroupForm,
        queries.user_groups,
        actions.create_user_group,
        actions.update_user_group,
        gettext_lazy("New user group"),
        "users",
    ),
    "robots": Sort(
        DingTalkGroupForm,
        queries.dingtalk_groups,
        actions.create_dingtalk_group,
        actions.update_dingtalk_group,
        gettext_lazy("New DingTalk group"),
        "bot",
    ),
}


@login_required
def receivers(request: HttpRequest, project: int) -> HttpResponse:
    found = project_for(request.user, project)
    lists = {
        name: [{"row": row, "mine": may_change(request.user, row)} for row in sort.rows()]
        for name, sort in SORTS.items()
    }
    context = _context(request, found) | lists
    return page_or_fragment(request, "alerts/receivers.html", "alerts/_receivers.html", context)


@login_required
def new(request: HttpRequest, project: int, sort: str) -> HttpResponse:
    found, chosen = project_for(request.user, project, "edit"), _sort(sort)
    form = chosen.form(request.POST or None)
    if request.method == "POST" and submit(form, lambda: chosen.create(by=request.user, **form.cleaned_data)):
        return gone_to(request, _list(found), _("%(name)s is added.") % {"name": form.cleaned_data["name"]})
    return _form(request, found, sort, form, title=chosen.new)


@login_required
def edit(request: HttpRequest, project: int, sort: str, biz_id: str) -> HttpResponse:
    found, chosen = project_for(request.user, project, "edit"), _sort(sort)
    row = get_object_or_404(chosen.rows(), biz_id=biz_id)
    require_change(request.user, row)
    # The form writes what was typed into its instance, refused or not: it gets one of its own.
    form = chosen.form(request.POST or None, instance=get_object_or_404(chosen.rows(), biz_id=biz_id))
    if request.method == "POST" and submit(
        form, lambda: chosen.update(row, by=request.user, **form.cleaned_data)
    ):
        return gone_to(request, _list(found), _("Saved."))
    return _form(request, found, sort, form, title=row.name, row=row)


@login_required
@require_POST
def delete(request: HttpRequest, project: int, sort: str, biz_id: str) -> HttpResponse:
    found = project_for(request.user, project, "edit")
    row = get_object_or_404(_sort(sort).rows(), biz_id=biz_id)
    require_change(request.user, row)
    actions.delete_receiver(row, by=request.user)
    return gone_to(request, _list(found), _("%(name)s was deleted.") % {"name": row.name})


@login_required
@require_POST
def test(request: HttpRequest, project: int, sort: str, biz_id: str) -> HttpResponse:
    """Send a test message and say what came back."""
    found = project_for(request.user, project, "edit")
    row = get_object_or_404(_sort(sort).rows(), biz_id=biz_id)
    require_change(request.user, row)
    try:
        answer = actions.send_test(row, by=request.user)
    except DomainError as error:
        return refused(request, _list(found), error)
    words = {"name": row.name, "answer": answer}
    return done(request, _list(found), _("The test message to %(name)s arrived: %(answer)s") % words)


def _sort(name: str) -> Sort:
    if name not in SORTS:
        raise Http404
    return SORTS[name]


def _list(project: Project) -> str:
    return reverse("alerts:receivers", args=[project.ref])


def _context(request: HttpRequest, project: Project) -> dict[str, Any]:
    return {
        "project": project,
        "granted": granted(request.user, project),
        "nav": "alerts",
        "tab": "receivers",
    }


def _form(
    request: HttpRequest, project: Project, sort: str, form: forms.Form, **context: Any
) -> HttpResponse:
    context |= _context(request, project) | {"form": form, "sort": sort, "back": _list(project)}
    status = 422 if form.errors else 200
    return page_or_fragment(request, "alerts/receiver.html", "alerts/_receiver.html", context, status)
