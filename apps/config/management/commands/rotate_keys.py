from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.config import key_rotation


class Command(BaseCommand):
    help = (
        "Put a new key in front and seal every secret anew with it, while the services run. "
        "Broken off, it goes on when it is started again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.HEADRACE_SEAL_KEY_FILE
        if path and key_rotation.put_new_key(path):
            self.stdout.write(f"a new key is in {path}")
        lost = sum(map(self._reseal, key_rotation.sealed_fields()))
        if count := key_rotation.reseal_operations():
            self.stdout.write(f"operations under way: {count} sealed anew")
        if lost:
            raise CommandError(
                f"{lost} secrets cannot be opened with any key in {key_rotation.where_keys_are()}. "
                "Add the key that sealed them below the others and start this again, or enter them anew. "
                "All others are sealed with the newest key; the old ones stay."
            )
        if path:
            key_rotation.drop_old_keys(path)
            self.stdout.write(f"done; old keys are in {path}.retired, for restoring older backups alone")
        else:
            self.stdout.write("done; all but the first key may leave HEADRACE_SEAL_KEYS now")

    def _reseal(self, field: Any) -> int:
        """Seal a column anew; return how many of its secrets no key opens."""
        changed, lost = 0, []
        for of_batch, unreadable in key_rotation.reseal(field):
            changed += of_batch
            lost += unreadable
        if changed or lost:
            rows = f", {len(lost)} cannot be opened (rows {', '.join(map(str, lost[:10]))})" if lost else ""
            self.stdout.write(f"{key_rotation.name_of(field)}: {changed} sealed anew{rows}")
        return len(lost)
