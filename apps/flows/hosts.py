"""This machine as a host of its cluster."""

from __future__ import annotations

import os
import socket
import time

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.flows.models import Run
from apps.flows.recoveries import Notes, Recovery, named, note
from apps.jobs.programs import programs_here
from apps.jobs.supervisor import boot_id
from apps.projects.models import Cluster, Host

MEGABYTE = 1 << 20
ROLES = {"master": Host.Role.MASTER, "worker": Host.Role.CORE, "gateway": Host.Role.GATEWAY}
#: Reserved for documentation: asked which of our addresses would reach it, and never sent anything.
SOMEWHERE = ("192.0.2.1", 9)


def register_host() -> Host:
    """The row of this machine, made when it is new, with what it can do."""
    cores = os.cpu_count() or 1
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    cluster, _ = Cluster.objects.get_or_create(name=settings.HEADRACE_CLUSTER)
    host, _ = Host.objects.update_or_create(
        cluster=cluster,
        name=settings.HEADRACE_HOST or socket.gethostname(),
        defaults={
            "role": ROLES[settings.HEADRACE_ROLE],
            "address": settings.HEADRACE_ADDRESS or own_address(),
            "slots": settings.HEADRACE_SLOTS or max(4, 2 * cores),
            "cores": cores,
            "memory_mb": memory // MEGABYTE,
            "boot_id": boot_id(),
            "programs": programs_here(),
        },
    )
    return host


def own_address() -> str:
    """The address of this machine on the network that it reaches others by; nothing when it has none."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(SOMEWHERE)
            return str(probe.getsockname()[0])
    except OSError:
        return ""


class Life:
    """The signs of life of this host, and what its warden did to recover."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.notes = Notes()
        self._said_at = time.monotonic()

    @property
    def is_doubtful(self) -> bool:
        """Whether others may be about to give this host up: then nothing must be started."""
        return time.monotonic() - self._said_at > settings.HEADRACE_LOST_AFTER / 2

    def say(self) -> bool:
        """Say that this host lives; True when it had been given up.

        Waits for whoever is giving it up at this moment, so that after it nothing more is taken away.
        """
        now = timezone.now()
        alive = {"heartbeat_at": now, "silent_at": None, "lost_at": None}
        mine = Host.objects.filter(pk=self.host.pk)
        with transaction.atomic():
            known = mine.select_for_update(no_key=True).first()
            mine.update(**alive)
            if known and (known.lost_at or known.silent_at):
                since = known.lost_at or known.silent_at
                why = f"It is heard of again, after it was {'given up' if known.lost_at else 'silent'}."
                note(Recovery.Act.HOST_BACK, f"{why} Since {since:%H:%M:%S %Z}.", now=now, host=self.host)
            for act, why, run_ids in self.notes:
                runs = named(Run.objects.filter(pk__in=run_ids[:100]))
                note(act, why, now=now, host=self.host, count=len(run_ids), runs=runs)
        self.notes.clear()
        self._said_at = time.monotonic()
        return bool(known and known.lost_at)
