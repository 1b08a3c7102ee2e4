"""What tries of an attempt may have left on the cluster, as the next try is told of it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

#: The variable in which the process of the next try finds it, as JSON.
VARIABLE = "HEADRACE_RESUME"
#: Options of spark-submit by which the driver runs on the cluster too.
_ON_CLUSTER = (
    ("--deploy-mode", "cluster"),
    ("--master", "yarn-cluster"),
    ("--conf", "spark.submit.deployMode=cluster"),
)


@dataclass(frozen=True, slots=True)
class Left:
    """What tries before this one may have left, and how that is asked for."""

    endpoints: Mapping[str, str]
    token: str
    tags: Sequence[str]
    ids: Mapping[str, Sequence[str]]
    #: Whether nobody knows how one of them ended, and whether the program may be started all the same.
    was_lost: bool
    may_start: bool
    #: Seconds that what is told to end may take.
    patience: float
    #: Networks that may be called although they are private.
    allowed: Sequence[str]
    #: What the program itself is to find there.
    python_path: str
    is_whole: bool


def is_whole(argv: Sequence[str]) -> bool:
    """Whether all of the work is one job on the cluster, with nothing on the host to steer it.

    >>> is_whole(["/opt/bin/spark-submit", "--deploy-mode", "cluster", "app.jar"])
    True
    >>> is_whole(["/opt/bin/spark-submit", "--master", "yarn", "app.jar"]), is_whole(["hive", "-f", "x"])
    (False, False)
    """
    words = [*argv[:1], *(part for word in argv[1:] for part in _parts(word))]
    pairs = set(pairwise(words))
    return os.path.basename(words[0]) == "spark-submit" and any(pair in pairs for pair in _ON_CLUSTER)


def _parts(word: str) -> list[str]:
    """`--name=value` is `--name value`."""
    name, found, value = word.partition("=")
    return [name, value] if found and name in ("--deploy-mode", "--master", "--conf") else [word]
