"""Each reader's language, time zone and theme."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.deprecation import MiddlewareMixin

from apps.projects.models import User

THEME_COOKIE = "theme"


class PreferencesMiddleware(MiddlewareMixin):
    """Apply what the signed-in user chose; LocaleMiddleware has chosen for everybody else."""

    def process_request(self, request: HttpRequest) -> None:
        user = request.user
        theme = request.COOKIES.get(THEME_COOKIE, User.Theme.AUTO)
        timezone.deactivate()
        if user.is_authenticated:
            theme = user.theme
            _activate_language(request, user.language)
            _activate_time_zone(user.time_zone)
        request.theme = theme if theme in User.Theme.values else User.Theme.AUTO  # type: ignore[attr-defined]

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        timezone.deactivate()
        return response


def _activate_language(request: HttpRequest, language: str) -> None:
    if language in dict(settings.LANGUAGES):
        translation.activate(language)
        request.LANGUAGE_CODE = language


def _activate_time_zone(name: str) -> None:
    """A zone that this machine does not know leaves the server's in place."""
    if not name:
        return
    try:
        timezone.activate(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError):
        return
