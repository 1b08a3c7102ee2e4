from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.gateways.emr.operations import OPERATIONS
from apps.gateways.emr.reference import write_reference

PAGE = Path(settings.BASE_DIR) / "docs" / "emr.md"


class Command(BaseCommand):
    help = "Write docs/emr.md: what programs for EMR find here."

    def handle(self, *args: Any, **options: Any) -> None:
        PAGE.write_text(write_reference(OPERATIONS))
        self.stdout.write(f"wrote {PAGE.name}")
