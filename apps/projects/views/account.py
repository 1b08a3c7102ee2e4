"""Signing in and out, and how a person likes to read."""

from __future__ import annotations

from copy import copy

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from apps.lib.rows import assign
from apps.projects.forms import AccountForm, PasswordForm
from apps.projects.middleware import THEME_COOKIE
from apps.projects.models import User

A_YEAR = 365 * 24 * 3600

sign_in = LoginView.as_view(template_name="projects/sign_in.html", redirect_authenticated_user=True)
sign_out = LogoutView.as_view()


@login_required
def account(request: HttpRequest) -> HttpResponse:
    form = AccountForm(request.POST or None, instance=copy(request.user))
    if form.is_valid():
        assign(request.user, form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("projects:account")
    context = {"form": form, "password_form": PasswordForm(request.user), "nav": "account"}
    return render(request, "projects/account.html", context, status=422 if form.errors else 200)


@sensitive_post_parameters()
@login_required
@require_POST
def password(request: HttpRequest) -> HttpResponse:
    form = PasswordForm(request.user, request.POST)
    if form.is_valid():
        update_session_auth_hash(request, form.save())
        messages.success(request, _("Your password is changed. Other sessions of yours are signed out."))
        return redirect("projects:account")
    context = {"form": AccountForm(instance=request.user), "password_form": form, "nav": "account"}
    return render(request, "projects/account.html", context, status=422)


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Theme and language: kept with the user, in a cookie for who has not signed in."""
    theme, language = request.POST.get("theme"), request.POST.get("language")
    chosen = {}
    if theme in User.Theme.values:
        chosen["theme"] = theme
    if language in dict(settings.LANGUAGES):
        chosen["language"] = language
    if request.user.is_authenticated:
        assign(request.user, chosen)
    response = HttpResponse(status=204) if _is_quiet(request) else redirect(_next_page(request))
    for name, cookie in (("theme", THEME_COOKIE), ("language", settings.LANGUAGE_COOKIE_NAME)):
        if name in chosen:
            response.set_cookie(cookie, chosen[name], max_age=A_YEAR, samesite="Lax")
    return response


def _is_quiet(request: HttpRequest) -> bool:
    """The theme switch has changed the page already and waits for no answer."""
    return request.headers.get("X-Requested-With") == "fetch"


def _next_page(request: HttpRequest) -> str:
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe else "/"
