from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from apps.config import preparation
from apps.config.services import services


class Command(BaseCommand):
    help = "Become one service, for those who have a supervisor of their own (compose, systemd)."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=("web", "worker", "warden", "scheduler"))
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
        parser.add_argument("--bind", default=os.environ.get("HEADRACE_BIND") or "127.0.0.1")

    def handle(self, *args: Any, name: str, bind: str, port: int, **options: Any) -> None:
        preparation.check_sqlite()
        if not settings.HEADRACE_RUNTIME.is_dir():
            preparation.have_home()  # a machine that is only a host
        command = services(bind, port)[name].command
        os.execv(command[0], command)
