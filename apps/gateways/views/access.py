"""The page "API access": a person's own keys, and how to begin at each door."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from apps.gateways import actions, doors
from apps.gateways.forms import KeySettingsForm, NewKeyForm
from apps.gateways.models import AccessKey
from apps.lib.htmx import page_or_fragment
from apps.lib.ids import read
from apps.projects.access import granted, visible_projects
from apps.projects.forms import submit
from apps.projects.models import Project
from apps.projects.queries import project_for
from apps.projects.views.projects import leave


@login_required
def access(request: HttpRequest) -> HttpResponse:
    """All one's own keys."""
    context = {**_keys_and_door(request, None), "nav": "access"}
    return page_or_fragment(request, "gateways/access.html", "gateways/_door.html", context)


@login_required
def project_access(request: HttpRequest, project: int) -> HttpResponse:
    """One's own keys that have this project as their default, as a tab of its settings."""
    found = project_for(request.user, project)
    context = {
        **_keys_and_door(request, found),
        "project": found,
        "granted": granted(request.user, found),
        "nav": "settings",
        "tab": "access",
    }
    return page_or_fragment(request, "gateways/project_access.html", "gateways/_door.html", context)


@never_cache
@login_required
def key_new(request: HttpRequest) -> HttpResponse:
    """Make a key. Its secret is in the answer to the form and in no later page."""
    here = _project_here(request)
    form = NewKeyForm(request.POST or None, owner=request.user, initial={"project": here})
    made: list[AccessKey] = []
    if request.method == "POST" and submit(
        form,
        lambda: made.append(actions.create_key(request.user, by=request.user, **form.cleaned_data)),
    ):
        context = {**_keys_and_door(request, here), "made": made[0], "here": here, "nav": "access"}
        return page_or_fragment(request, "gateways/key_made.html", "gateways/_key_made.html", context)
    return _form_page(request, form, None)


@login_required
def key_edit(request: HttpRequest, key: int) -> HttpResponse:
    found = get_object_or_404(_own_keys(request), pk=key)
    initial = {"name": found.name, "project": found.project, "enabled": found.enabled}
    form = KeySettingsForm(request.POST or None, owner=request.user, initial=initial)
    if request.method == "POST" and submit(
        form, lambda: actions.update_key(found, by=request.user, **form.cleaned_data)
    ):
        messages.success(request, _("Saved."))
        return leave(request, _back(request))
    return _form_page(request, form, found)


@login_required
@require_POST
def key_switch(request: HttpRequest, key: int) -> HttpResponse:
    """Switch a key on or off."""
    found = get_object_or_404(_own_keys(request), pk=key)
    actions.update_key(found, enabled=request.POST.get("enabled") == "1", by=request.user)
    said = _("Key %(id)s is on.") if found.enabled else _("Key %(id)s is off.")
    messages.success(request, said % {"id": found.key_id})
    return redirect(_back(request))


@login_required
@require_POST
def key_delete(request: HttpRequest, key: int) -> HttpResponse:
    found = get_object_or_404(_own_keys(request), pk=key)
    actions.delete_key(found, by=request.user)
    messages.success(request, _("Key %(id)s is deleted.") % {"id": found.key_id})
    return redirect(_back(request))


def _own_keys(request: HttpRequest) -> QuerySet[AccessKey]:
    return AccessKey.objects.filter(owner=request.user).select_related("owner", "project")


def _keys_and_door(request: HttpRequest, project: Project | None) -> dict[str, Any]:
    """The keys of the page, and the chosen door with its snippet for the chosen key."""
    keys = list(_own_keys(request).filter(project=project) if project else _own_keys(request))
    door = doors.door_named(request.GET.get("door", ""))
    usable = [key for key in keys if key.enabled]
    chosen = next((key for key in usable if key.key_id == request.GET.get("key")), None)
    if chosen is None and usable:
        # A key that the door refuses would make a poor example.
        chosen = next((key for key in usable if key.project_id or not door.needs_default), usable[0])
    about = project or (chosen and chosen.project) or visible_projects(request.user).order_by("id").first()
    address = doors.address_of(request)
    return {
        "keys": keys,
        "usable": usable,
        "chosen": chosen,
        "doors": doors.DOORS,
        "door": door,
        "endpoint": address + door.path,
        "snippet": doors.snippet(door, address, key=chosen, project=about),
        "about": about,
    }


def _form_page(request: HttpRequest, form: KeySettingsForm, key: AccessKey | None) -> HttpResponse:
    context = {"form": form, "key": key, "here": _project_here(request), "nav": "access"}
    status = 422 if form.errors else 200
    return page_or_fragment(request, "gateways/key.html", "gateways/_key.html", context, status)


def _project_here(request: HttpRequest) -> Project | None:
    """The project from whose settings one came."""
    return visible_projects(request.user).filter(uid=read(request.GET.get("in", ""))).first()


def _back(request: HttpRequest) -> str:
    here = _project_here(request)
    return reverse("gateways:project_access", args=[here.ref]) if here else reverse("gateways:access")
