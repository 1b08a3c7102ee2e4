"""What the acceptance clients of the dialects need to find, one module a dialect.

Each has `prepare(stage)`, which makes what is missing and returns the arguments that its
client is started with. To be called again does no harm.
"""

from __future__ import annotations

from apps.config.acceptance import naver, nebula
from apps.config.acceptance.stage import Stage, set_stage

#: client -> what prepares for it; their arguments are put together.
CLIENTS = {"naver_nebula_client.py": (naver.prepare, nebula.prepare)}


def command_lines() -> list[str]:
    """How each client is started, with everything filled in."""
    stage = set_stage()
    return [
        " ".join(("python", client, *(word for prepare in preparations for word in prepare(stage))))
        for client, preparations in CLIENTS.items()
    ]


__all__ = ("Stage", "command_lines")
