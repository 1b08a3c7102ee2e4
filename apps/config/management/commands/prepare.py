from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.config import preparation
from apps.config.home import Refused


class Command(BaseCommand):
    help = "Do what the services rely on: keys, migrations, static files, first user. `up` does it by itself."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            preparation.have_home()
            preparation.prepare(self.stdout.write)
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
