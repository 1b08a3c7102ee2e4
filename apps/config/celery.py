"""The Celery application. Its tasks are nudges: lost or doubled, they change nothing."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import celeryd_init

from apps.lib.private import keep_private

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.config.settings")
# Django's checks would load every page of the web service, and the worker would keep it in memory.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("headrace")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@celeryd_init.connect
def shut_doors(**given: Any) -> None:
    keep_private()
