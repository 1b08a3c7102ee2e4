from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Warning, register

from apps.lib.plugins import problems


class JobsConfig(AppConfig):
    name = "apps.jobs"
    label = "jobs"

    def ready(self) -> None:
        register(broken_plugins)


def broken_plugins(**_: Any) -> list[CheckMessage]:
    """Kinds of jobs and of databases that a package wanted to bring, and could not."""
    return [
        Warning(f"The entry point {name} of {group} is left out: {reason}.", id="headrace.W001")
        for group, found in problems.items()
        for name, reason in found.items()
    ]
