"""The only door from an action to Celery: a task by name, sent once the transaction commits.

A nudge may be lost, doubled or late; whoever receives one looks into the database for
what is due. So a broker that is away costs time, never a run, and never an error page.
"""

from __future__ import annotations

import logging
from typing import Any

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def nudge(task: str, *args: Any, queue: str | None = None) -> None:
    """Send `task` by name after commit (at once outside a transaction)."""
    transaction.on_commit(lambda: _send(task, args, queue))


def _send(task: str, args: tuple[Any, ...], queue: str | None) -> None:
    try:
        current_app.send_task(task, args=args, queue=queue, retry=False, ignore_result=True)
    except (OperationalError, OSError) as error:
        logger.warning("nudge %s not sent, the reconciler will find the work: %s", task, error)
