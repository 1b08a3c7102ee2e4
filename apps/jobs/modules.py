"""Modules of ours that run as processes of their own, in this very Python."""

from __future__ import annotations

import sys

from django.conf import settings


def module_argv(module: str, *arguments: str) -> list[str]:
    """How it is started. Without -P Python would look first in the working directory, where jobs write."""
    return [sys.executable, "-P", "-m", module, *arguments]


def module_env() -> dict[str, str]:
    """Where it is found."""
    return {"PYTHONPATH": str(settings.BASE_DIR)}
