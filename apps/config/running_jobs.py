"""The jobs that outlive the services, as the launcher speaks of them when it stops."""

from __future__ import annotations

import time

from django.db import DatabaseError, connection
from django.db.models import QuerySet

from apps.engine.control import HELD_KINDS
from apps.engine.states import State
from apps.flows.models import NodeRun, Run
from apps.flows.runs import kill_run
from apps.lib.errors import DomainError

#: Longer than a job is given between being asked to end and being ended.
PATIENCE = 20.0


def _running() -> QuerySet[NodeRun]:
    found = NodeRun.objects.filter(state__in=(State.RUNNING, State.STOPPING))
    return found.exclude(kind__in=HELD_KINDS)


def running_jobs() -> int:
    try:
        return _running().count()
    except DatabaseError:
        return 0  # nothing can be said about them, and stopping goes on
    finally:
        connection.close()


def end_running_jobs() -> int:
    """Kill the runs that have jobs running, and wait for those to end. How many did not.

    The warden has to be up: it is the one that ends them.
    """
    for run in Run.objects.filter(pk__in=_running().values("run")):
        try:
            kill_run(run, by=None)
        except DomainError:
            continue  # it ended meanwhile
    give_up_at = time.monotonic() + PATIENCE
    while (left := running_jobs()) and time.monotonic() < give_up_at:
        time.sleep(0.2)
    return left
