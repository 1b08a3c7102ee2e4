"""This machine as a host of its cluster."""

from __future__ import annotations

import os
import socket

from django.conf import settings

from apps.projects.models import Cluster, Host

MEGABYTE = 1 << 20


def register_host() -> Host:
    """The row of this machine, made when it is new, with what it can do."""
    cores = os.cpu_count() or 1
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    cluster, _ = Cluster.objects.get_or_create(name=settings.HEADRACE_CLUSTER)
    host, _ = Host.objects.update_or_create(
        cluster=cluster,
        name=settings.HEADRACE_HOST or socket.gethostname(),
        defaults={
            "slots": settings.HEADRACE_SLOTS or max(4, 2 * cores),
            "cores": cores,
            "memory_mb": memory // MEGABYTE,
        },
    )
    return host
