"""Tries that come after others: what those may have left on the cluster is gone on with, or ended first."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from django.conf import settings

from apps.flows.models import Attempt, ClusterJob, NodeRun
from apps.jobs.kinds import KINDS, Command, JobError
from apps.jobs.kinds.words import words_of
from apps.jobs.logs import tag_of
from apps.jobs.modules import module_argv, module_env
from apps.jobs.outside.left import VARIABLE, Left, is_whole
from apps.projects.models import Cluster

#: Kinds whose content is the arguments of spark-submit.
SUBMITTED, SUBMIT = frozenset({"SPARK", "SPARK_STREAMING"}), "spark-submit"


def tries_before(run_uid: int, ordinal: int, attempt: int) -> Sequence[int]:
    """The attempts of which this one is a retry: what they left is its own to end, or to go on with."""
    if attempt < 2:
        return ()
    nodes = NodeRun.objects.filter(run__uid=run_uid, ordinal=ordinal)
    retries = nodes.values_list("retries", flat=True).first() or 0
    return range(max(1, attempt - retries), attempt)


def is_all_elsewhere(node: NodeRun) -> bool:
    """Whether the work of the node's attempt was seen to be one job on its cluster, and nothing besides."""
    if node.frozen is None or node.kind not in SUBMITTED:
        return False
    try:
        words = words_of(node.frozen.content, SUBMIT)
    except JobError:
        return False
    seen = ClusterJob.objects.filter(attempt__node_run=node, attempt__token=node.token)
    return is_whole([SUBMIT, *words]) and seen.exists()


def going_on_from(
    command: Command, node: dict[str, Any], run_uid: int, ordinal: int, attempt: int, *, once: bool
) -> Command:
    """The command of a try, made to look first for what the tries before it left on the cluster.

    A job that may run but `once` is not started again after a try that was lost. Raises JobError
    when nobody can be asked whether it still runs.
    """
    numbers = tries_before(run_uid, ordinal, attempt) if KINDS[node["kind"]].outside else ()
    if not numbers:
        return command
    before = list(
        Attempt.objects.filter(
            node_run__run__uid=run_uid, node_run__ordinal=ordinal, number__in=numbers
        ).order_by("number")
    )
    was_lost = any(each.end == Attempt.End.LOST for each in before)
    cluster = Cluster.objects.filter(pk=node["cluster"]).only("endpoints", "token").first()
    if cluster is None or not cluster.endpoints:
        if once and was_lost:
            raise JobError("it was lost, must not run twice, and its cluster names no address to ask for it")
        return command
    left = Left(
        endpoints=cluster.endpoints,
        token=cluster.token,
        tags=[tag_of(run_uid, ordinal, number) for number in numbers],
        ids=_ids_of(before),
        was_lost=was_lost,
        may_start=not (once and was_lost),
        patience=settings.HEADRACE_CLUSTER_KILL_GRACE,
        allowed=list(settings.HEADRACE_OUTBOUND_ALLOW),
        python_path=command.env.get("PYTHONPATH", ""),
        is_whole=is_whole(command.argv),
    )
    return replace(
        command,
        argv=module_argv("apps.jobs.outside.resume", *command.argv),
        env={**command.env, **module_env(), VARIABLE: json.dumps(asdict(left))},
    )


def _ids_of(attempts: Sequence[Attempt]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for system, ident in ClusterJob.objects.filter(attempt__in=attempts).values_list("system", "ident"):
        found[system].append(ident)
    return dict(found)
