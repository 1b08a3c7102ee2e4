"""How far a node that runs is, by what its program has said of it last."""

from __future__ import annotations

from apps.engine.states import State
from apps.flows.models import NodeRun
from apps.jobs import logs
from apps.jobs.kinds import KINDS
from apps.jobs.masks import Masks

#: Bytes from the end of the log in which the last word on it is looked for.
LOOKED_AT = 32 * 1024
_NOTHING_HIDDEN = Masks(())


def tells_progress(node_run: NodeRun) -> bool:
    """Whether it may be asked how far the node is."""
    kind = KINDS.get(node_run.kind)
    return node_run.state == State.RUNNING and kind is not None and kind.progress is not None


def progress_of(node_run: NodeRun) -> int | None:
    """In percent; None while its log does not say. Only numbers leave the log."""
    kind = KINDS.get(node_run.kind)
    if kind is None or kind.progress is None or not tells_progress(node_run):
        return None
    path = logs.log_path(node_run.run.uid, node_run.ordinal, node_run.attempt)
    start = max(0, logs.size_of(path) - LOOKED_AT)
    text, _end = logs.tail(path, _NOTHING_HIDDEN, offset=start, limit=LOOKED_AT, ended=True)
    return kind.progress(text)
