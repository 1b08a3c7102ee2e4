"""The object store of this installation."""

from __future__ import annotations

from django.conf import settings

from apps.jobs.storage import Place, Store, open_store


def place() -> Place:
    return Place.of(settings.HEADRACE_OBJECTS)


def store() -> Store:
    return open_store(place())
