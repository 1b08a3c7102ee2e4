"""What a service of ours keeps from other processes of the same user, jobs among them."""

from __future__ import annotations

import ctypes
import os
import sys

from django.conf import settings

#: From linux/prctl.h.
PR_SET_DUMPABLE = 4
#: What we write is for us alone.
UMASK = 0o077


def keep_private() -> None:
    """Let nobody else read this process's environment and memory in /proc, trace it, or dump its core.

    Jobs run as the service's user where nothing else is set up: `/proc/PID/environ` would
    show them the address of the database with its password. HEADRACE_TRACEABLE leaves the
    door open for debuggers and profilers. Root passes in any case.
    """
    os.umask(UMASK)
    if not settings.HEADRACE_TRACEABLE:
        hide_process()


def hide_process() -> None:
    """Hide this process's environment and memory, until it becomes another program."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
