"""The jobs that outlive the services, as the launcher speaks of them when it stops."""

from __future__ import annotations

from collections.abc import Callable

from django.db import DatabaseError, connection

from apps.engine.states import State
from apps.flows.models import NodeRun

#: Longer than the time a job is given between being asked to end and being ended.
PATIENCE = 20.0


def running_jobs() -> int:
    try:
        return NodeRun.objects.filter(state__in=(State.RUNNING, State.STOPPING)).count()
    except DatabaseError:
        return 0
    finally:
        connection.close()


def end_running_jobs(say: Callable[[str], None]) -> int:
    """Kill the runs that have jobs running, and wait for those to end. How many did not."""
    raise NotImplementedError
