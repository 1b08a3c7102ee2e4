from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.config import preparation
from apps.config.home import Refused, lock_home
from apps.config.launcher import Launcher
from apps.config.processes import die_with_parent


class Command(BaseCommand):
    help = "Start everything on this machine: broker, web, worker and scheduler, until Ctrl-C."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
        parser.add_argument(
            "--bind", default=os.environ.get("HEADRACE_BIND") or "127.0.0.1", help="address to listen on"
        )
        parser.add_argument(
            "--tied", action="store_true", help="stop when the process that started this one ends"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["tied"]:
            die_with_parent(os.getppid())
        try:
            preparation.have_home()
            lock_home(settings.HEADRACE_HOME)
            Launcher(port=options["port"], bind=options["bind"]).run()
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
