from __future__ import annotations

import signal

from django.core.management.base import BaseCommand

from apps.flows.scheduler import Scheduler
from apps.lib.private import keep_private


class Command(BaseCommand):
    help = "Fire schedules, wake retries and remind the workers of what a lost message left lying."
    #: They would load every page of the web service, and keep it in memory.
    requires_system_checks = ()

    def handle(self, *args: object, **options: object) -> None:
        keep_private()
        scheduler = Scheduler()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, scheduler.stop)
        scheduler.serve()
