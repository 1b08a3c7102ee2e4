from __future__ import annotations

import argparse
import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.config import preparation
from apps.config.home import Refused, lock_home
from apps.config.launcher import Launcher
from apps.config.processes import die_with_parent
from apps.lib.private import keep_private


class Command(BaseCommand):
    help = "Start everything on this machine: broker, web, worker and scheduler, until Ctrl-C."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        # A default that is a string is read by `type` too.
        parser.add_argument("--port", type=_port, default=os.environ.get("PORT") or "8000")
        parser.add_argument(
            "--bind", default=os.environ.get("HEADRACE_BIND") or "127.0.0.1", help="address to listen on"
        )
        parser.add_argument(
            "--tied", action="store_true", help="stop when the process that started this one ends"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["tied"]:
            die_with_parent(os.getppid())
        keep_private()
        try:
            preparation.have_home()
            lock_home(settings.HEADRACE_HOME)
            Launcher(port=options["port"], bind=options["bind"]).run()
        except Refused as refusal:
            raise CommandError(str(refusal)) from None


def _port(text: str) -> int:
    if text.isdecimal() and 0 < int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(
        f"{text} is no port: choose a number from 1 to 65535, as in make up PORT=8001"
    )
